"""Many clinics with patients, programs, handouts and an audit trail, made by SQL.

Rows are numbered from 0; ids follow from kind and number, so that a larger size only
adds rows. Every clinic has the same size, as clinics have: what grows is their number.
"""

from hashlib import md5
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Model
from django.test import Client

from clinic.models import (
    AuditEvent,
    Clinic,
    Membership,
    Patient,
    Practitioner,
    WebhookDelivery,
    WebhookEndpoint,
)
from exercises.models import Exercise
from prescriptions.models import (
    Alert,
    DiaryEntry,
    Handout,
    Message,
    PatientLink,
    Phase,
    PrescribedExercise,
    Program,
    Reminder,
    Revision,
)

CLINICS = 1_000
PATIENTS = 100 * CLINICS
PROGRAMS = 10 * PATIENTS
EVENTS = 5 * PROGRAMS
ENTRIES = 5 * PROGRAMS
FAMILIES = "Novak Silva Müller Rossi Nguyen Ahmed Kim Garcia Smith O''Brien Zhou"
GIVEN = "Ana Ben Chiara David Elif Farid Grace Hugo Ines Jonas Katya Liam Mei Noor Olga"


def grow(share: float) -> None:
    """Bring the database to this share of all clinics; what is there stays."""
    clinics = max(1, int(CLINICS * share))
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SELECT count(*) FROM clinic_clinic")
        former = cursor.fetchone()[0]
    fill_people(former, clinics)
    fill_programs(former, clinics)
    fill_following(former, clinics)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("VACUUM ANALYZE")


