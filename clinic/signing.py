"""A clinic's signature under clinical content: safety texts, exercises, leaflets."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol
from uuid import UUID

from django.db import transaction

from clinic.audit import record
from clinic.errors import Forbidden
from clinic.models import Membership, SignOff


class Content(Protocol):
    """A row that is signed: its version rises with each edit."""

    @property
    def pk(self) -> Any: ...

    @property
    def version(self) -> int: ...

    @property
    def clinic_id(self) -> UUID | None: ...

    @property
    def _meta(self) -> Any: ...


def sign(content: Content, *, by: Membership, reason: str = "") -> SignOff:
    """Sign one piece of content as it stands; the same version is signed once.

    Raises Forbidden for who is not licensed, and for another clinic's content.
    """
    sign_all([content], by=by, reason=reason)
    return SignOff.objects.of_clinic(by.clinic_id).get(
        content_id=content.pk, version=content.version
    )


@transaction.atomic
def sign_all(
    contents: Iterable[Content], *, by: Membership, reason: str = ""
) -> Sequence[SignOff]:
    """Sign pieces of content as they stand, all or none, in a few queries.

    Returns the signatures that were not there before.
    """
    require_licence(by)
    wanted = list({(one.pk, one.version): one for one in contents}.values())
    if any(content.clinic_id not in (None, by.clinic_id) for content in wanted):
        raise Forbidden("not_yours", "This belongs to another clinic.")
    mine = SignOff.objects.of_clinic(by.clinic_id)
    ids = [content.pk for content in wanted]
    there = set(mine.filter(content_id__in=ids).values_list("content_id", "version"))
    signatures = [
        SignOff(
            clinic_id=by.clinic_id,
            kind=_label(content),
            content_id=content.pk,
            version=content.version,
            reviewed_by=by.practitioner.signature,
            reason=reason,
        )
        for content in wanted
        if (content.pk, content.version) not in there
    ]
    # A colleague who signs at the same moment does no harm.
    made = SignOff.objects.bulk_create(signatures, ignore_conflicts=True)
    if len(made) == 1:
        action = f"{made[0].kind.rpartition('.')[2]}.signed"
        record(by, action, made[0], version=made[0].version)
    elif made:
        record(by, "content.signed", count=len(made))
    return made


def _label(content: Content) -> str:
    return str(content._meta.label_lower)


def require_licence(by: Membership) -> None:
    """Raise Forbidden unless the member may answer for clinical content."""
    if not by.licensed:
        raise Forbidden(
            "not_licensed", "Only a licensed practitioner of the clinic may sign."
        )


def signature_of(content: Content, clinic_id: UUID) -> SignOff | None:
    """Return the clinic's signature under the content as it stands, if there is one."""
    mine = SignOff.objects.of_clinic(clinic_id)
    return mine.filter(content_id=content.pk, version=content.version).first()
