import pytest

from clinic.models import AuditEvent, WebhookDelivery
from tests.clinic.api.client import Api, pointers

URL = "https://93.184.216.34/hooks"


@pytest.fixture
def api(clinic):
    return Api(clinic)


def add(api, **values):
    body = {"url": URL, "events": ["handout.ready"]} | values
    return api.post("webhooks", body)


def test_the_secret_is_shown_once(api):
    added = add(api)
    assert added.status_code == 201
    assert added.json()["secret"].startswith("whsec_")
    stored = api.get(added["Location"])
    assert "secret" not in stored.json()
    assert stored.json()["events"] == ["handout.ready"]


def test_a_secret_is_not_kept_for_a_repeat(api):
    body = {"url": URL, "events": ["handout.ready"]}
    api.post("webhooks", body, Idempotency_Key="k")
    again = api.post("webhooks", body, Idempotency_Key="k")
    assert (again.status_code, again.json()["code"]) == (409, "answer_not_kept")
    assert len(api.get("webhooks").json()["results"]) == 1


def test_an_address_inside_is_refused(api):
    answer = add(api, url="https://127.0.0.1/")
    assert pointers(answer) == {"/url": "unsafe_address"}


@pytest.mark.parametrize("events", [[], ["nothing"], "x"])
def test_it_needs_events_that_exist(api, events):
    assert add(api, events=events).status_code == 400


def test_it_can_be_turned_off_and_deleted(api):
    where = add(api)["Location"]
    assert api.patch(where, {"is_active": False}).json()["is_active"] is False
    assert api.post(f"{where}/test").json()["code"] == "not_active"
    assert api.delete(where).status_code == 204
    assert api.get(where).status_code == 404


def test_a_test_event_is_a_delivery_to_watch(api):
    webhook = add(api)
    answer = api.post(f"{webhook['Location']}/test")
    assert (answer.status_code, answer["Retry-After"]) == (202, "2")
    delivery = api.get(answer["Location"]).json()
    assert (delivery["event"], delivery["state"]) == ("webhook.test", "due")
    listed = api.get(f"webhook-deliveries?webhook={webhook.json()['id']}&state=due")
    assert [row["id"] for row in listed.json()["results"]] == [delivery["id"]]


def test_what_failed_in_a_time_is_sent_again(api):
    where = add(api)["Location"]
    api.post(f"{where}/test")
    rows = WebhookDelivery.objects.visible_to(api.key)
    rows.update(status="failed", attempts=10)
    body = {"since": "2020-01-01T00:00:00Z"}
    assert api.post(f"{where}/replay", body).json() == {"count": 1}
    assert (rows.get().status, rows.get().attempts) == ("due", 0)


def test_one_delivery_is_sent_again(api):
    delivery = api.post(f"{add(api)['Location']}/test").json()["id"]
    WebhookDelivery.objects.visible_to(api.key).update(status="delivered")
    answer = api.post(f"webhook-deliveries/{delivery}/replay")
    assert (answer.status_code, answer.json()["state"]) == (202, "due")


def test_a_rotation_shows_another_secret(api):
    added = add(api)
    rotated = api.post(f"{added['Location']}/rotate")
    assert rotated.json()["secret"] != added.json()["secret"]
    actions = AuditEvent.objects.visible_to(api.key).values_list("action", flat=True)
    assert "webhook.rotated" in actions
