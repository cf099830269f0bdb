"""The cast: practitioner, colleague, outsider, and what they work on."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.signals import user_logged_in
from django.db import connection
from django.dispatch import receiver
from django.http import HttpRequest

from clinic.models import Clinic, Membership
from prescriptions import sandbox
from prescriptions.models import Program
from tests import factories
from tests.services.databases import TEMPLATE, in_memory


@receiver(user_logged_in)
def give_second_factor(request: HttpRequest, **kwargs: Any) -> None:
    """Let ``force_login`` and ``login`` of a test client stand for both steps.

    They make a request without an address; the forms themselves are never spared it.
    """
    if not request.path:
        request.session["second_factor"] = True


pytest_plugins = ["tests.services.fixtures"]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, request: pytest.FixtureRequest
) -> Iterator[None]:
    """Begin with a copy of the migrated database; migrating finds nothing to do."""
    if connection.vendor != "sqlite":
        connection.settings_dict["TEST"]["TEMPLATE"] = os.environ.get(TEMPLATE)
        yield
        return
    name = connection.creation._get_test_db_name()
    with in_memory(name, request.getfixturevalue("migrated")):
        yield


@pytest.fixture(autouse=True)
def new_render_child() -> Iterator[None]:
    """Let no test print in a child that another one has forked."""
    yield
    sandbox.end_child()


@pytest.fixture
def clinic(db: None) -> Clinic:
    """A clinic."""
    return factories.make_clinic(name="Spine & Motion")


@pytest.fixture
def practitioner(clinic: Clinic) -> Membership:
    """A licensed practitioner of the clinic."""
    return factories.make_membership(clinic=clinic)


@pytest.fixture
def colleague(clinic: Clinic) -> Membership:
    """Another practitioner of the same clinic."""
    return factories.make_membership(clinic=clinic, name="Jan Vogel", credential="PT")


@pytest.fixture
def outsider(db: None) -> Membership:
    """The owner of another clinic."""
    return factories.make_membership(role=Membership.Role.OWNER, name="Olga Out")


@pytest.fixture
def program(practitioner: Membership) -> Program:
    """A draft of two exercises in a clinic whose texts are signed."""
    factories.sign_texts(practitioner)
    return factories.make_program(by=practitioner)
