"""Whoever reads an exercise reads the titles of its sources."""

from django.test import Client
from django.urls import reverse

from clinic.models import Clinic, Membership
from tests.clinic.api.client import Api
from tests.factories import make_exercise


def test_the_form_tells_the_titles_of_the_codes(
    client: Client, practitioner: Membership
) -> None:
    client.force_login(practitioner.practitioner)
    exercise = make_exercise(source="A0, A1", dosage_source="P48; figures [J]")
    page = client.get(reverse("admin:exercises_exercise_change", args=[exercise.pk]))
    assert "STarT Back tool" in page.content.decode()
    assert "article of a hospital group" in page.content.decode()


def test_the_api_tells_the_titles(clinic: Clinic) -> None:
    exercise = make_exercise(source="A0", dosage_source="P48; figures [J]")
    told = Api(clinic).get(f"exercises/{exercise.slug}").json()
    assert told["dosage_source"] == (
        "STarT Back tool; figures: clinical judgment of the authors"
    )
    assert told["source"].startswith("Muscle Spasms Causing Back Pain")
