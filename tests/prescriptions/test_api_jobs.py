"""Handouts and batches as jobs of one form."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from prescriptions.models import Batch, Handout, Revision
from tests.clinic.api.client import Api, pointers


@pytest.fixture
def api(clinic):
    return Api(clinic)


@pytest.fixture
def jobs(program):
    """Ids of handouts and batches in turn, the newest first."""
    own = {"clinic": program.clinic}
    revision = Revision.objects.create(program=program, number=1, document={}, **own)
    made = []
    for number in range(6):
        moment = timezone.now() - timedelta(minutes=number)
        if number % 2:
            row = Batch.objects.create(kind="handouts", **own)
            Batch.objects.of_clinic(program.clinic).filter(pk=row.pk).update(
                created_at=moment
            )
        else:
            asked = {"requested_at": moment, "options_key": str(number)}
            row = Handout.objects.create(revision=revision, **asked, **own)
        made.append(str(row.pk))
    return made


def ids(page):
    return [job["id"] for job in page["results"]]


def test_a_walk_sees_every_job_once_newest_first(api, jobs):
    path, seen = "jobs?limit=2", []
    while path:
        page = api.get(path).json()
        path, seen = page["next"], seen + ids(page)
    assert seen == jobs
    second = api.get(api.get("jobs?limit=2").json()["next"]).json()
    assert ids(api.get(second["previous"]).json()) == jobs[:2]


def test_kind_and_state_are_those_of_jobs(api, jobs):
    assert ids(api.get("jobs?kind=batch").json()) == jobs[1::2]
    assert ids(api.get("jobs?state=waiting").json()) == jobs[::2]
    assert not ids(api.get("jobs?state=done").json())
    assert pointers(api.get("jobs?state=pending")) == {"/state": "invalid_choice"}


def test_a_job_leads_to_what_it_makes(api, jobs):
    for number, kind in ((0, "handout"), (1, "batch")):
        answer = api.get(f"jobs/{jobs[number]}")
        assert (answer.json()["kind"], "Retry-After" in answer) == (kind, True)
        assert api.get(answer.json()["href"]).json()["id"] == jobs[number]
    Batch.objects.visible_to(api.key).update(status="done")
    done = api.get(f"jobs/{jobs[1]}")
    assert (done.json()["state"], "Retry-After" in done) == ("done", False)


def test_another_clinic_has_no_such_job(outsider, jobs):
    theirs = Api(outsider.clinic)
    assert not theirs.get("jobs").json()["results"]
    for job in (*jobs[:2], uuid4()):
        assert theirs.get(f"jobs/{job}").status_code == 404
