"""What the product writes besides its database holds nothing of a patient.

A patient with unusual words everywhere is driven through every route, form and task,
also while tables are away; then all that was written is searched for the words: lines
of the log, headers of answers, messages to workers, the cache, names of files, what
other systems are told, the trail, metrics, mails.
"""

import json
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from celery.signals import before_task_publish
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from clinic.celery import app as celery
from clinic.logs import JsonFormatter, RedactingFilter
from clinic.models import AuditEvent, Patient, WebhookDelivery, WebhookEndpoint
from prescriptions import links
from prescriptions.models import Handout, Program
from tests import factories
from tests.prescriptions.whole_patient import MARK, make_whole_patient

# Which words are written where does not depend on the database: once is enough.
pytestmark = [pytest.mark.slow, pytest.mark.requirement("D4", "P3")]

BORN = date(1961, 2, 3)
EMAIL, PHONE = "canary.quux@example.org", "0555-canary-27"
# A birth date is also written as people say it.
WORDS = (MARK, EMAIL, PHONE, "1961-02-03", "Feb. 3, 1961", "canary.quux")
PARAMETER = re.compile(r"<(?:\w+:)?\w+>")
# What a program and its patient may be called, whatever a form asks for
FORM = {
    "name": f"{MARK} Berger",
    "title": MARK,
    "date_of_birth": "1961-02-03",
    "email": EMAIL,
    "phone": PHONE,
    "note": MARK,
    "goal": MARK,
    "reason": MARK,
    "q": MARK,
    "token": MARK,
    "seen": MARK,
    "csv": f"name,date_of_birth\n{MARK},1961-02-03",
}


@dataclass
class Written:
    """All that left the process or stayed behind outside of the database."""

    lines: list[str] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    statuses: set[int] = field(default_factory=set)

    def note(self, answer: Any) -> None:
        """Take in an answer: all but its body."""
        self.statuses.add(answer.status_code)
        self.headers += [f"{name}: {value}" for name, value in answer.items()]
        self.headers += [str(cookie) for cookie in answer.cookies.values()]
        if answer.streaming:
            b"".join(answer)

    def everything(self) -> dict[str, str]:
        """Return the text of each place."""
        trail = AuditEvent.objects.unscoped().values("action", "details", "outcome")
        told = WebhookDelivery.objects.unscoped().values("payload")
        return {
            "log": "\n".join(self.lines),
            "headers": "\n".join(self.headers),
            "messages": "\n".join(self.messages),
            "cache": repr(cache._cache),  # type: ignore[attr-defined]
            "files": "\n".join(names_below("")),
            "webhooks": repr(list(told)),
            "trail": repr(list(trail)),
            "mails": repr([one.message() for one in mail.outbox]),
        }


def names_below(folder: str) -> Iterator[str]:
    folders, files = default_storage.listdir(folder)
    yield from (f"{folder}/{name}" for name in files)
    for name in folders:
        yield from names_below(f"{folder}/{name}".lstrip("/"))


@pytest.fixture
def written() -> Iterator[Written]:
    """Everything that is written during the test."""
    written = Written()
    # Sets logging up anew, as in a worker
    celery.loader.import_default_modules()
    handler = logging.Handler(logging.INFO)
    handler.setFormatter(JsonFormatter())
    handler.addFilter(RedactingFilter())
    handler.emit = lambda record: written.lines.append(handler.format(record))  # type: ignore[method-assign]

    def note_message(body: Any, headers: Any, **kwargs: Any) -> None:
        written.messages.append(f"{body!r} {headers!r}")

    before_task_publish.connect(note_message)
    logging.getLogger().addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)
    before_task_publish.disconnect(note_message)


def routes(resolver: URLResolver, prefix: str = "/") -> Iterator[str]:
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern).removeprefix("^").removesuffix("$")
        if isinstance(entry, URLResolver):
            yield from routes(entry, path)
        elif "(" not in path:
            yield path


def addresses(patient: Patient) -> Iterator[str]:
    """Yield each route, filled in with an id of the patient that fits."""
    program = Program.objects.unscoped().get(patient=patient)
    ids = {"program": program.pk, "handout": Handout.objects.unscoped().get().pk}
    link = links.token_of(links.printed_link(program))
    for path in sorted(set(routes(get_resolver()))):
        kind = next((name for name in ids if name in path), None)
        value = str(ids.get(kind or "", patient.pk))
        if not path.startswith("/static"):
            yield PARAMETER.sub(link if path.startswith("/l/") else value, path)


