"""The bell of messages, and the notice that tells the clinic to sign in and look."""

from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from clinic import broker, mail
from clinic.models import Channel
from prescriptions.models import Message, Program

DELIVER = "prescriptions.deliver_message"
# Somebody waits for these: not behind a batch of handouts
QUEUE = "handouts.interactive"


def queue(program: Program, **values: Any) -> Message:
    """Store a message about a program in the caller's transaction; ring after it."""
    message = Message.objects.create(
        clinic_id=program.clinic_id,
        patient_id=program.patient_id,
        program=program,
        **values,
    )
    transaction.on_commit(partial(ring, message.pk), robust=True)
    return message


def ring(message_id: UUID) -> bool:
    """Tell a worker; False when the broker did not take it, the sweeper rings then."""
    if not broker.publish(DELIVER, message_id, queue=QUEUE):
        return False
    Message.objects.job(message_id).update(rung_at=timezone.now())
    return True


def tell_clinic(program: Program) -> None:
    """Write to the clinic and to who cares for the program that something waits."""
    if not mail.is_set_up():
        return
    practitioner = program.practitioner
    own = practitioner.email if practitioner.is_active else ""
    for address in dict.fromkeys([program.clinic.email.lower(), own]):
        if address:
            queue(
                program,
                kind=Message.Kind.ALERT,
                channel=Channel.MAIL,
                address=address,
            )
