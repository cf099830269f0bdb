"""Headers, cookies, tokens and outages: what holds for every page at once."""

import re
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as project
from django.db import connection
from django.test import Client
from django.urls import reverse

from clinic.celery import app as celery
from clinic.middleware import client_address
from clinic.models import Membership, Practitioner
from tests import factories
from tests.steps import production

PATIENTS = reverse("admin:clinic_patient_changelist")
ROOT = Path(project.BASE_DIR)


@pytest.fixture
def client(practitioner: Membership) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(practitioner.practitioner)
    return client


@pytest.fixture(scope="module")
def on_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The settings as production reads them."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in production(tmp_path_factory.mktemp("data")).items():
            patch.setenv(name, value)
        yield runpy.run_path(str(ROOT / "clinic" / "settings.py"))


@pytest.mark.requirement("A4")
def test_signing_in_changes_the_key_of_the_session(practitioner: Membership) -> None:
    client = Client()
    sent = {
        "username": practitioner.practitioner.email,
        "password": factories.PASSWORD,
    }
    client.post(reverse("admin:login"), sent)
    first = client.cookies["session"].value
    client.logout()
    client.cookies["session"] = first
    client.post(reverse("admin:login"), sent)
    assert client.cookies["session"].value != first


@pytest.mark.requirement("A4")
def test_a_closed_account_has_no_session_any_more(
    client: Client, practitioner: Membership
) -> None:
    person = practitioner.practitioner
    Practitioner.objects.filter(pk=person.pk).update(is_active=False)
    assert client.get(PATIENTS).status_code == 302


@pytest.mark.requirement("A5")
def test_cookies_are_bound_to_the_host_and_kept_from_scripts(
    on_server: dict[str, Any],
) -> None:
    for kind in ("SESSION", "CSRF"):
        assert on_server[f"{kind}_COOKIE_NAME"].startswith("__Host-")
        assert on_server[f"{kind}_COOKIE_SECURE"]
        assert on_server[f"{kind}_COOKIE_HTTPONLY"]
    assert on_server["SESSION_COOKIE_SAMESITE"] == "Lax"


@pytest.mark.requirement("A9")
def test_a_fresh_installation_has_no_account(db: None) -> None:
    assert not Practitioner.objects.exists()


@pytest.mark.requirement("I10")
def test_messages_are_json_and_nothing_is_read_that_could_run(
    on_server: dict[str, Any],
) -> None:
    assert on_server["CELERY_TASK_SERIALIZER"] == "json"
    assert on_server["CELERY_ACCEPT_CONTENT"] == ["json"]
    # The sessions, too, are JSON (Django's default), and lie in the database.
    assert "SESSION_SERIALIZER" not in on_server


@pytest.mark.requirement("T7")
def test_a_task_takes_nothing_but_an_id() -> None:
    celery.loader.import_default_modules()
    packages = ("clinic", "exercises", "prescriptions")
    ours = [task for name, task in celery.tasks.items() if name.startswith(packages)]
    assert len(ours) > 10
    for task in ours:
        code = task.run.__code__
        named = code.co_varnames[: code.co_argcount]
        assert all(word == "self" or word.endswith("_id") for word in named), task


@pytest.mark.requirement("W2")
def test_the_policy_of_pages_allows_nothing_inline(client: Client) -> None:
    for address in (PATIENTS, reverse("admin:login"), "/nonsense"):
        policy = client.get(address)["Content-Security-Policy"]
        assert "unsafe" not in policy
        for rule in ("object-src 'none'", "base-uri 'none'", "frame-ancestors"):
            assert rule in policy


@pytest.mark.requirement("W2")
def test_https_is_asked_for_a_year_with_all_that_is_below(
    on_server: dict[str, Any],
) -> None:
    assert on_server["SECURE_HSTS_SECONDS"] >= 31_536_000
    assert on_server["SECURE_HSTS_INCLUDE_SUBDOMAINS"]


