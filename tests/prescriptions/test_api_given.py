"""Through the API: what was issued and what changed, links, and what patients told."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from clinic.api.events import MEMBERS
from clinic.models import AuditEvent
from clinic.models.webhooks import WebhookDelivery, WebhookEndpoint
from prescriptions import diary, links
from prescriptions.diary import Written
from prescriptions.handouts import issue_program
from prescriptions.models import Revision
from tests.clinic.api.client import Api, pointers
from tests.factories import make_program


@pytest.fixture
def api(clinic):
    return Api(clinic)


@pytest.fixture
def revision(program, practitioner) -> Revision:
    return issue_program(program, by=practitioner)[0]


def again(program, by, **values) -> Revision:
    """Change a program and issue it once more."""
    type(program).objects.visible_to(by).filter(pk=program.pk).update(**values)
    return issue_program(program, by=by)[0]


def told(revision, **values):
    """An entry of the patient's phone."""
    written = {"client_id": uuid4(), "day": timezone.localdate()}
    written |= {"written_at": timezone.now()} | values
    return diary.write(revision, Written(**written))


def actions(clinic):
    rows = AuditEvent.objects.of_clinic(clinic)
    return list(rows.values_list("action", flat=True))


# Revisions


def test_revisions_are_listed_and_read_as_they_were_frozen(
    api, program, revision, practitioner
):
    later = again(program, practitioner, title="Next step")
    rows = api.get(f"programs/{program.pk}/revisions").json()["results"]
    assert [row["number"] for row in rows] == [2, 1]
    assert (rows[0]["superseded_at"], rows[0]["issued_by"]) == (
        None,
        str(practitioner.practitioner_id),
    )
    read = api.get(f"revisions/{revision.pk}").json()
    assert read["document"] == revision.document
    current = api.get(f"revisions?program={program.pk}&is_current=true").json()
    assert [row["id"] for row in current["results"]] == [str(later.pk)]
    assert {"revision.listed", "revision.viewed"} <= set(actions(program.clinic))


def test_two_revisions_are_compared_line_by_line(api, program, revision, practitioner):
    later = again(program, practitioner, title="Next step")
    line = {
        "mark": "changed",
        "what": "Program",
        "field": "title",
        "before": "Back care",
        "after": "Next step",
    }
    for asked in ("", f"?to={later.pk}"):
        answer = api.get(f"revisions/{revision.pk}/difference{asked}").json()
        assert (answer["number"], answer["to_number"]) == (1, 2)
        assert answer["differences"] == [line]


def test_revisions_of_two_programs_are_not_compared(api, revision, practitioner):
    program = make_program(by=practitioner)
    other = issue_program(program, by=practitioner)[0]
    answer = api.get(f"revisions/{revision.pk}/difference?to={other.pk}")
    assert pointers(answer) == {"/to": "unknown_revision"}
    assert pointers(api.get(f"revisions/{revision.pk}/difference?from=1")) == {
        "/from": "unknown_parameter"
    }


# Links


def test_a_link_is_shown_once_and_opens_the_patients_page(api, client, revision):
    path, key = f"programs/{revision.program_id}/links", {"Idempotency_Key": "one"}
    answer = api.post(path, **key)
    assert (answer.status_code, answer.json()["state"]) == (201, "live")
    assert client.get(answer.json()["url"]).status_code == 200
    assert links.find_by_code(answer.json()["code"])
    repeated = api.post(path, **key)
    assert (repeated.status_code, repeated.json()["code"]) == (409, "answer_not_kept")
    read = api.get(answer["Location"]).json()
    assert not {"url", "code", "link_id", "code_digest"} & set(read)


def test_a_withdrawn_link_opens_nothing(api, client, revision):
    made = api.post(f"programs/{revision.program_id}/links").json()
    for _ in range(2):
        assert api.delete(f"links/{made['id']}").status_code == 204
    assert api.get(f"links/{made['id']}").json()["state"] == "revoked"
    assert links.find_by_code(made["code"]) is None
    assert actions(revision.clinic).count("link.revoked") == 1


def test_a_draft_has_no_link(api, program):
    answer = api.post(f"programs/{program.pk}/links")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_issued")


# Diary


def test_entries_tell_which_of_a_day_is_in_force(api, revision):
    told(revision, pain=6, written_at=timezone.now() - timedelta(hours=1))
    told(revision, pain=2, comment="Better after lunch.")
    rows = api.get(f"diary-entries?program={revision.program_id}").json()["results"]
    assert [(row["pain"], row["is_in_force"]) for row in rows] == [
        (2, True),
        (6, False),
    ]
    valid = api.get("diary-entries?is_in_force=true").json()["results"]
    assert [row["comment"] for row in valid] == ["Better after lunch."]
    one = api.get(f"diary-entries/{rows[0]['id']}").json()
    assert (one, one["source"]) == (rows[0], "phone")
    yesterday = timezone.localdate() - timedelta(days=1)
    assert not api.get(f"diary-entries?to_day={yesterday}").json()["results"]


def test_adherence_counts_what_was_due_and_done(api, revision):
    card = revision.document["phases"][0]["cards"][0]
    told(revision, pain=4, done=[{"number": card["number"], "slug": card["slug"]}])
    answer = api.get(f"programs/{revision.program_id}/adherence").json()
    today = answer["days"][-1]
    assert (today["due"], today["done"], today["share"]) == (2, 1, "some")
    counts = [answer[f"days_{name}"] for name in ("due", "reported", "all_done")]
    assert (counts, answer["highest_pain"]) == ([1, 1, 0], 4)
    assert "1 of 1 day written down" in answer["summary"]


def test_a_program_that_was_never_issued_has_no_adherence(api, program):
    answer = api.get(f"programs/{program.pk}/adherence")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_issued")


def test_a_warning_sign_is_announced_once_with_ids_alone(api, revision):
    WebhookEndpoint.objects.create(
        clinic=revision.clinic, url="https://x.example", events=["diary.alert"]
    )
    for _ in range(2):
        diary.report_warning_sign(revision.program)
    sent = WebhookDelivery.objects.of_clinic(revision.clinic).get()
    alert = api.get("alerts?is_settled=false").json()["results"][0]
    assert (alert["kind"], alert["settled_at"]) == ("red_flag", None)
    assert api.get(f"alerts/{alert['id']}").json() == alert
    assert set(sent.payload["data"]) == set(MEMBERS["diary.alert"])
    named = {name: alert[name] for name in ("program", "patient")}
    assert sent.payload["data"] == {"alert": alert["id"], **named}
    paused = api.get(f"programs/{revision.program_id}/adherence").json()["is_paused"]
    assert paused


# Both


@pytest.mark.parametrize("path", ["programs/{}/revisions", "programs/{}/adherence"])
def test_another_clinic_finds_nothing(outsider, program, path):
    answer = Api(outsider.clinic).get(path.format(program.pk))
    assert answer.status_code == 404


@pytest.mark.parametrize("path", ["revisions", "links", "diary-entries", "alerts"])
def test_each_list_needs_its_scope(clinic, path):
    answer = Api(clinic, "exercises:read").get(path)
    assert answer.json()["code"] == "missing_scope"
