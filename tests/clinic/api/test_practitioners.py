"""Practitioners by their numbers in other systems."""

import pytest

from tests.clinic.api.client import Api, pointers

NUMBER = {"system": "https://ehr.example/staff", "value": "P-7"}
BY_NUMBER = "practitioners/by-external/https://ehr.example/staff/P-7"


@pytest.fixture
def api(practitioner):
    return Api(practitioner.clinic)


def path(membership):
    return f"practitioners/{membership.practitioner_id}"


def test_a_practitioner_is_found_by_a_number_of_another_system(api, practitioner):
    answer = api.patch(path(practitioner), {"external_ids": [NUMBER]})
    assert (answer.status_code, answer.json()["external_ids"]) == (200, [NUMBER])
    assert (
        api.get(BY_NUMBER).json() == answer.json() == api.get(path(practitioner)).json()
    )
    assert api.patch(path(practitioner), {"external_ids": []}).status_code == 200
    assert api.get(BY_NUMBER).status_code == 404


def test_a_number_belongs_to_one_member_of_a_clinic(
    api, practitioner, colleague, outsider
):
    api.patch(path(practitioner), {"external_ids": [NUMBER]})
    taken = api.patch(path(colleague), {"external_ids": [NUMBER, NUMBER]})
    assert pointers(taken) == {
        "/external_ids/0/value": "taken",
        "/external_ids/1/value": "repeated",
    }
    theirs = Api(outsider.clinic)
    assert theirs.get(BY_NUMBER).status_code == 404
    assert theirs.patch(path(outsider), {"external_ids": [NUMBER]}).status_code == 200
    assert theirs.patch(path(practitioner), {"external_ids": []}).status_code == 404


def test_what_stands_in_an_account_is_not_written_by_systems(api, practitioner):
    answer = api.patch(path(practitioner), {"role": "owner", "name": "Other"})
    assert pointers(answer) == {"/role": "read_only", "/name": "read_only"}


def test_writing_numbers_needs_its_scope(practitioner):
    api = Api(practitioner.clinic, "programs:read")
    answer = api.patch(path(practitioner), {"external_ids": [NUMBER]})
    assert answer.status_code == 403
