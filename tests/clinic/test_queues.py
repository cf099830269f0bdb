"""The queues of the workers."""

from clinic.celery import app


def test_what_is_meant_for_one_queue_reaches_no_other():
    keys = [queue.routing_key for queue in app.amqp.queues.values()]
    assert sorted(keys) == ["handouts.bulk", "handouts.interactive"]
