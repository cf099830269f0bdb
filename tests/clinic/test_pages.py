"""Choice of clinic, start page and error pages."""

from typing import Any, NoReturn

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.test import Client
from django.urls import include, path

from clinic import views
from clinic.models import AuditEvent, Membership
from tests.factories import make_membership


def crash(request: HttpRequest) -> NoReturn:
    raise RuntimeError("Anna Berger, born 1980-05-17")


def refuse(request: HttpRequest) -> NoReturn:
    raise PermissionDenied("Anna Berger")


urlpatterns = [
    path("", include("clinic.urls")),
    path("crash", crash),
    path("refuse", refuse),
]
handler500 = views.server_error


@pytest.fixture
def second(practitioner: Membership) -> Membership:
    """The practitioner's membership in a second clinic."""
    other = make_membership()
    other.practitioner = practitioner.practitioner
    other.save()
    return other


@pytest.fixture
def signed_in(client: Client, practitioner: Membership) -> Client:
    client.force_login(practitioner.practitioner)
    return client


def switch(client: Client, membership: Membership, **form: str) -> Any:
    return client.post("/clinic/switch", {"clinic": membership.clinic_id, **form})


def test_the_start_page_is_the_admin(client: Client) -> None:
    assert client.get("/")["Location"] == "/admin/"


def test_somebody_works_on_in_the_chosen_clinic(
    signed_in: Client, second: Membership
) -> None:
    switch(signed_in, second)
    response = signed_in.get("/admin/")
    assert response.wsgi_request.actor == second  # type: ignore[attr-defined]


def test_the_choice_is_audited(signed_in: Client, second: Membership) -> None:
    switch(signed_in, second)
    assert AuditEvent.objects.visible_to(second).get().action == "clinic.chosen"


def test_a_clinic_of_others_does_not_exist(
    signed_in: Client, outsider: Membership
) -> None:
    assert switch(signed_in, outsider).status_code == 404


def test_a_membership_that_ended_does_not_exist(
    signed_in: Client, second: Membership
) -> None:
    second.is_active = False
    second.save()
    assert switch(signed_in, second).status_code == 404


def test_what_is_no_id_does_not_exist(signed_in: Client) -> None:
    response = signed_in.post("/clinic/switch", {"clinic": "1 OR 1=1"})
    assert response.status_code == 404


def test_it_goes_on_with_the_wished_page(signed_in: Client, second: Membership) -> None:
    response = switch(signed_in, second, next="/admin/clinic/")
    assert response["Location"] == "/admin/clinic/"


@pytest.mark.parametrize("page", ["https://evil.example/", "//evil.example/"])
def test_it_never_leads_to_another_site(
    signed_in: Client, second: Membership, page: str
) -> None:
    assert switch(signed_in, second, next=page)["Location"] == "/admin/"


@pytest.mark.requirement("W3")
def test_reading_the_address_changes_nothing(signed_in: Client) -> None:
    assert signed_in.get("/clinic/switch").status_code == 405


def test_nobody_has_to_sign_in_first(client: Client, second: Membership) -> None:
    assert switch(client, second)["Location"].startswith("/admin/login/")


@pytest.mark.requirement("W7")
@pytest.mark.urls(__name__)
@pytest.mark.parametrize(("page", "status"), [("/refuse", 403), ("/nowhere", 404)])
def test_an_error_page_tells_no_details(
    client: Client, page: str, status: int, db: None
) -> None:
    response = client.get(page)
    assert response.status_code == status
    assert "<h1>" in response.content.decode()
    assert "Anna" not in response.content.decode()


@pytest.mark.requirement("W7")
@pytest.mark.urls(__name__)
def test_a_crash_names_the_request_and_nothing_else(db: None) -> None:
    response = Client(raise_request_exception=False).get("/crash")
    page = response.content.decode()
    assert response.status_code == 500
    assert response["X-Request-ID"] in page
    assert "Anna" not in page


def test_a_form_without_its_token_gets_a_page_of_ours(db: None) -> None:
    response = Client(enforce_csrf_checks=True).post("/invitation")
    assert response.status_code == 403
    assert "This form has expired" in response.content.decode()


@pytest.mark.parametrize("address", ["/admin/", "/invitation", "/admin/login/"])
def test_the_pages_of_the_staff_are_in_english_in_any_browser(
    client, practitioner, address
):
    client.force_login(practitioner.practitioner)
    page = client.get(address, headers={"Accept-Language": "es"}, follow=True)
    assert '<html lang="en"' in page.content.decode()
    for word in ("Cerrar sesión", "Bienvenido", "Recientes", "contraseña"):
        assert word not in page.content.decode()
