"""The REST API on PostgreSQL: a clinic of 100,000 programs beside one of 1,000."""

import logging
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
from django.core.cache import cache
from django.core.management import call_command
from django.db import connections
from django.test import Client
from django.utils import timezone
from environ import Env

from clinic.assets import read_asset
from clinic.models import ApiKey, Patient
from clinic.roles import KEY_SCOPES
from exercises.models import Exercise
from prescriptions import pdf, tasks
from prescriptions.answers import Given
from prescriptions.documents import HandoutOptions
from prescriptions.findings import judge
from prescriptions.handouts import issue_program, request_handout
from prescriptions.models import Handout, Phase, PrescribedExercise, Program
from tests.bench.measure import Pairs, Row, paired
from tests.factories import (
    make_exercise,
    make_membership,
    make_patient,
    make_program,
    sign_texts,
)
from tests.services.postgres import running_postgres
from tests.services.worker import installation

# Of the large clinic; fewer by BENCH_PROGRAMS for a quick look
FEW, MANY = 1_000, int(os.environ.get("BENCH_PROGRAMS", "100000"))
ROUNDS = 25
ROUNDS_OF_HANDOUTS = 9
# Requests at once, and for how long
CALLERS, SECONDS = 8, 10
ENDPOINTS = (
    "first_page",
    "next_page",
    "changed_page",
    "one_program",
    "patients_by_name",
    "handouts_to_fetch",
    "jobs",
    "audit_events",
    "new_program",
)
PROGRAMS_EACH = 4


def rows() -> list[Row]:
    """Ask both clinics by turns: a page, the next one, one program, a new one."""
    with running_postgres() as server:
        use(server.url)
        few, many = Asker(FEW), Asker(MANY)
        with connections["default"].cursor() as cursor:
            cursor.execute("ANALYZE")
        measured = {
            name: paired(
                getattr(many, name), reference=getattr(few, name), rounds=ROUNDS
            )
            for name in ENDPOINTS
        }
        asked = many.handout_beside_rendering()
        requests = many.requests_a_second(server.url)
        connections["default"].close()
    return [
        *(row for name, pairs in measured.items() for row in judged(name, pairs)),
        Row.at_most("handout_asked_to_rendered", asked.ratio, "x", 0.1),
        Row.at_least("requests_a_second_of_two_processes", requests, "", 20),
    ]


def judged(name: str, pairs: Pairs) -> list[Row]:
    """The ratio with its bar, and p50 and p95 of the large clinic."""
    p95 = statistics.quantiles(pairs.subjects, n=20)[-1]
    return [
        Row.at_most(f"{name}_100000_to_1000", pairs.ratio, "x", 1.5),
        Row.at_most(f"{name}_p50", pairs.subject * 1000, "ms", 250),
        Row.at_most(f"{name}_p95", p95 * 1000, "ms", 500),
    ]


def use(url: str) -> None:
    """Make the server's database the default one, with all tables."""
    server = connections.configure_settings({"default": Env.db_url_config(url)})
    connections["default"].close()
    connections.databases["default"] = server["default"]
    del connections["default"]
    call_command("migrate", verbosity=0)
    call_command("load_library", verbosity=0)


