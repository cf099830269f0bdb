"""Programs of a colleague who leaves, in the hands of another one."""

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from clinic.audit import record
from clinic.models import Membership
from prescriptions.models import Program, ProgramTemplate
from prescriptions.models.program import ProgramQuerySet


def in_hand(member: Membership) -> int:
    """Return how many drafts and active programs name the member."""
    return _open(member).count()


@transaction.atomic
def hand_over(member: Membership, heir: Membership, *, by: Membership) -> int:
    """Give the member's open programs to a colleague; return how many.

    Own templates go along. What patients hold stays as it was printed; the next
    revision names the colleague.
    """
    rows = list(_open(member).select_for_update())
    _open(member).update(
        practitioner=heir.practitioner,
        version=F("version") + 1,
        updated_at=timezone.now(),
    )
    for program in rows:
        record(by, "program.handed_over", program, to=str(heir.pk))
    mine = ProgramTemplate.objects.of_clinic(member.clinic_id)
    mine.filter(clinic=member.clinic_id, owner=member.practitioner_id).update(
        owner=heir.practitioner
    )
    return len(rows)


def _open(member: Membership) -> ProgramQuerySet:
    rows: ProgramQuerySet = Program.objects.of_clinic(member.clinic_id)
    return rows.not_closed().filter(practitioner=member.practitioner_id)