def drive(client: Client, written: Written, every: list[str]) -> None:
    """Ask for every address, with the patient's words in forms and bodies."""
    body = json.dumps(FORM)
    for address in every:
        written.note(client.get(address, {"q": MARK, "search": MARK}))
        if address.startswith("/api/"):
            for verb in (client.post, client.put, client.patch):
                written.note(verb(address, body, content_type="application/json"))
        elif "logout" not in address and not address.startswith("/session"):
            written.note(client.post(address, FORM))


def run_turns(written: Written) -> None:
    """Do what workers do in turn; what fails is logged as in a worker."""
    for task in settings.TURNS:
        celery.tasks[task].apply()


@contextmanager
def without_table(name: str) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {name} RENAME TO elsewhere")
        yield
        cursor.execute(f"ALTER TABLE elsewhere RENAME TO {name}")


# One route of five each time, all of them with --full
@pytest.mark.parametrize("step", [5, pytest.param(1, marks=pytest.mark.full)])
def test_nothing_of_a_patient_is_written_beside_the_database(
    step: int,
    written: Written,
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[Any]],
    db: None,
) -> None:
    owner = factories.make_membership(role="owner", licensed=True)
    factories.sign_texts(owner)
    WebhookEndpoint.objects.create(
        clinic=owner.clinic, url="https://192.0.2.1/", events=["program.assigned"]
    )
    client = Client(raise_request_exception=False)
    client.force_login(owner.practitioner)
    with django_capture_on_commit_callbacks(execute=True):
        patient = make_whole_patient(
            owner, email=EMAIL, phone=PHONE, date_of_birth=BORN
        )
        every = list(addresses(patient))[::step]
        drive(client, written, every)
        add_a_patient(client, written)
        open_the_link(written, patient)
        run_turns(written)
    for table in ("clinic_patient", "prescriptions_program"):
        with without_table(table):
            drive(client, written, every[::5])
            run_turns(written)
    found = {
        place: [word for word in WORDS if word in text]
        for place, text in written.everything().items()
    }
    assert written.statuses >= {200, 302, 400, 404, 503}
    # A message on the next page may name the patient: not in the browser's files.
    assert "messages=" not in written.everything()["headers"]
    assert written.messages
    assert any("Error" in line for line in written.lines)
    assert not {place: words for place, words in found.items() if words}


def add_a_patient(client: Client, written: Written) -> None:
    """Add one by the form and one by the API, and give the API what it refuses."""
    inlines = ("external_ids", "screenings", "clearances")
    rows = {f"{name}-{n}_FORMS": 0 for name in inlines for n in ("TOTAL", "INITIAL")}
    other = {"name": f"{MARK} Three", "date_of_birth": "1971-12-30"}
    form = {**FORM, **rows, **other, "language": "en", "seen": ""}
    added = client.post(reverse("admin:clinic_patient_add"), form)
    assert added.status_code == 302, added.context["errors"]
    written.note(added)
    person = {"name": f"{MARK} Two", "date_of_birth": "1961-02-03"}
    for wrong in ({}, {"phone": EMAIL * 9}, {"unknown": MARK}, {"language": MARK}):
        body = json.dumps(person | wrong)
        kind = {"content_type": "application/json"}
        written.note(client.post("/api/v1/patients", body, **kind))
    written.note(client.post("/api/v1/patients", f"{{{MARK}", **kind))


def open_the_link(written: Written, patient: Patient) -> None:
    """Pass the gate, by a wrong and by the right birth date, and write the diary."""
    program = Program.objects.unscoped().get(patient=patient)
    token = links.token_of(links.printed_link(program))
    page = reverse("link-page", args=[token])
    client = Client(raise_request_exception=False)
    for year in ("1962", "1961"):
        written.note(client.post(page, {"day": "3", "month": "2", "year": year}))
    written.note(client.get(page))
    diary = {"comment": MARK, "day": "1961-02-03", "client_id": MARK}
    written.note(client.post(reverse("link-diary", args=[token]), diary))