class Asker:
    """An integration of a clinic with so many programs of one exercise each."""

    def __init__(self, size: int) -> None:
        self.member = make_membership()
        self.patient = make_patient(clinic=self.member.clinic)
        self.exercise = make_exercise()
        self.program = self._fill(size)
        self.client = Client(headers=self._key())
        self.second = self._get("/api/v1/programs?limit=20")["next"]

    def _key(self) -> dict[str, str]:
        _, secret = ApiKey.objects.mint(
            clinic=self.member.clinic,
            name="bench",
            scopes=sorted(KEY_SCOPES),
            expires_at=timezone.now() + timedelta(days=1),
        )
        return {"Authorization": f"Bearer {secret}"}

    def _fill(self, size: int) -> Program:
        clinic, born = self.member.clinic, self.patient.date_of_birth
        patients = Patient.objects.bulk_create(
            Patient(clinic=clinic, name=f"Patient {n}", date_of_birth=born)
            for n in range(size // PROGRAMS_EACH)
        )
        programs = [
            Program(
                clinic=clinic,
                patient=patients[n % len(patients)],
                practitioner=self.member.practitioner,
                title="Back care",
            )
            for n in range(size)
        ]
        Program.objects.bulk_create(programs, batch_size=2_000)
        phases = [Phase(program=program) for program in programs]
        Phase.objects.bulk_create(phases, batch_size=2_000)
        lines = [
            PrescribedExercise(
                program=phase.program,
                phase=phase,
                exercise=self.exercise,
                repetitions=8,
                times_per_day=1,
            )
            for phase in phases
        ]
        PrescribedExercise.objects.bulk_create(lines, batch_size=2_000)
        return programs[size // 2]

    def _get(self, address: str) -> dict[str, str]:
        cache.clear()  # the limit of requests is not what is measured
        answer = self.client.get(address)
        assert answer.status_code == 200, answer.content
        found: dict[str, str] = answer.json()
        return found

    def first_page(self) -> None:
        """Twenty programs with all contents, newest first."""
        self._get("/api/v1/programs?limit=20")

    def next_page(self) -> None:
        """The twenty after them."""
        self._get(self.second)

    def changed_page(self) -> None:
        """What was changed lately, as a system asks that keeps a copy."""
        self._get("/api/v1/programs?limit=20&updated_since=2020-01-01T00:00:00Z")

    def patients_by_name(self) -> None:
        """Patients whose name holds a word."""
        self._get("/api/v1/patients?limit=20&search=Patient")

    def handouts_to_fetch(self) -> None:
        """Handouts that were not acknowledged yet."""
        self._get("/api/v1/handouts?limit=20&acknowledged=false")

    def jobs(self) -> None:
        """Handouts and batches as jobs."""
        self._get("/api/v1/jobs?limit=20")

    def audit_events(self) -> None:
        """The end of the trail."""
        self._get("/api/v1/audit-events?limit=20")

    def one_program(self) -> None:
        """A program from the middle."""
        self._get(f"/api/v1/programs/{self.program.pk}")

    def new_program(self) -> None:
        """A draft of one exercise in one call."""
        cache.clear()
        line = {"exercise": self.exercise.slug}
        body = {"patient": str(self.patient.pk), "title": "New"}
        answer = self.client.post(
            "/api/v1/programs",
            body | {"phases": [{"exercises": [line]}]},
            content_type="application/json",
        )
        assert answer.status_code == 201, answer.content

    def handout_beside_rendering(self) -> Pairs:
        """Ask for a handout as a system does, and render the same, by turns."""
        sign_texts(self.member)
        # With pictures of the library: without any, rendering would be too cheap
        slugs = ("cat-camel", "bird-dog", "bridge", "cobra", "dead-bug", "plank")
        found = Exercise.objects.visible_to(self.member).filter(slug__in=slugs)
        drawn = [make_exercise(name=one.name, figures=one.figures) for one in found]
        program = make_program(by=self.member, exercises=drawn)
        codes = [finding.code for finding in judge(program).findings]
        reasons = dict.fromkeys(codes, "Only measured")
        given = Given(ticked=codes, reasons=reasons)
        issue_program(program, by=self.member, given=given)
        made = Handout.objects.of_clinic(self.member.clinic)
        address = f"/api/v1/programs/{program.pk}/handouts"

        def ask() -> None:
            cache.clear()
            answer = self.client.post(address, {}, content_type="application/json")
            assert answer.status_code == 202, answer.content
            made.revoke()  # the same request again would find its job

        ask()
        rendered = request_handout(
            program.revisions.get(), options=HandoutOptions(), by=self.member
        )
        spec = tasks.spec_of(rendered)
        assets = {name: read_asset(name) for name in spec.document.assets}
        pdf.warm_up()
        return paired(
            ask, reference=lambda: pdf.render(spec, assets), rounds=ROUNDS_OF_HANDOUTS
        )

    def requests_a_second(self, url: str) -> float:
        """Pages of programs that two web processes answer to callers at once.

        Each caller has a key of its own, so that none reaches its limit.
        """
        logging.getLogger("httpx").setLevel(logging.WARNING)
        keys = [self._key() for _ in range(CALLERS)]
        with two_processes(url) as addresses, ThreadPoolExecutor(CALLERS) as pool:
            ends = time.monotonic() + SECONDS
            told = [
                pool.submit(_pages_until, ends, addresses[n % len(addresses)], key)
                for n, key in enumerate(keys)
            ]
            return sum(one.result() for one in told) / SECONDS


def _pages_until(ends: float, address: str, key: dict[str, str]) -> int:
    count = 0
    with httpx.Client(base_url=address, headers=key, timeout=30) as client:
        while time.monotonic() < ends:
            answer = client.get("/api/v1/programs?limit=20")
            assert answer.status_code == 200, answer.text
            count += 1
    return count


@contextmanager
def two_processes(url: str) -> Iterator[list[str]]:
    """Two web processes of one installation on the database; yields addresses."""
    with (
        tempfile.TemporaryDirectory() as folder,
        installation(Path(folder), extra={"DATABASE_URL": url}) as place,
        place.web() as first,
        place.web() as second,
    ):
        yield [first, second]
