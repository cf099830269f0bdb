"""The admin on people, texts, keys and the trail."""

from datetime import timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from clinic.audit import record
from clinic.models import ApiKey, AuditEvent, Clinic, ClinicText, Membership, Patient
from clinic.signing import signature_of
from tests import factories

ROLES = Membership.Role
LISTS = ["patient", "clinictext", "membership", "apikey", "auditevent"]


def signed_in(membership: Membership) -> Client:
    client = Client()
    client.force_login(membership.practitioner)
    return client


def url(model: str, view: str, *args: Any) -> str:
    return reverse(f"admin:clinic_{model}_{view}", args=args)


def patient_form(**values: Any) -> dict[str, Any]:
    """What the browser sends for a patient without rows."""
    form = {"name": "Jan Roos", "date_of_birth": "1970-02-03", "language": "en"}
    for rows in ("external_ids", "screenings", "clearances"):
        form |= {f"{rows}-TOTAL_FORMS": "0", f"{rows}-INITIAL_FORMS": "0"}
    return form | values


@pytest.fixture
def owner(clinic: Clinic) -> Membership:
    return factories.make_membership(clinic=clinic, role=ROLES.OWNER, name="Mira Rossi")


@pytest.mark.parametrize("model", LISTS)
def test_an_owner_sees_every_list(owner: Membership, model: str) -> None:
    assert signed_in(owner).get(url(model, "changelist")).status_code == 200


@pytest.mark.requirement("T4")
@pytest.mark.parametrize("model", ["membership", "apikey", "auditevent", "clinic"])
def test_pages_of_owners_are_closed_to_practitioners(
    practitioner: Membership, model: str
) -> None:
    client = signed_in(practitioner)
    assert client.get(reverse("admin:index")).status_code == 200
    if model != "clinic":
        assert client.get(url(model, "changelist")).status_code == 403


def test_nobody_gets_in_without_a_membership(practitioner: Membership) -> None:
    practitioner.is_active = False
    practitioner.save()
    answer = signed_in(practitioner).get(url("patient", "changelist"))
    assert answer.status_code == 302
    assert "/login/" in answer["Location"]


def test_an_outsider_finds_no_patient(clinic: Clinic, outsider: Membership) -> None:
    patient = factories.make_patient(clinic=clinic)
    client = signed_in(outsider)
    for view in ("change", "history"):
        assert client.get(url("patient", view, patient.pk)).status_code == 404
    assert client.post(url("patient", "change", patient.pk), {}).status_code == 404
    assert client.get(url("patient", "change", "nonsense")).status_code == 404
    assert "Anna Berger" not in client.get(url("patient", "changelist")).text


def test_an_outsider_finds_no_text_member_key_or_event(
    owner: Membership, outsider: Membership
) -> None:
    factories.sign_texts(owner)
    text = ClinicText.objects.of_clinic(owner.clinic).first()
    event = AuditEvent.objects.create(clinic=owner.clinic, action="x.y")
    client = signed_in(outsider)
    assert text
    for model, row in [
        ("clinictext", text),
        ("membership", owner),
        ("clinic", owner.clinic),
        ("auditevent", event),
    ]:
        assert client.get(url(model, "change", row.pk)).status_code == 404
    assert client.post(url("clinictext", "sign", text.pk)).status_code == 404
    assert client.get(url("clinic", "logo", owner.clinic_id)).status_code == 404


@pytest.mark.requirement("T2")
def test_autocomplete_offers_only_patients_of_the_clinic(
    practitioner: Membership, outsider: Membership
) -> None:
    factories.make_patient(clinic=outsider.clinic, name="Foreign Berger")
    factories.make_patient(clinic=practitioner.clinic, name="Own Berger")
    query = {
        "app_label": "prescriptions",
        "model_name": "program",
        "field_name": "patient",
        "term": "berger",
    }
    answer = signed_in(practitioner).get(reverse("admin:autocomplete"), query)
    assert [row["text"] for row in answer.json()["results"]] == ["Own Berger"]


@pytest.mark.requirement("T3")
def test_a_new_patient_belongs_to_the_clinic_of_the_actor(
    practitioner: Membership, outsider: Membership
) -> None:
    sent = patient_form(clinic=str(outsider.clinic_id), flags=["osteoporosis"])
    signed_in(practitioner).post(url("patient", "add"), sent)
    patient = Patient.objects.of_clinic(practitioner.clinic).get(name="Jan Roos")
    assert patient.flags == ["osteoporosis"]
    event = AuditEvent.objects.visible_to(practitioner).get(action="patient.created")
    assert event.patient_id == patient.pk


