"""The committed OpenAPI document, and what has to hold for every route."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.views import APIView

from clinic.api.views import UnknownRoute
from clinic.models.webhooks import EVENTS, MEMBERS, TEST_EVENT
from clinic.roles import KEY_SCOPES
from clinic.webhooks import announce
from tests import openapi

RENEW = "Renew it: ./dev manage spectacular --file docs/openapi.yaml"


def routes(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple]:
    for entry in (resolver or get_resolver()).url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from routes(entry, path)
        elif isinstance(entry, URLPattern) and issubclass(
            getattr(entry.callback, "cls", object), APIView
        ):
            yield path, entry.callback


# Anybody may ask for what is not there
API = [(p, view) for p, view in routes() if not issubclass(view.cls, UnknownRoute)]


@pytest.fixture(scope="module")
def document():
    return openapi.committed()


def operations(document):
    return [
        (f"{verb.upper()} {path}", operation)
        for path, verbs in document["paths"].items()
        for verb, operation in verbs.items()
    ]


def test_the_committed_document_is_what_the_code_makes(tmp_path):
    made = tmp_path / "openapi.yaml"
    call_command("spectacular", file=str(made), validate=True, fail_on_warn=True)
    assert made.read_text() == openapi.FILE.read_text(), RENEW


@pytest.mark.requirement("T4")
@pytest.mark.parametrize(("path", "callback"), API)
def test_every_action_of_every_view_declares_a_scope_that_keys_can_have(path, callback):
    actions = set(callback.actions.values())
    assert actions <= set(callback.cls.scopes), path
    assert {callback.cls.scopes[name] for name in actions} <= KEY_SCOPES


@pytest.mark.parametrize(("path", "callback"), API)
def test_no_address_ends_in_a_slash(path, callback):
    assert path.startswith(("api/v1/", "fhir/R4/"))
    assert not path.endswith("/")


def test_every_operation_tells_its_problems_in_one_shape(document):
    for name, operation in operations(document):
        for status, answer in operation["responses"].items():
            if status >= "400":
                assert list(answer["content"]) == ["application/problem+json"], name


def test_every_operation_has_a_summary_and_its_scope(document):
    for name, operation in operations(document):
        assert operation.get("summary"), name
        assert re.search(r"Scope: `\w+:\w+`\.", operation["description"]), name


def test_every_event_of_webhooks_is_told_with_its_members(document):
    assert set(document["webhooks"]) == {*EVENTS, TEST_EVENT} == set(MEMBERS)
    for name, verbs in document["webhooks"].items():
        sent = verbs["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert sent["properties"]["type"]["const"] == name
        assert sent["properties"]["data"]["required"] == list(MEMBERS[name])


def test_the_guide_names_every_event():
    guide = Path(settings.BASE_DIR, "docs", "api-guide.md").read_text()
    assert [name for name in MEMBERS if f"`{name}`" not in guide] == []


def test_nothing_is_announced_that_is_not_documented(clinic):
    for event, data in [("program.moved", {}), ("patient.erased", {"name": 1})]:
        with pytest.raises((KeyError, ValueError)):
            announce(event, clinic_id=clinic.pk, **data)


def test_the_document_is_served_as_it_stands(db):
    answer = Client().get("/api/v1/schema")
    assert answer.content == openapi.FILE.read_bytes()
    assert answer["Content-Type"] == "application/yaml"


@pytest.mark.requirement("W2")
def test_the_page_that_shows_it_has_no_inline_script(db):
    page = Client().get("/api/v1/docs").content.decode()
    assert 'data-document="/api/v1/schema"' in page
    assert not re.search(r"<script(?![^>]* src=)|<style| style=| on\w+=", page)
