"""Who has a program open in the builder, as the others are told.

Each window says so itself, again and again; kept in the cache under random ids alone.
What is lost with the cache is told anew within seconds.
"""

import logging
from uuid import UUID

from django.core.cache import cache
from redis.exceptions import RedisError

from clinic.admin.history import last_edit, names_of
from clinic.models import Membership
from prescriptions.models import Program

logger = logging.getLogger(__name__)

# Windows ask every 20 seconds, browsers let those in the background once a minute.
GONE_AFTER_SECONDS = 75


def arrive(program_id: UUID, actor: Membership) -> None:
    """Note that the person has the program open."""
    try:
        cache.set(_key(program_id, actor.pk), "yes", timeout=GONE_AFTER_SECONDS)
    except (RedisError, OSError):
        logger.warning("The cache is down: nobody is told who builds.")


def leave(program_id: UUID, actor: Membership) -> None:
    """Note that the person has closed the program."""
    try:
        cache.delete(_key(program_id, actor.pk))
    except (RedisError, OSError):
        logger.warning("The cache is down: nobody is told who stopped to build.")


def others(program_id: UUID, actor: Membership) -> list[str]:
    """Return the names of colleagues who have the program open; none when not known."""
    colleagues = Membership.objects.visible_to(actor).filter(is_active=True)
    names = {
        _key(program_id, pk): name
        for pk, name in colleagues.exclude(pk=actor.pk)
        .order_by("practitioner__name", "pk")
        .values_list("pk", "practitioner__name")
    }
    try:
        here = cache.get_many(list(names))
    except (RedisError, OSError):
        return []
    return [name for key, name in names.items() if key in here]


def changed_by(program: Program, actor: Membership) -> str:
    """Return who changed the program last, "You" for the actor; empty if not known."""
    edit = last_edit(actor, program)
    if edit is None or edit.actor_id is None:
        return ""
    if edit.actor_id == actor.pk:
        return "You"
    # It begins a sentence: without the letters behind the name that forms tell it with
    members = Membership.objects.visible_to(actor).filter(pk=edit.actor_id)
    name = members.values_list("practitioner__name", flat=True).first()
    return name or names_of(actor, [edit.actor_id]).get(edit.actor_id, "")


def _key(program_id: UUID, membership_id: UUID) -> str:
    return f"building:{program_id}:{membership_id}"
