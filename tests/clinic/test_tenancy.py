"""Querysets of clinic data answer only once it is said for whom."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count

from clinic.models import (
    Clinic,
    ClinicText,
    Membership,
    Patient,
    UnscopedQueryError,
)
from tests.factories import make_patient

pytestmark = pytest.mark.each_database

Rows = Any  # a queryset of patients
QUERIES: dict[str, Callable[[Rows], object]] = {
    "all": lambda rows: list(rows.all()),
    "filter": lambda rows: list(rows.filter(language="en")),
    "get": lambda rows: rows.get(name="Anna Berger"),
    "filter and get": lambda rows: rows.filter(language="en").get(),
    "first": lambda rows: rows.first(),
    "last": lambda rows: rows.last(),
    "latest": lambda rows: rows.latest("created_at"),
    "index": lambda rows: rows.all()[0],
    "slice": lambda rows: list(rows.all()[:1]),
    "len": lambda rows: len(rows.all()),
    "bool": lambda rows: bool(rows.all()),
    "in": lambda rows: Patient() in rows.all(),
    "count": lambda rows: rows.count(),
    "aggregate": lambda rows: rows.aggregate(Count("pk")),
    "update": lambda rows: rows.update(name="X"),
    "delete": lambda rows: rows.all().delete(),
    "iterator": lambda rows: list(rows.iterator()),
    "values": lambda rows: list(rows.values("name")),
    "values_list": lambda rows: list(rows.values_list("name", flat=True)),
    "in_bulk": lambda rows: rows.in_bulk(),
    "union": lambda rows: list(rows.all().union(rows.all())),
    "dates": lambda rows: list(rows.dates("date_of_birth", "year")),
    "get_or_create": lambda rows: rows.get_or_create(name="Anna Berger"),
    "update_or_create": lambda rows: rows.update_or_create(name="Anna Berger"),
    "raw order": lambda rows: list(rows.order_by("name").reverse()),
}
CHANGES = {"update", "delete", "get_or_create", "update_or_create"}


@pytest.fixture
def patient(clinic: Clinic) -> Patient:
    return make_patient(clinic=clinic)


@pytest.mark.requirement("T5")
@pytest.mark.parametrize("name", QUERIES)
def test_it_raises_without_a_clinic(patient: Patient, name: str) -> None:
    with pytest.raises(UnscopedQueryError), transaction.atomic():
        QUERIES[name](Patient.objects)


@pytest.mark.parametrize("name", QUERIES)
def test_it_answers_with_one(patient: Patient, name: str, clinic: Clinic) -> None:
    if name not in {"get_or_create", "update_or_create", "union"}:
        QUERIES[name](Patient.objects.of_clinic(clinic))


@pytest.mark.requirement("T5")
def test_nobody_sees_nothing_but_an_error() -> None:
    with pytest.raises(UnscopedQueryError, match="by nobody"):
        Patient.objects.visible_to(None)


@pytest.mark.requirement("T5")
def test_an_actor_sees_the_rows_of_the_own_clinic(
    patient: Patient, practitioner: Membership, outsider: Membership
) -> None:
    make_patient(clinic=outsider.clinic)
    assert list(Patient.objects.visible_to(practitioner)) == [patient]


def test_a_scope_survives_further_filters(patient: Patient, clinic: Clinic) -> None:
    rows = Patient.objects.of_clinic(clinic).filter(language="en").order_by("name")
    assert rows.exclude(name="X").get() == patient


def test_a_scope_does_not_leak_into_the_manager(clinic: Clinic) -> None:
    list(Patient.objects.of_clinic(clinic))
    with pytest.raises(UnscopedQueryError):
        list(Patient.objects.all())


def test_what_hangs_on_an_object_in_hand_is_open(
    patient: Patient, clinic: Clinic
) -> None:
    assert list(clinic.patients.all()) == [patient]
    assert clinic.patients.count() == 1


def test_a_relation_to_one_is_open(patient: Patient, practitioner: Membership) -> None:
    assert practitioner.practitioner.memberships.get().clinic == patient.clinic


def test_prefetching_from_a_scoped_queryset_is_open(patient: Patient) -> None:
    (clinic,) = Clinic.objects.prefetch_related("patients")
    assert list(clinic.patients.all()) == [patient]


def test_refreshing_is_open(patient: Patient) -> None:
    patient.refresh_from_db()
    assert patient.name == "Anna Berger"


def test_uniqueness_is_checked_by_full_clean(clinic: Clinic) -> None:
    values = {"clinic": clinic, "kind": "pain_rule", "language": "en", "body": "Rest."}
    ClinicText.objects.create(**values)
    with pytest.raises(ValidationError):
        ClinicText(**values).full_clean()