def membership_of(number: int) -> Membership:
    """The owner of the clinic with this number."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {key('clinic', str(number))}")
        clinic = cursor.fetchone()[0]
    rows = Membership.objects.of_clinic(clinic).filter(role=Membership.Role.OWNER)
    return rows.select_related("practitioner", "clinic").get()


def browser_of(member: Membership) -> Client:
    """The browser of somebody who has taken both steps of signing in."""
    browser = Client()
    browser.force_login(member.practitioner)
    session = browser.session
    session["second_factor"] = True
    session.save()
    return browser


def key(kind: str, number: str) -> str:
    """The id of a row as an SQL expression."""
    return f"md5('{kind}' || ({number}))::uuid"


def one_of(words: str, number: str) -> str:
    """A word chosen by the number."""
    count = len(words.split())
    return f"(string_to_array('{words}', ' '))[1 + ({number}) % {count}]"


def insert(model: type[Model], first: int, after: int, **columns: str) -> None:
    """Add rows `first` to `after` - 1; columns are expressions of their number n."""
    names, values, parameters = [], [], []
    for field in model._meta.concrete_fields:
        if field.has_db_default() and field.column not in columns:
            continue
        names.append(field.column)
        if field.column in columns:
            values.append(columns[field.column].replace("%", "%%"))
        elif field.get_internal_type() == "DateTimeField" and not field.null:
            values.append("now() - (n %% 1000000) * interval '1 minute'")
        elif field.column == "search_text":
            values.append("''")
        else:
            values.append("%s")
            default: Any = field.get_default()
            parameters.append(field.get_db_prep_save(default, connection))
    statement = (
        f"INSERT INTO {model._meta.db_table} ({', '.join(names)})"  # noqa: S608 (own names)
        f" SELECT {', '.join(values)} FROM generate_series({first}, {after - 1}) n"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def fill_people(former: int, clinics: int) -> None:
    """Add clinics with an owner each, and their patients."""
    insert(
        Clinic,
        former,
        clinics,
        id=key("clinic", "n"),
        name="'Clinic ' || n",
        phone="'+1 555 0100'",
        emergency_number="'112'",
    )
    insert(
        Practitioner,
        former,
        clinics,
        id=key("person", "n"),
        email="'owner' || n || '@clinic.example'",
        name=f"{one_of(GIVEN, 'n')} || ' ' || {one_of(FAMILIES, 'n / 7')}",
        password="'!'",
    )
    insert(
        Membership,
        former,
        clinics,
        id=key("member", "n"),
        clinic_id=key("clinic", "n"),
        practitioner_id=key("person", "n"),
        role="'owner'",
        licensed="true",
    )
    each = PATIENTS // CLINICS
    insert(
        Patient,
        former * each,
        clinics * each,
        id=key("patient", "n"),
        clinic_id=key("clinic", f"n / {each}"),
        name=f"{one_of(GIVEN, 'n')} || ' ' || {one_of(FAMILIES, 'n / 15')}",
        date_of_birth="date '1940-01-01' + (n % 25000)",
    )


def fill_programs(former: int, clinics: int) -> None:
    """Add programs with a phase, three exercises, a revision, a handout and events."""
    each = PROGRAMS // CLINICS
    first, after = former * each, clinics * each
    clinic, person = key("clinic", f"n / {each}"), key("person", f"n / {each}")
    per_patient = PROGRAMS // PATIENTS
    insert(
        Program,
        first,
        after,
        id=key("program", "n"),
        clinic_id=clinic,
        patient_id=key("patient", f"n / {per_patient}"),
        practitioner_id=person,
        title="'Back care ' || n % 40",
        status=f"CASE WHEN n % {per_patient} = 0 THEN 'active' ELSE 'ended' END",
    )
    insert(Phase, first, after, id=key("phase", "n"), program_id=key("program", "n"))
    exercise = str(Exercise.objects.shared().order_by("slug").values_list("pk")[0][0])
    insert(
        PrescribedExercise,
        3 * first,
        3 * after,
        id=key("line", "n"),
        program_id=key("program", "n / 3"),
        phase_id=key("phase", "n / 3"),
        exercise_id=f"'{exercise}'::uuid",
        position="1 + n % 3",
    )
    insert(
        Revision,
        first,
        after,
        id=key("revision", "n"),
        clinic_id=clinic,
        program_id=key("program", "n"),
        number="1",
        # As large as the document of five exercises: 8 kB, which compress
        document="jsonb_build_object('words', repeat('Lie on your back. ', 450))",
        sha256="encode(sha256(n::text::bytea), 'hex')",
        content_digest="encode(sha256(n::text::bytea), 'hex')",
        issued_by_id=person,
    )
    insert(
        Handout,
        first,
        after,
        id=key("handout", "n"),
        clinic_id=clinic,
        revision_id=key("revision", "n"),
        options_key="encode(sha256(n::text::bytea), 'hex')",
        status="'ready'",
        pdf_name=f"{key('handout', 'n')} || '.pdf'",
        pdf_sha256="encode(sha256(n::text::bytea), 'hex')",
        pdf_bytes="90000",
        pdf_pages="2",
        finished_at="now() - (n % 1000000) * interval '1 minute'",
    )
    insert(
        AuditEvent,
        5 * first,
        5 * after,
        id=key("event", "n"),
        clinic_id=key("clinic", f"n / {5 * each}"),
        actor_kind="'person'",
        action="'program.viewed'",
        target_kind="'program'",
        target_id=key("program", "n / 5"),
        patient_id=key("patient", f"n / {5 * per_patient}"),
    )


def fill_following(former: int, clinics: int) -> None:
    """Add what comes back from patients and goes out: diary, links, messages."""
    each = PROGRAMS // CLINICS
    first, after = former * each, clinics * each
    fill_outgoing(former, clinics)
    insert(
        PatientLink,
        first,
        after,
        **of_program(each, "n"),
        id=key("link", "n"),
        patient_id=key("patient", f"n / {PROGRAMS // PATIENTS}"),
        kind="'printed'",
        link_id="md5('link' || n)",
        code_digest="encode(sha256(n::text::bytea), 'hex')",
        expires_at="now() + interval '90 days'",
        last_opened_at="CASE WHEN n % 2 = 0 THEN now() - interval '20 days' END",
    )
    days = ENTRIES // PROGRAMS
    insert(
        DiaryEntry,
        days * first,
        days * after,
        **of_program(each, f"n / {days}"),
        id=key("entry", "n"),
        revision_id=key("revision", f"n / {days}"),
        client_id=key("sent", "n"),
        day=f"current_date - n % {days} - (n / {days}) % 400",
        pain="n % 7",
    )
    insert(
        Alert,
        first // 5,
        after // 5,
        **of_program(each, "n * 5"),
        id=key("alert", "n"),
        patient_id=key("patient", f"n * 5 / {PROGRAMS // PATIENTS}"),
        kind="'pain'",
        settled_at="CASE WHEN n % 20 > 0 THEN now() END",
    )


def fill_outgoing(former: int, clinics: int) -> None:
    """Add deliveries to another system, mails to patients, and reminders."""
    each = PROGRAMS // CLINICS
    first, after = former * each, clinics * each
    insert(
        WebhookEndpoint,
        former,
        clinics,
        id=key("endpoint", "n"),
        clinic_id=key("clinic", "n"),
        url="'https://other.example/hook'",
        events="'[]'::jsonb",
    )
    insert(
        WebhookDelivery,
        first,
        after,
        id=key("delivery", "n"),
        clinic_id=key("clinic", f"n / {each}"),
        endpoint_id=key("endpoint", f"n / {each}"),
        event="'handout.ready'",
        payload="'{}'::jsonb",
        status="'delivered'",
        created_at="now() - (n % 40000) * interval '1 minute'",
        due_at="now() - (n % 40000) * interval '1 minute'",
        started_at="now() - (n % 40000) * interval '1 minute'",
    )
    insert(
        Message,
        first,
        after,
        **of_program(each, "n"),
        id=key("message", "n"),
        patient_id=key("patient", f"n / {PROGRAMS // PATIENTS}"),
        kind="'link'",
        channel="'email'",
        status="'sent'",
        created_at="now() - (n % 1000000) * interval '1 minute'",
        due_at="now() - (n % 1000000) * interval '1 minute'",
    )
    insert(
        Reminder,
        first // 10,
        after // 10,
        **of_program(each, "n * 10"),
        id=key("reminder", "n"),
        hour="8 + n % 10",
        time_zone="'Europe/Berlin'",
        next_at="now() + (n % 1440) * interval '1 minute'",
    )


def of_program(each: int, number: str) -> dict[str, str]:
    """Columns of a row that belongs to the program with this number."""
    return {
        "clinic_id": key("clinic", f"({number}) / {each}"),
        "program_id": key("program", number),
    }


def program_id(number: int) -> str:
    """The id of the program with this number."""
    return str(UUID(md5(f"program{number}".encode()).hexdigest()))  # noqa: S324
