"""Every route and admin page, walked with another clinic's objects.

The walk reads the URL resolver, the admin registry and the OpenAPI document, so that a
route is covered the day it is written. Another clinic's id must be answered exactly
like an id that does not exist, and nothing of another clinic may show in a list.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.cache import cache
from django.db.models import Model
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from clinic.models import (
    ApiKey,
    Clinic,
    Erasure,
    Membership,
    Patient,
    WebhookDelivery,
    WebhookEndpoint,
)
from clinic.people import invite
from clinic.roles import KEY_SCOPES
from exercises.models import Exercise, ImportRun, Leaflet
from prescriptions.handouts import (
    HandoutOptions,
    issue_program,
    request_handout,
    share_with_patient,
)
from prescriptions.models import (
    Batch,
    Handout,
    Program,
    ProgramTemplate,
    SafetyLimit,
    SafetyRule,
    TemplatePhase,
)
from tests import openapi
from tests.factories import (
    make_clinic,
    make_exercise,
    make_membership,
    make_patient,
    make_program,
    make_translation,
    sign_texts,
)

# Which rows a query reaches does not depend on the database: once is enough.
pytestmark = pytest.mark.slow
MARK = "Foreignquux"
UNKNOWN = str(uuid4())
OTHER_NAMES = {
    "careplan": "program",
    "job": "handout",
    "key": "apikey",
    "link": "patientlink",
    "template": "programtemplate",
}
PARAMETER = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>")
# Asked by anybody, these hold nothing of a clinic.
PUBLIC = ("static/", "l/", "r/", "go", "invitation/")


@dataclass(frozen=True)
class Walker:
    """A client of clinic A, by session or by key."""

    client: Client
    headers: dict[str, str]
    below: tuple[str, ...] = ("",)

    def ask(self, method: str, path: str) -> tuple[int, str]:
        """Status and body, with the id that was asked for taken out."""
        answer = self.client.generic(
            method,
            path,
            data="{}",
            content_type="application/json",
            headers=self.headers,
        )
        body = b"".join(answer) if answer.streaming else answer.content
        return answer.status_code, body.decode(errors="replace")


@pytest.fixture
def foreign(db: None) -> dict[str, Model]:
    """One object of each kind in clinic B, by model name."""
    clinic = make_clinic(name=f"{MARK} clinic")
    owner = make_membership(clinic=clinic, role="owner", name=f"{MARK} owner")
    sign_texts(owner)
    patient = make_patient(clinic=clinic, name=f"{MARK} patient", number=MARK)
    patient.external_ids.create(clinic=clinic, system="s", value=MARK)
    patient.screenings.create(note=MARK)
    patient.clearances.create(subject="inversion", given_by=MARK)
    own = make_exercise(clinic=clinic, name=f"{MARK} exercise", slug="own-move")
    program = make_program(
        by=owner, patient=patient, exercises=[own], title=f"{MARK} program"
    )
    revision, _ = issue_program(program, by=owner)
    handout = request_handout(revision, options=HandoutOptions(), by=owner)
    share_with_patient(Program.objects.visible_to(owner).get(), by=owner)
    make_key(owner, f"{MARK} key")
    invite(clinic, "assistant", licensed=False)
    Erasure.objects.create(clinic=clinic, patient_id=uuid4(), reason="request")
    make_translation(own, "es", clinic=clinic, name=f"{MARK} words")
    make_shared_content(clinic)
    make_running_work(clinic, handout)
    models = [m for a in ("clinic", "exercises", "prescriptions") for m in models_of(a)]
    return {
        model._meta.model_name: row
        for model in models
        if (row := first_of(model, clinic)) is not None
    }


def make_shared_content(clinic: Clinic) -> None:
    """Give the clinic a leaflet, a template, a rule and a limit of its own."""
    own: dict[str, Any] = {"clinic": clinic}
    Leaflet.objects.create(slug="own", title=f"{MARK} leaflet", body=MARK, **own)
    template = ProgramTemplate.objects.create(slug="own", name=f"{MARK} plan", **own)
    TemplatePhase.objects.create(template=template, title=MARK)
    SafetyRule.objects.create(code="R01", message=MARK, **own)
    SafetyLimit.objects.create(name="own", value=1, source=MARK, **own)


def make_running_work(clinic: Clinic, handout: Handout) -> None:
    """Give the clinic a batch, a webhook, an import, an alert and a day in a diary."""
    program = handout.revision.program
    own: dict[str, Any] = {"clinic": clinic}
    batch = Batch.objects.create(kind="handouts", **own)
    batch.items.create(program=program, handout=handout, position=1, reason=MARK)
    endpoint = WebhookEndpoint.objects.create(url=f"https://{MARK}", events=[], **own)
    WebhookDelivery.objects.create(endpoint=endpoint, event=MARK, payload={}, **own)
    ImportRun.objects.create(format="csv", **own)
    program.alerts.create(patient=program.patient, kind="pain", **own)
    program.diary.create(
        revision=handout.revision,
        client_id=uuid4(),
        day=timezone.localdate(),
        written_at=timezone.now(),
        comment=MARK,
        **own,
    )


def models_of(label: str) -> list[type[Model]]:
    return list(apps.get_app_config(label).get_models())


def first_of(model: type[Model], clinic: Model) -> Model | None:
    """The clinic's first row of a model, found by whatever leads to the clinic."""
    rows = model._base_manager.all()
    if model is type(clinic):
        return clinic
    paths = ("clinic", "program__clinic", "patient__clinic", "template__clinic")
    for path in (*paths, "memberships__clinic", "batch__clinic"):
        head = path.split("__")[0]
        if any(field.name == head for field in model._meta.get_fields()):
            return rows.filter(**{path: clinic}).first()
    return None


