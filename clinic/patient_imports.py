"""Patients from a CSV file: what would become of each row, then the same for good.

Nothing is kept in between. Whoever confirms sends the file again; its rows are judged
anew and stored only if that comes to what was shown.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from clinic import languages
from clinic.audit import record
from clinic.duplicates import words_of
from clinic.errors import Conflict, Forbidden, Invalid
from clinic.models import ImportOutcome, Membership, Patient
from clinic.roles import Scope
from clinic.tables import TableError, TableRow, decoded, read_table

MOST_BYTES = 1_000_000
MOST_ROWS = 2_000
# What the columns of other systems are called, without accents, spaces and signs
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "name": ("name", "fullname", "patient", "patientname"),
    "first_name": ("firstname", "givenname", "vorname", "prenom", "nombre"),
    "last_name": (
        *("lastname", "surname", "familyname", "nachname", "familienname"),
        *("nom", "apellido", "apellidos"),
    ),
    "date_of_birth": (
        *("dateofbirth", "birthdate", "birthday", "born", "dob", "geburtsdatum"),
        *("geboren", "fechadenacimiento", "datedenaissance"),
    ),
    "number": (
        *("number", "clinicnumber", "patientnumber", "patientid", "nummer"),
        *("patientennummer", "numero"),
    ),
    "language": ("language", "sprache", "idioma", "langue"),
    "email": ("email", "mail", "emailaddress", "correo", "courriel"),
    "phone": ("phone", "telephone", "mobile", "telefon", "telefono", "handy"),
    "guardian_name": ("guardian", "guardianname", "vormund", "tutor", "tuteur"),
    "guardian_relation": ("guardianrelation", "relation"),
    "guardian_phone": ("guardianphone", "phoneofguardian"),
}
EXAMPLE = ("name", "date_of_birth", "number", "language", "email", "phone")
ORDERS = {
    "ymd": "Year first: 1980-05-17",
    "dmy": "Day first: 17.05.1980",
    "mdy": "Month first: 05/17/1980",
}
DATE = re.compile(r"(\d{1,4})[-./ ]\s?(\d{1,2})[-./ ]\s?(\d{1,4})")
# What a row may change of somebody on record; an empty cell changes nothing
CHANGEABLE = (
    *("name", "language", "email", "phone"),
    *("guardian_name", "guardian_relation", "guardian_phone"),
)
WORDS = {
    "date_of_birth": "date of birth",
    "number": "clinic number",
    "email": "e-mail",
    "guardian_name": "guardian",
    "guardian_relation": "relation of the guardian",
    "guardian_phone": "phone of the guardian",
}


@dataclass(frozen=True)
class Line:
    """What becomes of one row, and why; ``patient`` is the person that it speaks of."""

    row: int
    name: str
    outcome: ImportOutcome
    reasons: tuple[str, ...] = ()
    patient: Patient | None = None

    @property
    def is_on_record(self) -> bool:
        """Whether there is a page on the person."""
        return self.patient is not None and not self.patient._state.adding


@dataclass
class Plan:
    """What becomes of a file; ``unread`` are columns that nothing was taken from."""

    lines: list[Line] = field(default_factory=list)
    unread: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 of what is shown, to tell whether it still holds."""
        told = [(line.row, line.outcome, line.reasons) for line in self.lines]
        return hashlib.sha256(repr(told).encode()).hexdigest()

    def of(self, outcome: ImportOutcome) -> list[Line]:
        """Return the lines that come to this end."""
        return [line for line in self.lines if line.outcome == outcome]

    @property
    def writes(self) -> int:
        """How many rows would be stored."""
        return len(self.of(ImportOutcome.CREATED)) + len(self.of(ImportOutcome.UPDATED))


def text_of(content: bytes) -> str:
    """Return the text of an upload; raise Invalid when it is none, or too large."""
    if len(content) > MOST_BYTES:
        most = MOST_BYTES // 1_000_000
        raise Invalid("file", f"The file is larger than {most} MB. Send it in parts.")
    try:
        return decoded(content)
    except TableError as error:
        raise Invalid("file", str(error)) from error


