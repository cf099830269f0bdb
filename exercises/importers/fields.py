"""Fields of one exercise as the file has them: any type may come, sound ones go on.

Faults and notes are collected, so that a row tells all that is wrong at once.
"""

from collections.abc import Mapping
from typing import Any

from exercises.importers import text as texts
from exercises.importers.shape import MOST_ID, RowError

MOST_NAME = 100
MOST_LINE = 1000
MOST_LINES = 30
MOST_SHORT = 500
HIDDEN_NOTE = "Hidden characters were taken out of this text: read it with care."


class Fields:
    """Reads one mapping; missing and null stand for nothing given.

    Texts lose markup and hidden characters, unless ``exact`` says that they stay as
    they are; then control characters are a fault.
    """

    def __init__(
        self,
        data: Any,
        *,
        id_key: str = "id",
        name_key: str = "name",
        exact: bool = False,
    ) -> None:
        if not isinstance(data, Mapping):
            raise RowError(["An exercise is a mapping of fields to values."])
        self.data, self.exact = data, exact
        self.faults: list[str] = []
        self.notes: list[str] = []
        self.source_id = self._shown(id_key, MOST_ID)
        self.name = self._shown(name_key, MOST_NAME)

    def _shown(self, key: str, most: int) -> str:
        value = self.data.get(key)
        is_plain = isinstance(value, str | int) and not isinstance(value, bool)
        return texts.one_line(str(value))[:most] if is_plain else ""

    def fault(self, key: str, told: str) -> None:
        """Note what is wrong with a field."""
        self.faults.append(f"{key}: {told}")

    def refuse(self) -> None:
        """Raise RowError if anything was wrong."""
        if self.faults:
            raise RowError(self.faults, self.source_id, self.name)

    def identity(self, key: str, most: int = MOST_ID) -> str:
        """Return the id of the source: a text or a whole number, never empty."""
        value = self.data.get(key)
        is_plain = isinstance(value, str | int) and not isinstance(value, bool)
        told = str(value) if is_plain else ""
        if not told.strip() or len(told) > most or texts.has_hidden(told):
            self.fault(key, f"Give an id of at most {most} characters.")
        return texts.one_line(told)

    def line(self, key: str, most: int = MOST_SHORT, *, required: bool = False) -> str:
        """Return a text as one plain line."""
        value = self.data.get(key)
        if value is not None and not isinstance(value, str):
            self.fault(key, "Give a text.")
            return ""
        return self.plain(key, value or "", most, required=required)

    def plain(self, key: str, value: str, most: int, *, required: bool = False) -> str:
        """Return a text as one plain line; note what is wrong with it."""
        if len(value) > texts.LONGEST_SOURCE:
            self.fault(key, f"{len(value):,} characters, at most {most:,}.")
            return ""
        line = value if self.exact else texts.plain_line(value)
        if self.exact and texts.CONTROL.search(value):
            self.fault(key, "Control characters are not allowed.")
        if required and not line:
            self.fault(key, "Is missing.")
        if len(line) > most:
            self.fault(key, f"{len(line):,} characters, at most {most:,}.")
        if not self.exact:
            self._look_for_hidden(value)
        return line

    def lines(
        self, key: str, most: int = MOST_LINE, count: int = MOST_LINES
    ) -> tuple[str, ...]:
        """Return a list of texts as plain lines; blank ones are left out."""
        value = self.data.get(key)
        if value is None or value == "":
            return ()
        if not isinstance(value, list):
            self.fault(key, "Give a list of texts.")
            return ()
        if not all(isinstance(one, str | None) for one in value):
            self.fault(key, "Each entry is a text.")
            return ()
        found = [self.plain(key, one, most) for one in value if one]
        return self.bounded(key, [line for line in found if line], count)

    def steps(self, key: str, source: Any = None) -> tuple[str, ...]:
        """Return HTML, Markdown or a list of them as steps."""
        value = self.data.get(key) if source is None else source
        parts = value if isinstance(value, list) else [value]
        if not all(isinstance(one, str | None) for one in parts):
            self.fault(key, "Give a text or a list of texts.")
            return ()
        told = [one for one in parts if isinstance(one, str)]
        if sum(map(len, told)) > texts.LONGEST_SOURCE:
            self.fault(key, f"At most {texts.LONGEST_SOURCE:,} characters.")
            return ()
        for one in told:
            self._look_for_hidden(one)
        found = [line for one in told for line in texts.steps_of(one)]
        if any(len(line) > MOST_LINE for line in found):
            self.fault(key, f"A step has more than {MOST_LINE:,} characters.")
        return self.bounded(key, found, MOST_LINES)

    def whole(self, key: str, least: int, most: int, usual: int) -> int:
        """Return a whole number within bounds."""
        value = self.data.get(key)
        if value is None:
            return usual
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        if not is_whole or not least <= value <= most:
            self.fault(key, f"Give a whole number from {least} to {most:,}.")
            return usual
        return int(value)

    def rows(self, key: str, count: int) -> list[Mapping[str, Any]]:
        """Return a list of mappings."""
        value = self.data.get(key)
        if value is None:
            return []
        if not isinstance(value, list) or not all(
            isinstance(one, Mapping) for one in value
        ):
            self.fault(key, "Give a list of mappings.")
            return []
        return list(self.bounded(key, value, count))

    def mapping(self, key: str) -> Mapping[str, Any]:
        """Return a mapping, an empty one when nothing is given."""
        value = self.data.get(key)
        if value is not None and not isinstance(value, Mapping):
            self.fault(key, "Give a mapping of names to values.")
        return value if isinstance(value, Mapping) else {}

    def bounded(self, key: str, found: list[Any], count: int) -> tuple[Any, ...]:
        """Return a list that is not too long."""
        if len(found) > count:
            self.fault(key, f"{len(found)} entries, at most {count}.")
        return tuple(found[:count])

    def _look_for_hidden(self, value: str) -> None:
        if texts.has_hidden(value) and HIDDEN_NOTE not in self.notes:
            self.notes.append(HIDDEN_NOTE)
