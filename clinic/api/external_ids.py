"""Numbers in other systems, which patients and practitioners have alike."""

from collections.abc import Callable, Iterable
from typing import Any

from rest_framework.exceptions import ErrorDetail, ValidationError

from clinic.api.serializers import StrictModelSerializer
from clinic.models import ExternalId

MOST_EXTERNAL_IDS = 20
Pair = dict[str, str]


class ExternalIdSerializer(StrictModelSerializer):
    """A number in another system."""

    class Meta:
        model = ExternalId
        fields = ["system", "value"]


def pair_of(system: str, value: str) -> Pair:
    """Return the number that an address names; raise ValidationError for none."""
    serializer = ExternalIdSerializer(data={"system": system, "value": value})
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def pairs_of(rows: Iterable[Any]) -> list[Pair]:
    """Return stored numbers."""
    return [{"system": row.system, "value": row.value} for row in rows]


def check_pairs(
    pairs: list[Pair], *, is_taken: Callable[[Pair], bool], taken: str
) -> list[Pair]:
    """Return the pairs; refuse one that comes twice or belongs to somebody else."""
    errors: list[dict[str, Any]] = []
    for index, pair in enumerate(pairs):
        fault = None
        if pair in pairs[:index]:
            fault = ErrorDetail("It is in the list already.", "repeated")
        elif is_taken(pair):
            fault = ErrorDetail(taken, "taken")
        errors.append({"value": [fault]} if fault else {})
    if any(errors):
        raise ValidationError(errors)
    return pairs


def replace_numbers(owner: Any, pairs: list[Pair], **link: Any) -> None:
    """Make the pairs the owner's numbers; ``link`` is how a number names its owner."""
    owner.external_ids.all().delete()
    for pair in pairs:
        owner.external_ids.model(**link, **pair).save()
    # What was fetched before is no longer so.
    getattr(owner, "_prefetched_objects_cache", {}).pop("external_ids", None)
