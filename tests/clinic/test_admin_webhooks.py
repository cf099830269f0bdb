import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import AuditEvent, Membership, WebhookDelivery, WebhookEndpoint
from tests.factories import make_membership

ADD = "/admin/clinic/webhookendpoint/add/"
LIST = "/admin/clinic/webhookdelivery/"
ENDPOINTS = "/admin/clinic/webhookendpoint/"
FORM = {
    "url": "https://93.184.216.34/h",
    "events": ["handout.ready"],
    "is_active": "on",
}


@pytest.fixture
def owner(clinic) -> Membership:
    return make_membership(clinic=clinic, role="owner")


@pytest.fixture
def client(owner) -> Client:
    client = Client()
    client.force_login(owner.practitioner)
    return client


@pytest.fixture
def endpoint(owner) -> WebhookEndpoint:
    return WebhookEndpoint.objects.create(
        clinic=owner.clinic, url=FORM["url"], events=FORM["events"]
    )


def act(client, row, view):
    name = f"admin:clinic_{row._meta.model_name}_{view}"
    return client.post(reverse(name, args=[row.pk]))


def test_a_new_webhook_shows_its_secret_once(client, owner):
    assert client.post(ADD, FORM).context["secret"].startswith("whsec_")
    stored = WebhookEndpoint.objects.visible_to(owner).get()
    page = client.get(reverse("admin:clinic_webhookendpoint_change", args=[stored.pk]))
    assert FORM["url"] in page.text
    assert "whsec_" not in page.text


def test_an_address_inside_keeps_the_typing(client):
    answer = client.post(ADD, FORM | {"url": "https://10.0.0.1/h"})
    assert "url" in answer.context["adminform"].form.errors
    assert "https://10.0.0.1/h" in answer.text


def test_a_test_is_listed_and_can_be_sent_again(client, owner, endpoint):
    assert act(client, endpoint, "test").url == LIST
    page = client.get(LIST).text
    assert "A test" in page
    assert "webhook.test" in page
    rows = WebhookDelivery.objects.visible_to(owner)
    rows.update(status="failed", attempts=10)
    act(client, rows.get(), "replay")
    assert rows.get().status == "due"


def test_a_rotation_shows_the_new_secret(client, endpoint):
    former = endpoint.secrets()[0]
    assert act(client, endpoint, "rotate").context["secret"] != former


def test_a_practitioner_does_not_see_them(practitioner, endpoint):
    client = Client()
    client.force_login(practitioner.practitioner)
    assert client.get(LIST).status_code == 403
    assert act(client, endpoint, "test").status_code == 403


def test_what_is_told_reads_as_words(client, endpoint):
    assert "A handout can be downloaded" in client.get(ENDPOINTS).text


def test_a_webhook_is_deleted_with_what_was_sent(client, owner, endpoint):
    act(client, endpoint, "test")
    assert act(client, endpoint, "delete").url == ENDPOINTS
    assert not WebhookEndpoint.objects.visible_to(owner).exists()
    trail = AuditEvent.objects.visible_to(owner)
    assert trail.filter(action="webhook.deleted", target_id=endpoint.pk).exists()


def test_nothing_is_deleted_by_looking_at_the_address(client, owner, endpoint):
    address = reverse("admin:clinic_webhookendpoint_delete", args=[endpoint.pk])
    client.get(address)
    assert WebhookEndpoint.objects.visible_to(owner).exists()
