"""The cast: practitioner, colleague, outsider, and what they work on."""

import pytest

from clinic.models import Clinic, Membership
from prescriptions.models import Program
from tests import factories

pytest_plugins = ["tests.services.fixtures"]


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