def test_an_audit_event_names_fields_and_no_content(practitioner: Membership) -> None:
    patient = factories.make_patient(clinic=practitioner.clinic)
    sent = patient_form(name="Secret Name")
    signed_in(practitioner).post(url("patient", "change", patient.pk), sent)
    event = AuditEvent.objects.visible_to(practitioner).get(action="patient.changed")
    assert event.details == {"fields": "name, date_of_birth"}


@pytest.mark.requirement("D1")
def test_looking_at_a_patient_is_recorded_once(practitioner: Membership) -> None:
    patient = factories.make_patient(clinic=practitioner.clinic)
    client = signed_in(practitioner)
    client.get(url("patient", "change", patient.pk))
    events = AuditEvent.objects.visible_to(practitioner)
    assert events.filter(action="patient.viewed", target_id=patient.pk).count() == 1
    assert "Patient viewed" in client.get(url("patient", "history", patient.pk)).text


def listed(membership: Membership) -> list[dict[str, Any]]:
    events = AuditEvent.objects.visible_to(membership).filter(action="patient.listed")
    return [event.details for event in events]


@pytest.mark.requirement("D1")
@pytest.mark.parametrize("query", [{}, {"q": "berger"}])
def test_looking_at_the_list_of_patients_is_recorded_once(
    practitioner: Membership, query: dict[str, str]
) -> None:
    for name in ("Anna Berger", "Olaf Berger"):
        factories.make_patient(clinic=practitioner.clinic, name=name)
    signed_in(practitioner).get(url("patient", "changelist"), query)
    assert listed(practitioner) == [{"count": 2}]


def test_choosing_a_patient_by_typing_is_recorded_once(
    practitioner: Membership,
) -> None:
    for name in ("Anna Berger", "Jan Roos"):
        factories.make_patient(clinic=practitioner.clinic, name=name)
    query = {
        "app_label": "prescriptions",
        "model_name": "program",
        "field_name": "patient",
        "term": "berger",
    }
    signed_in(practitioner).get(reverse("admin:autocomplete"), query)
    assert listed(practitioner) == [{"count": 1}]


def test_a_list_without_patients_is_not_recorded(practitioner: Membership) -> None:
    signed_in(practitioner).get(url("clinictext", "changelist"))
    events = AuditEvent.objects.visible_to(practitioner)
    assert not events.filter(action__endswith=".listed").exists()


@pytest.mark.requirement("T4")
def test_read_only_members_cannot_save(clinic: Clinic) -> None:
    reader = factories.make_membership(clinic=clinic, role=ROLES.READ_ONLY)
    patient = factories.make_patient(clinic=clinic)
    client = signed_in(reader)
    page = client.get(url("patient", "change", patient.pk))
    assert page.status_code == 200
    assert 'name="_save"' not in page.text
    sent = client.post(url("patient", "change", patient.pk), patient_form())
    assert sent.status_code == 403
    assert client.get(url("patient", "add")).status_code == 403


def fill(model: str, clinic: Clinic, number: int) -> None:
    """Add rows to a list."""
    for index in range(number):
        if model == "patient":
            factories.make_patient(clinic=clinic, flags=["osteoporosis"])
        elif model == "membership":
            factories.make_membership(clinic=clinic)
        elif model == "apikey":
            values = {"digest": str(uuid4()), "expires_at": timezone.now()}
            ApiKey.objects.create(clinic=clinic, name="PMS", scopes=["x"], **values)
        elif model == "auditevent":
            AuditEvent.objects.create(clinic=clinic, action=f"thing.done{index}")


