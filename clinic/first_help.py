"""First help on a page: open until the person closes it, and again when they ask."""

from clinic.errors import NotFound
from clinic.models import ClosedHelp, Membership

TOPICS = ("today", "builder")


def is_open(actor: Membership, topic: str) -> bool:
    """Tell whether to show the card."""
    mine = ClosedHelp.objects.filter(practitioner=actor.practitioner_id, topic=topic)
    return not mine.exists()


def close(actor: Membership, topic: str) -> None:
    """Show the card no more; raise NotFound for a topic that there is not."""
    if topic not in TOPICS:
        raise NotFound("unknown_topic", "There is no such help.")
    ClosedHelp.objects.get_or_create(practitioner_id=actor.practitioner_id, topic=topic)


def open_all(actor: Membership) -> None:
    """Show every card again."""
    ClosedHelp.objects.filter(practitioner=actor.practitioner_id).delete()
