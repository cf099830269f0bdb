"""Leaflet pages: listed, changed into the clinic's own, shown as printed."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import AuditEvent, Membership
from exercises.leaflets import load_leaflets
from exercises.models import Leaflet

pytestmark = pytest.mark.django_db
LIST = reverse("admin:exercises_leaflet_changelist")


@pytest.fixture(autouse=True)
def leaflets(db: None) -> None:
    """The shared leaflets."""
    load_leaflets()


def signed_in(membership: Membership) -> Client:
    """Return the person's browser."""
    client = Client()
    client.force_login(membership.practitioner)
    return client


def heat() -> Leaflet:
    """Return the shared leaflet on heat."""
    return Leaflet.objects.shared().get(slug="heat", language="en")


def url(leaflet: Leaflet) -> str:
    """Return the address of its page."""
    return reverse("admin:exercises_leaflet_change", args=[leaflet.pk])


def sent(page: Any, **changes: Any) -> dict[str, Any]:
    """Return what the browser sends for a page, with changes."""
    form = page.context["adminform"].form
    values = {f.html_name: f.value() for f in form if f.value() not in (None, [])}
    return {k: v for k, v in values.items() if v is not False} | changes


def test_the_list_tells_language_state_and_origin(practitioner: Membership) -> None:
    text = signed_in(practitioner).get(LIST).content.decode()
    for word in ("Calor", "Heat", "Draft", "Shared"):
        assert word in text


def test_the_page_shows_the_numbers_the_source_and_the_print(
    practitioner: Membership,
) -> None:
    text = signed_in(practitioner).get(url(heat())).content.decode()
    assert 'name="number_heat_minutes" value="20"' in text
    assert "warm bath for 20 minutes" in text
    assert "Cochrane" in text


def test_a_change_makes_the_clinics_own_leaflet(
    practitioner: Membership, outsider: Membership
) -> None:
    browser = signed_in(practitioner)
    page = browser.get(url(heat()))
    browser.post(url(heat()), sent(page, number_heat_minutes="15", optional=["0"]))
    own = Leaflet.objects.visible_to(practitioner).get(slug="heat", language="en")
    assert own.clinic == practitioner.clinic
    assert own.fields["heat_minutes"]["value"] == 15
    assert own.optional_lines[0]["on"]
    assert heat().fields["heat_minutes"]["value"] == 20
    assert Leaflet.objects.visible_to(outsider).filter(pk=own.pk).count() == 0
    assert AuditEvent.objects.visible_to(practitioner).filter(action="leaflet.copied")


def test_a_second_change_is_a_new_version(practitioner: Membership) -> None:
    browser = signed_in(practitioner)
    for title in ("Warmth", "Warm and cozy"):
        page = browser.get(url(heat()), follow=True)
        browser.post(page.wsgi_request.path, sent(page, title=title))
    own = Leaflet.objects.visible_to(practitioner).get(slug="heat", language="en")
    assert (own.title, own.version) == ("Warm and cozy", 2)


def test_a_name_that_nothing_fills_in_is_refused_and_the_typing_stays(
    practitioner: Membership,
) -> None:
    browser = signed_in(practitioner)
    body = "# Heat\n- For {minutes} minutes."
    answer = browser.post(url(heat()), sent(browser.get(url(heat())), body=body))
    text = answer.content.decode()
    assert "Nothing fills in {minutes}." in text
    assert "For {minutes} minutes." in text


def test_a_new_leaflet_belongs_to_the_clinic(practitioner: Membership) -> None:
    add = reverse("admin:exercises_leaflet_add")
    data = {"title": "Our pool", "language": "en", "body": "- Bring a towel."}
    signed_in(practitioner).post(add, data)
    own = Leaflet.objects.visible_to(practitioner).get(slug="our-pool")
    assert own.clinic == practitioner.clinic


def test_an_own_leaflet_of_another_clinic_is_not_there(
    practitioner: Membership, outsider: Membership
) -> None:
    foreign = Leaflet.objects.create(
        clinic=outsider.clinic, slug="x", title="Secret", body="- x"
    )
    browser = signed_in(practitioner)
    assert browser.get(url(foreign)).status_code == 404
    assert "Secret" not in browser.get(LIST).content.decode()


def test_an_assistant_reads_and_does_not_write(practitioner: Membership) -> None:
    practitioner.role = Membership.Role.ASSISTANT
    practitioner.save()
    browser = signed_in(practitioner)
    assert browser.get(url(heat())).status_code == 200
    assert browser.post(url(heat()), {"title": "x"}).status_code == 403