@pytest.mark.parametrize("model", ["patient", "membership", "apikey", "auditevent"])
def test_a_list_asks_as_often_for_60_rows_as_for_20(
    owner: Membership, model: str
) -> None:
    client, counts = signed_in(owner), []
    for number in (20, 40):
        fill(model, owner.clinic, number)
        with CaptureQueriesContext(connection) as queries:
            client.get(url(model, "changelist"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_an_edited_text_loses_its_signature(practitioner: Membership) -> None:
    factories.sign_texts(practitioner)
    text = ClinicText.objects.of_clinic(practitioner.clinic).get(kind="pain_rule")
    client = signed_in(practitioner)
    change = url("clinictext", "change", text.pk)
    answer = client.post(change, {"body": "New words."}, follow=True)
    assert "nothing is issued in English until it is" in answer.text
    assert url("clinictext", "sign", text.pk) in answer.text
    text.refresh_from_db()
    assert signature_of(text, text.clinic_id) is None
    client.post(url("clinictext", "sign", text.pk), {"version": text.version})
    signature = signature_of(text, text.clinic_id)
    assert signature and signature.reviewed_by == "Mara Lind, DC"


def test_the_page_to_sign_shows_the_text(practitioner: Membership) -> None:
    text = ClinicText.objects.create(
        clinic=practitioner.clinic, kind="pain_rule", language="en", body="Read <me>."
    )
    page = signed_in(practitioner).get(url("clinictext", "sign", text.pk))
    assert "Read &lt;me&gt;." in page.text


def test_a_text_that_changed_while_it_was_read_is_not_signed(
    practitioner: Membership,
) -> None:
    text = ClinicText.objects.create(
        clinic=practitioner.clinic, kind="pain_rule", language="en", body="Old."
    )
    signed_in(practitioner).post(url("clinictext", "sign", text.pk), {"version": "0"})
    assert signature_of(text, text.clinic_id) is None


def test_only_licensed_members_sign(clinic: Clinic) -> None:
    unlicensed = factories.make_membership(clinic=clinic, licensed=False)
    text = ClinicText.objects.create(
        clinic=clinic, kind="pain_rule", language="en", body="Text."
    )
    answer = signed_in(unlicensed).post(url("clinictext", "sign", text.pk))
    assert answer.status_code == 403


def test_a_secret_is_shown_once(owner: Membership) -> None:
    client = signed_in(owner)
    sent = {"name": "PMS", "scopes": ["patients:read"], "last_day": "2999-01-01"}
    answer = client.post(url("apikey", "add"), sent)
    key = ApiKey.objects.visible_to(owner).get()
    assert key.prefix in answer.text
    assert ApiKey.objects.find(answer.context["secret"]) == key
    page = client.get(url("apikey", "change", key.pk)).text
    assert answer.context["secret"] not in page


def test_a_revoked_key_no_longer_works(owner: Membership) -> None:
    key, secret = ApiKey.objects.mint(
        clinic=owner.clinic,
        name="PMS",
        scopes=["patients:read"],
        expires_at=timezone.now() + timedelta(days=1),
    )
    signed_in(owner).post(url("apikey", "revoke", key.pk))
    assert ApiKey.objects.find(secret) is None


def numbers_form(system: str = "", value: str = "") -> dict[str, Any]:
    """What the page on a member sends of numbers in other systems."""
    told = {"TOTAL_FORMS": int(bool(system)), "INITIAL_FORMS": 0}
    told |= {"0-system": system, "0-value": value} if system else {}
    return {f"external_ids-{name}": given for name, given in told.items()}


def test_nobody_changes_their_own_role(owner: Membership) -> None:
    client = signed_in(owner)
    sent = {"role": "read_only", "licensed": "on", **numbers_form("ehr", "P-7")}
    assert client.post(url("membership", "change", owner.pk), sent).status_code == 302
    owner.refresh_from_db()
    assert owner.role == ROLES.OWNER
    # Their own number in another system is theirs to tell
    assert [str(row) for row in owner.external_ids.all()] == ["ehr: P-7"]


def test_an_owner_changes_the_role_of_another(
    owner: Membership, practitioner: Membership
) -> None:
    sent = {"role": "assistant", "is_active": "on", **numbers_form()}
    signed_in(owner).post(url("membership", "change", practitioner.pk), sent)
    practitioner.refresh_from_db()
    assert (practitioner.role, practitioner.licensed) == (ROLES.ASSISTANT, False)


@pytest.mark.requirement("D2")
def test_events_cannot_be_added_changed_or_deleted(owner: Membership) -> None:
    event = AuditEvent.objects.create(clinic=owner.clinic, action="a.b")
    client = signed_in(owner)
    assert client.get(url("auditevent", "add")).status_code == 403
    for view in ("change", "delete"):
        sent = client.post(url("auditevent", view, event.pk), {"post": "yes"})
        assert sent.status_code == 403


def test_who_works_in_two_clinics_may_switch(practitioner: Membership) -> None:
    other = factories.make_clinic(name="Hill Practice")
    Membership.objects.create(practitioner=practitioner.practitioner, clinic=other)
    client = signed_in(practitioner)
    assert "Switch to Hill Practice" in client.get(reverse("admin:index")).text
    client.post(reverse("switch-clinic"), {"clinic": str(other.pk)})
    assert client.get(reverse("admin:index")).context["actor"].clinic == other


def test_a_password_can_be_changed(practitioner: Membership) -> None:
    client = signed_in(practitioner)
    new = "purple-lamp-93-window"
    sent = {
        "old_password": factories.PASSWORD,
        "new_password1": new,
        "new_password2": new,
    }
    client.post(reverse("admin:password_change"), sent)
    practitioner.practitioner.refresh_from_db()
    assert practitioner.practitioner.check_password(new)


def test_a_new_patients_page_follows_at_once(client, practitioner):
    client.force_login(practitioner.practitioner)
    data = {"name": "Anna Berg", "date_of_birth": "1980-04-01", "language": "en"}
    for prefix in ("external_ids", "screenings", "clearances"):
        data |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    answer = client.post("/admin/clinic/patient/add/", data)
    made = practitioner.clinic.patients.get()
    assert answer["Location"] == f"/admin/clinic/patient/{made.pk}/change/"


def test_a_changed_patient_is_seen_in_the_record_next(client, practitioner):
    client.force_login(practitioner.practitioner)
    patient = factories.make_patient(clinic=practitioner.clinic)
    data = {"name": "Anna Berg", "date_of_birth": "1980-04-01", "language": "en"}
    for prefix in ("external_ids", "screenings", "clearances"):
        data |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    answer = client.post(f"/admin/clinic/patient/{patient.pk}/change/", data)
    record = f"/admin/prescriptions/program/record/{patient.pk}/"
    assert answer["Location"] == record
    assert "Anna Berg" in client.get(record).content.decode()


@pytest.mark.parametrize(
    ("model", "titles", "count"),
    [
        ("membership", ["Role", "Access"], "2 members of the team"),
        ("auditevent", ["When", "Who", "Result"], "2 events"),
        ("clinictext", ["Kind", "Language"], "0 texts"),
    ],
)
def test_a_list_speaks_in_the_words_of_its_columns(
    owner: Membership,
    practitioner: Membership,
    model: str,
    titles: list[str],
    count: str,
) -> None:
    record(owner, "clinic.chosen", owner.clinic)
    page = signed_in(owner).get(url(model, "changelist"))
    found = page.context["cl"].filter_specs
    assert [one.title.capitalize() for one in found] == titles
    assert count in page.text


@pytest.mark.parametrize(
    ("query", "is_there"),
    [
        ("who=practitioner", True),
        ("who=operator", False),
        ("result=ok", True),
        ("result=refused", False),
    ],
)
def test_the_trail_is_filtered_in_words(
    owner: Membership, query: str, is_there: bool
) -> None:
    record(owner, "clinic.chosen", owner.clinic)
    page = signed_in(owner).get(f"{url('auditevent', 'changelist')}?{query}")
    assert ("Clinic chosen" in page.text) is is_there


def test_those_whose_access_is_closed_are_one_filter_away(owner: Membership) -> None:
    left = factories.make_membership(clinic=owner.clinic)
    owner.clinic.memberships.filter(pk=left.pk).update(is_active=False)
    page = signed_in(owner).get(f"{url('membership', 'changelist')}?access=closed")
    assert list(page.context["cl"].result_list) == [left]


def test_an_event_is_told_in_the_clinics_time(owner: Membership) -> None:
    Clinic.objects.filter(pk=owner.clinic_id).update(time_zone="Asia/Tokyo")
    record(owner, "clinic.chosen", owner.clinic)
    event = AuditEvent.objects.visible_to(owner).get()
    page = signed_in(owner).get(url("auditevent", "change", event.pk))
    assert (
        f"{event.at.astimezone(ZoneInfo('Asia/Tokyo')):%Y-%m-%d %H:%M:%S}" in page.text
    )
    assert f"{event.at:%H:%M:%S}" not in page.text


def test_a_page_past_the_end_keeps_the_filters(practitioner: Membership) -> None:
    Patient.objects.bulk_create(
        Patient(clinic=practitioner.clinic, name="Anna", date_of_birth="1980-04-01")
        for _ in range(51)
    )
    asked = {"q": "Anna", "p": "9"}
    found = signed_in(practitioner).get(url("patient", "changelist"), asked)
    rows = found.context["cl"]
    assert (rows.query, rows.page_num, len(rows.result_list)) == ("Anna", 1, 50)
