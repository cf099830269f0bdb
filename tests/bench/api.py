"""The REST API on PostgreSQL: a clinic of 100,000 programs beside one of 1,000."""

import statistics
from datetime import timedelta

from django.core.cache import cache
from django.core.management import call_command
from django.db import connections
from django.test import Client
from django.utils import timezone
from environ import Env

from clinic.models import ApiKey, Patient
from clinic.roles import KEY_SCOPES
from prescriptions.models import Phase, PrescribedExercise, Program
from tests.bench.measure import Pairs, Row, paired
from tests.factories import make_exercise, make_membership, make_patient
from tests.services.postgres import running_postgres

FEW, MANY = 1_000, 100_000
ROUNDS = 25
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
            for name in ("first_page", "next_page", "one_program", "new_program")
        }
        connections["default"].close()
    return [row for name, pairs in measured.items() for row in judged(name, pairs)]


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


class Asker:
    """An integration of a clinic with so many programs of one exercise each."""

    def __init__(self, size: int) -> None:
        self.member = make_membership()
        self.patient = make_patient(clinic=self.member.clinic)
        self.exercise = make_exercise()
        self.program = self._fill(size)
        _, secret = ApiKey.objects.mint(
            clinic=self.member.clinic,
            name="bench",
            scopes=sorted(KEY_SCOPES),
            expires_at=timezone.now() + timedelta(days=1),
        )
        self.client = Client(headers={"Authorization": f"Bearer {secret}"})
        self.second = self._get("/api/v1/programs?limit=20")["next"]

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