@pytest.mark.requirement("W4")
@pytest.mark.parametrize("method", ["get", "options"])
def test_no_other_site_may_read_the_api(client: Client, method: str) -> None:
    headers = {
        "Origin": "https://elsewhere.example",
        "Access-Control-Request-Method": "GET",
    }
    answer = getattr(client, method)("/api/v1/patients", headers=headers)
    assert not [name for name in answer.headers if name.startswith("Access-Control")]


@pytest.mark.requirement("W5")
def test_an_unknown_host_is_refused(db: None) -> None:
    client = Client(raise_request_exception=False)
    answer = client.get("/admin/login/", headers={"Host": "elsewhere.example"})
    assert answer.status_code == 400


@pytest.mark.requirement("W5")
def test_only_the_own_proxy_is_believed(settings: Any, rf: Any) -> None:
    from_outside = {"X-Forwarded-For": "192.0.2.9, 10.0.0.3"}
    request = rf.get("/", headers=from_outside, REMOTE_ADDR="10.0.0.1")
    assert client_address(request) == "10.0.0.1"
    settings.BEHIND_PROXY = True
    assert client_address(request) == "10.0.0.3"


@pytest.mark.requirement("W8")
@pytest.mark.parametrize("address", [PATIENTS, "/livez", "/api/v1/patients"])
def test_trace_is_answered_by_nobody(client: Client, address: str) -> None:
    answer = client.trace(address)
    assert answer.status_code == 405


@pytest.mark.requirement("W10")
def test_pages_and_styles_name_no_other_site() -> None:
    fetched = re.compile(
        r"""(?:src|href|action)=["']https?://|url\(["']?https?://|@import|"""
        r"""from ["']https?://|import\(["']https?://"""
    )
    files = [
        file
        for root in ("templates", "static")
        for file in (ROOT / root).rglob("*")
        if file.suffix in {".html", ".css", ".js", ".svg"}
    ]
    found = [str(file) for file in files if fetched.search(file.read_text())]
    assert not found


@pytest.mark.requirement("D3")
@pytest.mark.parametrize("at", ["page", "api"])
def test_what_cannot_be_recorded_is_not_shown(
    client: Client, practitioner: Membership, at: str
) -> None:
    patient = factories.make_patient(clinic=practitioner.clinic, name="Canary Quxberg")
    page = reverse("admin:clinic_patient_change", args=[patient.pk])
    address = page if at == "page" else f"/api/v1/patients/{patient.pk}"
    assert "Quxberg" in client.get(address).text
    table = apps.get_model("clinic", "AuditEvent")._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO elsewhere")
    answer = client.get(address)
    assert answer.status_code == 503
    assert "Quxberg" not in answer.text


@pytest.mark.requirement("D6")
def test_pages_with_patients_are_kept_by_nobody(client: Client) -> None:
    for address in (PATIENTS, "/api/v1/patients"):
        assert "no-store" in client.get(address)["Cache-Control"]


@pytest.mark.requirement("D6")
@pytest.mark.parametrize("way", ["session-leave", "session-end", "admin:logout"])
def test_signing_out_empties_the_cache_of_the_browser(client: Client, way: str) -> None:
    assert client.post(reverse(way))["Clear-Site-Data"] == '"cache"'


@pytest.mark.requirement("W2")
@pytest.mark.parametrize(("path", "is_framed"), [("login/", True), ("", False)])
def test_only_signing_in_may_stand_in_a_frame_of_our_own(
    client, practitioner, path, is_framed
):
    if not is_framed:
        client.force_login(practitioner.practitioner)
    answer = client.get(f"/admin/{path}")
    ancestors = "frame-ancestors 'self'" in answer["Content-Security-Policy"]
    expected = ("SAMEORIGIN", True) if is_framed else ("DENY", False)
    assert (answer["X-Frame-Options"], ancestors) == expected