def plan_import(text: str, *, order: str, by: Membership) -> Plan:
    """Judge every row and store nothing.

    ``order`` is a key of ``ORDERS``. Raises Forbidden, or Invalid when the file as a
    whole cannot be read.
    """
    if not by.can(Scope.PATIENTS_WRITE):
        raise Forbidden("not_allowed", "Your role does not allow adding patients.")
    try:
        table = read_table(text)
        found = _columns(table.header)
        rows = list(table.rows)
    except TableError as error:
        raise Invalid("file", str(error)) from error
    if len(rows) > MOST_ROWS:
        told = f"The file has more than {MOST_ROWS:,} rows. Send it in parts."
        raise Invalid("file", told)
    read = [_read(row, found, order) for row in rows]
    judge = _Judge(by, read)
    unread = tuple(name[:40] for name in table.header if name and name not in found)
    return Plan([judge.line(one) for one in read], unread)


@transaction.atomic
def apply_import(text: str, *, order: str, shown: str, by: Membership) -> Plan:
    """Store what was shown; Conflict when it would come to something else by now.

    ``shown`` is the digest of the plan that somebody has looked at.
    """
    plan = plan_import(text, order=order, by=by)
    if plan.digest != shown:
        told = "Patients have changed meanwhile. Look again at what would happen."
        raise Conflict("changed_meanwhile", told)
    verbs = {ImportOutcome.CREATED: "created", ImportOutcome.UPDATED: "updated"}
    for line in plan.lines:
        if line.patient and line.outcome in verbs:
            line.patient.save()
            record(by, f"patient.{verbs[line.outcome]}", line.patient)
    created = len(plan.of(ImportOutcome.CREATED))
    updated = len(plan.of(ImportOutcome.UPDATED))
    record(by, "patients.imported", by.clinic, created=created, updated=updated)
    return plan


def _columns(header: Sequence[str]) -> dict[str, str]:
    """Return by the name of a column in the file what it holds."""
    known = {word: name for name, words in COLUMNS.items() for word in words}
    found = {name: known[folded] for name in header if (folded := _fold(name)) in known}
    held = list(found.values())
    if twice := next((name for name in held if held.count(name) > 1), ""):
        raise TableError(f"Two columns tell the {WORDS.get(twice, twice)}.")
    if not {"name", "first_name", "last_name"} & set(held):
        raise TableError("There is no column “name”.")
    if "date_of_birth" not in held:
        raise TableError("There is no column “date of birth”.")
    return found


def _fold(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in plain if letter.isascii() and letter.isalnum())


@dataclass
class _Read:
    """A row as it was read."""

    row: int
    values: dict[str, str]
    born: date | None = None
    faults: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.values.get("name", "")

    @property
    def number(self) -> str:
        return self.values.get("number", "")

    @property
    def person(self) -> tuple[date | None, tuple[str, ...]]:
        """What two rows about the same person have in common."""
        return self.born, tuple(words_of(self.name))


def _read(row: TableRow, columns: Mapping[str, str], order: str) -> _Read:
    values = {
        columns[name]: " ".join(cell.split(" ")).strip()
        for name, cell in row.cells.items()
        if name in columns
    }
    first, last = values.pop("first_name", ""), values.pop("last_name", "")
    values["name"] = values.get("name") or f"{first} {last}".strip()
    one = _Read(row.line, values, faults=[row.fault] if row.fault else [])
    if not one.name:
        one.faults.append("There is no name.")
    one.born = _day(values.pop("date_of_birth", ""), order, one.faults)
    if wish := values.get("language"):
        values["language"] = _language(wish, one.faults)
    return one


def _day(text: str, order: str, faults: list[str]) -> date | None:
    match = DATE.fullmatch(text)
    if not match:
        told = f"“{text[:20]}” is no date." if text else "There is no date of birth."
        faults.append(told)
        return None
    parts: Sequence[str] = match.groups()
    # A year in front can only be the ISO order
    names = "ymd" if len(parts[0]) == 4 else order
    day = dict(zip(names, parts, strict=True))
    if len(day["y"]) != 4:
        faults.append(f"“{text[:20]}”: write the year with four digits.")
        return None
    try:
        return date(int(day["y"]), int(day["m"]), int(day["d"]))
    except ValueError:
        faults.append(f"“{text[:20]}” is no date in the order that you chose.")
        return None


