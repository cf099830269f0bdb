"""Webhooks against a real receiver on loopback, verified with the public package."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from clinic import outbound, webhooks
from clinic.models import WebhookDelivery, WebhookEndpoint
from clinic.models.webhooks import ATTEMPTS_AFTER
from clinic.tasks import deliver_webhook, sweep_webhooks
from prescriptions.handouts import issue_program
from prescriptions.programs import end_program

pytestmark = pytest.mark.each_database


@dataclass
class Receiver:
    """What came in, and what it is answered with."""

    url: str = ""
    status: int = 204
    location: str = ""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.got.append((dict(self.headers), body))
            self.send_response(state.status)
            if state.location:
                self.send_header("Location", state.location)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}/hooks?a=1"
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def endpoint(practitioner, receiver, settings) -> WebhookEndpoint:
    settings.WEBHOOK_PRIVATE_HOSTS = ["127.0.0.1"]
    events = ["program.assigned", "program.ended", "patient.erased"]
    return webhooks.add_endpoint(receiver.url, events, by=practitioner)


def deliveries(endpoint):
    return WebhookDelivery.objects.of_clinic(endpoint.clinic_id)


def send(endpoint) -> WebhookDelivery:
    delivery = deliveries(endpoint).latest("created_at")
    deliver_webhook(str(delivery.pk))
    delivery.refresh_from_db()
    return delivery


def make_due(endpoint):
    # A second ago: SQLite's own clock tells milliseconds, Python's tells more.
    deliveries(endpoint).update(due_at=timezone.now() - timedelta(seconds=1))


def test_the_public_package_verifies_a_delivery(endpoint, receiver, program):
    issue_program(program, by=membership_of(program))
    assert send(endpoint).status == "delivered"
    headers, body = receiver.got[0]
    told = Webhook(endpoint.secrets()[0]).verify(body, headers)
    assert told["type"] == "program.assigned"
    assert told["data"] == {
        "program": str(program.pk),
        "patient": str(program.patient_id),
        "revision": 1,
    }
    with pytest.raises(WebhookVerificationError):
        Webhook(endpoint.secrets()[0]).verify(body + b" ", headers)


def membership_of(program):
    return program.practitioner.memberships.get()


def test_only_what_was_asked_for_is_told(endpoint, program):
    ids = {"link": program.pk, "program": program.pk}
    webhooks.announce("link.opened", clinic_id=endpoint.clinic_id, **ids)
    assert not deliveries(endpoint).exists()
    end_program(program, by=membership_of(program))
    assert deliveries(endpoint).get().event == "program.ended"


def test_an_event_of_a_transaction_that_fails_is_not_told(endpoint):
    with pytest.raises(RuntimeError), transaction.atomic():
        webhooks.announce("patient.erased", clinic_id=endpoint.clinic_id, patient=1)
        raise RuntimeError
    assert not deliveries(endpoint).exists()


def test_events_of_another_clinic_are_not_told(endpoint, outsider):
    webhooks.announce("patient.erased", clinic_id=outsider.clinic_id, patient=1)
    assert not deliveries(endpoint).exists()


@pytest.mark.parametrize("status", [301, 400, 500])
def test_what_is_no_success_is_tried_again(endpoint, receiver, practitioner, status):
    receiver.status, receiver.location = status, receiver.url
    webhooks.send_test(endpoint, by=practitioner)
    delivery = send(endpoint)
    assert (delivery.status, delivery.attempts) == ("due", 1)
    assert delivery.log[0]["status"] == status
    assert len(receiver.got) == 1
    assert timedelta(seconds=3) < delivery.due_at - timezone.now()


def test_all_attempts_carry_one_id_and_end_after_a_day(
    endpoint, receiver, practitioner
):
    receiver.status = 500
    webhooks.send_test(endpoint, by=practitioner)
    start = timezone.now()
    due = []
    for _ in ATTEMPTS_AFTER:
        make_due(endpoint)
        delivery = send(endpoint)
        due.append(delivery.due_at - start)
    assert delivery.status == "failed"
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    assert timedelta(hours=24) <= due[-2] < timedelta(hours=26.5)


def test_a_410_turns_the_endpoint_off(endpoint, receiver, practitioner):
    receiver.status = 410
    for _ in range(2):
        webhooks.send_test(endpoint, by=practitioner)
    send(endpoint)
    endpoint.refresh_from_db()
    assert (endpoint.is_active, endpoint.disabled_reason) == (False, "gone")
    assert set(deliveries(endpoint).values_list("status", flat=True)) == {"failed"}


def test_no_answer_is_a_failure_with_its_reason(endpoint, practitioner):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    endpoint.url = f"http://127.0.0.1:{port}/"
    endpoint.save()
    webhooks.send_test(endpoint, by=practitioner)
    assert send(endpoint).log[0]["error"] == "no_connection"


def test_for_a_day_both_secrets_sign(endpoint, receiver, practitioner):
    old = endpoint.secrets()[0]
    endpoint = webhooks.rotate_secret(endpoint, by=practitioner)
    webhooks.send_test(endpoint, by=practitioner)
    send(endpoint)
    headers, body = receiver.got[0]
    assert endpoint.secrets()[0] != old
    for secret in (old, endpoint.secrets()[0]):
        Webhook(secret).verify(body, headers)
    with time_machine.travel(timezone.now() + timedelta(hours=25), tick=False):
        assert old not in endpoint.secrets()


def test_a_replay_is_the_same_message_again(endpoint, receiver, practitioner):
    webhooks.send_test(endpoint, by=practitioner)
    send(endpoint)
    webhooks.replay(deliveries(endpoint), endpoint, by=practitioner)
    send(endpoint)
    assert receiver.got[0][0]["webhook-id"] == receiver.got[1][0]["webhook-id"]


def test_a_delivery_is_sent_by_one_worker(endpoint, practitioner):
    delivery = webhooks.send_test(endpoint, by=practitioner)
    assert WebhookDelivery.objects.claim(delivery.pk)
    assert WebhookDelivery.objects.claim(delivery.pk) is None


def test_what_a_lost_worker_held_is_rung_for_again(endpoint, practitioner):
    delivery = webhooks.send_test(endpoint, by=practitioner)
    WebhookDelivery.objects.claim(delivery.pk)
    past = timezone.now() - timedelta(seconds=1)
    deliveries(endpoint).update(lease_until=past, rung_at=None)
    assert sweep_webhooks() == 1
    assert deliveries(endpoint).get().status == "due"


@pytest.mark.requirement("I13")
@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "ftp://example.org/",
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::a00:1]/",
        "https://[2002:0a00:0001::]/",
        "https://[fe80::1%25lo]/",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest/meta-data",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "https://user:secret@93.184.216.34/",
        "https://93.184.216.34/#part",
        "https://93.184.216.34:99999/",
        "https:///path",
        "javascript:alert(1)",
    ],
)
def test_an_address_inside_is_refused(url):
    with pytest.raises(outbound.OutboundError):
        outbound.resolve(url)


def test_a_public_address_may_be_called():
    target = outbound.resolve("https://93.184.216.34/a?b=1")
    assert (target.ip, target.port, target.path) == ("93.184.216.34", 443, "/a?b=1")


def answers(*addresses):
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, 443)) for a in addresses]


@pytest.mark.requirement("I13")
def test_one_private_address_among_public_ones_is_refused(monkeypatch):
    mixed = answers("93.184.216.34", "10.0.0.1")
    monkeypatch.setattr(outbound.socket, "getaddrinfo", lambda *a, **k: mixed)
    with pytest.raises(outbound.UnsafeAddressError):
        outbound.resolve("https://example.org/")


@pytest.mark.requirement("I13")
def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch):
    asked = []

    def changing(host, *args, **kwargs):
        asked.append(host)
        return answers("93.184.216.34" if len(asked) == 1 else "127.0.0.1")

    monkeypatch.setattr(outbound.socket, "getaddrinfo", changing)
    pool = outbound._pool(outbound.resolve("https://example.org/"))
    assert (pool.host, pool.port) == ("93.184.216.34", 443)
    assert pool.assert_hostname == "example.org"
    assert asked == ["example.org"]
