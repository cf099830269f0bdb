"""First help on a page: open until the person closes it, and again when they ask."""

from clinic.errors import NotFound
from clinic.models import ClosedHelp, Membership

TOPICS = ("today", "builder")


def closed_by(actor: Membership) -> set[str]:
    """Return the topics that the person has closed."""
    mine = ClosedHelp.objects.filter(practitioner=actor.practitioner_id)
    return set(mine.values_list("topic", flat=True))


def close(actor: Membership, topic: str) -> None:
    """Show the card no more; raise NotFound for a topic that there is not."""
    if topic not in TOPICS:
        raise NotFound("unknown_topic", "There is no such help.")
    ClosedHelp.objects.get_or_create(practitioner_id=actor.practitioner_id, topic=topic)


def open_all(actor: Membership) -> None:
    """Show every card again."""
    ClosedHelp.objects.filter(practitioner=actor.practitioner_id).delete()