def _language(wish: str, faults: list[str]) -> str:
    names = [*languages.choices(), *languages.IN_SENTENCES.items()]
    known = {str(name).casefold(): code for code, name in names}
    known |= {code: code for code, _ in names}
    folded = wish.casefold()
    found = known.get(folded) or known.get(re.split("[-_]", folded)[0])
    if not found:
        faults.append(f"The language “{wish[:20]}” is not known here.")
    return found or ""


class _Judge:
    """Compares rows with who is on record and with the rows before."""

    def __init__(self, by: Membership, rows: Iterable[_Read]) -> None:
        self._by = by
        numbers = {row.number for row in rows if row.number}
        days = {row.born for row in rows if row.born}
        known = Patient.objects.visible_to(by).filter(
            Q(number__in=numbers) | Q(date_of_birth__in=days)
        )
        self._by_number: dict[str, list[Patient]] = {}
        self._by_person: dict[object, Patient] = {}
        for patient in known:
            if patient.number:
                self._by_number.setdefault(patient.number, []).append(patient)
            person = patient.date_of_birth, tuple(words_of(patient.name))
            self._by_person.setdefault(person, patient)
        self._lines_of: dict[object, int] = {}

    def line(self, row: _Read) -> Line:
        """Return what becomes of a row."""
        if row.faults or row.born is None:
            return self._told(row, ImportOutcome.REFUSED, *row.faults)
        keys = [("number", row.number)] if row.number else []
        for key in (*keys, row.person):
            if earlier := self._lines_of.get(key):
                told = f"The same person as in line {earlier}."
                return self._told(row, ImportOutcome.SKIPPED, told)
        for key in (*keys, row.person):
            self._lines_of[key] = row.row
        return self._judged(row, row.born)

    def _judged(self, row: _Read, born: date) -> Line:
        holders = self._by_number.get(row.number, [])
        if len(holders) > 1:
            told = f"Several patients have the clinic number {row.number[:40]}."
            return self._told(row, ImportOutcome.REFUSED, told)
        if holders:
            return self._known(row, holders[0])
        if same := self._by_person.get(row.person):
            told = "On record already: the same name and date of birth."
            if same.is_archived:
                told += " Archived."
            return self._told(row, ImportOutcome.SKIPPED, told, patient=same)
        patient = Patient(clinic=self._by.clinic, date_of_birth=born)
        return self._written(row, patient, ImportOutcome.CREATED, row.values)

    def _known(self, row: _Read, holder: Patient) -> Line:
        if holder.date_of_birth != row.born:
            told = "This clinic number belongs to somebody with another date of birth."
            return self._told(row, ImportOutcome.REFUSED, told, patient=holder)
        given = {name: row.values.get(name, "") for name in CHANGEABLE}
        new = {k: v for k, v in given.items() if v and v != getattr(holder, k)}
        if not new:
            told = "Nothing is new."
            return self._told(row, ImportOutcome.SKIPPED, told, patient=holder)
        return self._written(row, holder, ImportOutcome.UPDATED, new)

    def _written(
        self,
        row: _Read,
        patient: Patient,
        outcome: ImportOutcome,
        values: dict[str, str],
    ) -> Line:
        for name, value in values.items():
            if value:
                setattr(patient, name, value)
        try:
            # A patient has no columns that must be unique: nothing to ask for.
            patient.full_clean(exclude=["clinic"], validate_unique=False)
        except ValidationError as error:
            told = [
                f"{WORDS.get(name, name).capitalize()}: {message}"
                for name, messages in error.message_dict.items()
                for message in messages
            ]
            return self._told(row, ImportOutcome.REFUSED, *told)
        if outcome == ImportOutcome.CREATED:
            return self._told(row, outcome, patient=patient)
        changed = ", ".join(WORDS.get(name, name) for name in values)
        return self._told(row, outcome, f"New: {changed}.", patient=patient)

    def _told(
        self,
        row: _Read,
        outcome: ImportOutcome,
        *reasons: str,
        patient: Patient | None = None,
    ) -> Line:
        return Line(row.row, row.name[:100], outcome, reasons, patient)