def make_key(owner: Membership, name: str) -> str:
    _, secret = ApiKey.objects.mint(
        clinic=owner.clinic,
        name=name,
        scopes=sorted(KEY_SCOPES),
        expires_at=timezone.now() + timedelta(days=1),
    )
    return secret


ROLES = [
    role if role == "owner" else pytest.param(role, marks=pytest.mark.full)
    for role in Membership.Role.values
]


# A key opens no page: each time it walks where keys are taken, at times everywhere.
KEYS = {"key": ("api/", "fhir/"), "key everywhere": ("",)}
EVERYWHERE = pytest.param("key everywhere", marks=pytest.mark.full)


@pytest.fixture(params=[*ROLES, "key", EVERYWHERE])
def walker(request: pytest.FixtureRequest, db: None) -> Walker:
    """Somebody of clinic A in each role, and an integration of clinic A."""
    below = KEYS.get(request.param)
    member = make_membership(role="owner" if below else request.param)
    client = Client(raise_request_exception=False)
    if below:
        key = make_key(member, "walk")
        return Walker(client, {"Authorization": f"Bearer {key}"}, below)
    client.force_login(member.practitioner)
    return Walker(client, {})


def routes(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[str]:
    """Yield every route of the project as text such as ``api/v1/x/<uuid:id>``."""
    for entry in (resolver or get_resolver()).url_patterns:
        path = prefix + as_text(entry)
        if isinstance(entry, URLResolver):
            yield from routes(entry, path)
        elif isinstance(entry, URLPattern):
            yield path


def as_text(entry: URLPattern | URLResolver) -> str:
    """The pattern as a path; the admin's catch-all is left out by its anchors."""
    return str(entry.pattern).removeprefix("^").removesuffix("$")


def plain(path: str) -> bool:
    return "(" not in path and not path.startswith(PUBLIC)


WITH_PARAMETER = sorted(p for p in routes() if plain(p) and PARAMETER.search(p))
WITHOUT = sorted(p for p in routes() if plain(p) and not PARAMETER.search(p))
VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def filled(path: str, value: str) -> str | None:
    """The route with an id in each parameter; None if it takes something else."""
    kinds = {match["kind"] for match in PARAMETER.finditer(path)}
    if not kinds <= {"uuid", "path", "str", "slug", None}:
        return None
    return "/" + PARAMETER.sub(value, path)


def test_the_walk_has_something_to_walk():
    assert any("programs" in path for path in WITH_PARAMETER)
    assert any(path.startswith("admin/") for path in WITH_PARAMETER)


@pytest.mark.requirement("T1", "T6")
def test_a_foreign_id_is_answered_like_an_unknown_one(walker, foreign):
    paths = [path for path in WITH_PARAMETER if path.startswith(walker.below)]
    assert not [fault for path in paths for fault in leaks(path, walker, foreign)]


def leaks(path: str, walker: Walker, foreign: dict[str, Model]) -> Iterator[str]:
    """Say where a foreign id is told from an unknown one."""
    # The walk is no flood of one caller.
    cache.clear()
    for verb in VERBS if path.startswith("api/") else ("GET", "POST"):
        expected = comparable(walker.ask(verb, filled(path, UNKNOWN) or "/"), UNKNOWN)
        for name, row in fitting(path, foreign).items():
            address = filled(path, str(row.pk)) or "/"
            if comparable(walker.ask(verb, address), str(row.pk)) != expected:
                yield f"{verb} {path} with a foreign {name}"


def fitting(path: str, foreign: dict[str, Model]) -> dict[str, Model]:
    """The objects to try: kinds that the route names, or all where it names none.

    ``batches/<id>/items`` gets a batch and an item. The second part is left out: it is
    the application or the version.
    """
    parts = {part.lower().replace("-", "") for part in path.split("/")[2:]}
    singular = {part.removesuffix("es") for part in parts if part.endswith("ches")}
    singular |= {f"{part[:-3]}y" for part in parts if part.endswith("ies")}
    singular |= {part.removesuffix("s") for part in parts}
    named = tuple(OTHER_NAMES.get(part, part) for part in singular if part.isalpha())
    chosen = {name: row for name, row in foreign.items() if name.startswith(named)}
    return chosen or foreign


def comparable(answer: tuple[int, str], asked: str) -> tuple[int, str]:
    """The answer without the id asked for and what differs with every request."""
    status, body = answer
    body = body.replace(asked, "ID").replace(asked.replace("-", ""), "ID")
    body = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", body)
    return status, re.sub(r'"request_id": ?"\w+"', "", body)


@pytest.mark.requirement("T1", "T8")
def test_a_list_shows_nothing_of_another_clinic(walker, foreign):
    secrets = {MARK, *(str(row.pk) for row in foreign.values())}
    for path in WITHOUT:
        _, body = walker.ask("GET", f"/{path}")
        assert not [secret for secret in secrets if secret in body], path


@pytest.mark.requirement("T2")
def test_autocomplete_offers_nothing_of_another_clinic(foreign):
    client = Client()
    client.force_login(make_membership(role="owner").practitioner)
    asked = [
        (model, field)
        for model, page in admin.site._registry.items()
        for field in page.autocomplete_fields
    ]
    assert asked
    for model, field in asked:
        answer = client.get(
            "/admin/autocomplete/",
            {
                "app_label": model._meta.app_label,
                "model_name": model._meta.model_name,
                "field_name": field,
                "term": MARK,
            },
        )
        assert MARK not in answer.content.decode(), (model, field)


def test_every_model_with_a_clinic_is_part_of_the_walk(foreign):
    asked = {"patient", "program", "handout", "revision", "patientlink", "batch"}
    asked |= {"webhookendpoint", "webhookdelivery", "importrun", "diaryentry", "alert"}
    asked |= {"invitation", "erasure", "exercisetranslation"}
    assert asked <= set(foreign)
    assert {Patient, Exercise} <= {type(row) for row in foreign.values()}


@pytest.mark.requirement("T1")
def test_every_path_of_the_openapi_document_is_walked():
    walked = {PARAMETER.sub("{}", f"/{path}") for path in (*WITH_PARAMETER, *WITHOUT)}
    paths = {re.sub(r"\{\w+\}", "{}", path) for path in openapi.committed()["paths"]}
    assert paths <= walked
