"""The dosage in the patient's words.

Every sentence is a whole message with named gaps, and a number comes with its unit
from one place, so that languages differ in their catalogs alone.
"""

import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from exercises.dosage.messages import (
    BANDS,
    DOES,
    FEW_TIMES,
    SIDES,
    TIMES_OF_DAY,
    UNITS,
    WEEKDAYS,
)
from exercises.dosage.speech import GAP, NBSP, Number, Speech, speech
from exercises.dosage.values import (
    Dosage,
    Kind,
    LoadUnit,
    Side,
)

KILOGRAMS_PER_POUND = Decimal("0.45359237")
# The blank after a number inside a phrase
TWO_HOURS = re.compile(r"(?<=\d) ")


def sentences(
    dosage: Dosage, *, units: str = "metric", until: str = "", language: str = "en"
) -> tuple[str, ...]:
    """Return the lines a patient reads: what to do, then how often.

    A line holds whole sentences; a line with nothing to say is left out. ``units``
    is ``metric`` or ``imperial`` and orders the two weights. ``until`` is a date in
    the patient's language or words such as "your next visit". With ``fill_in`` the
    missing numbers are ruled gaps. A language without a catalog gets English;
    ``languages()`` names those that have one.
    """
    wording = Wording(dosage, speech(language))
    lines = (wording.what(units), wording.how_often(until))
    return tuple(line for said in lines if (line := " ".join(said)))


class Wording:
    """The sentences of one dosage in one language."""

    def __init__(self, dosage: Dosage, speech: Speech) -> None:
        self.d = dosage
        self.speech = speech
        self.say = speech.say

    def what(self, units: str) -> Iterator[str]:
        """Yield how much to do."""
        yield from self._amount()
        if self.d.side in SIDES:
            yield self.say(SIDES[Side(self.d.side)])
        yield from self._rests()
        yield from self._load(units)

    def how_often(self, until: str) -> Iterator[str]:
        """Yield when to do it, and until when."""
        if self.d.as_needed:
            yield self._as_needed()
        elif frequency := self._frequency_and_days():
            yield _capital(frequency)
        if parts := [
            TWO_HOURS.sub(NBSP, self.say(words))
            for time, words in TIMES_OF_DAY.items()
            if time in self.d.time_of_day
        ]:
            yield self.say("Do it {when}.", when=self.speech.listed(parts))
        if until:
            # Translators: {until} is a date or "your next visit"
            yield self.say("Until {until}.", until=until)

    def _amount(self) -> Iterator[str]:
        if self.d.kind == Kind.DURATION:
            yield from self._minutes()
        elif self.d.kind == Kind.HOLD and self._hold():
            yield from self._held()
        else:
            yield from self._counted()

    def _minutes(self) -> Iterator[str]:
        form = "minutes"
        if len(self.d.breath_pattern_seconds) == 3:
            form = "go_on"
            yield self._breathing()
        if self.d.duration_minutes:
            yield self._does(form, time=self._time(self.d.duration_minutes * 60))
        elif self.d.fill_in:
            yield self._does(form, time=self._count("minute", GAP))
        yield from self._each_hold()

    def _held(self) -> Iterator[str]:
        if self.d.repetitions_per_set:
            yield self._does("hold_scheme", hold=self._hold(), times=self._scheme())
        elif self.d.repetitions == 1 and not self.d.repetitions_max:
            yield self._does("hold", hold=self._hold())
        elif times := self._times():
            yield self._does("hold_times", hold=self._hold(), times=times)
        else:
            yield self._does("hold", hold=self._hold())
        yield from self._range_start()

    def _counted(self) -> Iterator[str]:
        if times := self._scheme() or self._times():
            yield self._does("times", times=times)
        yield from self._range_start()
        yield from self._each_hold()

    def _each_hold(self) -> Iterator[str]:
        d = self.d
        if d.hold_seconds or d.hold_breaths:
            yield self.say("Hold for {hold} each time.", hold=self._hold())
        elif d.fill_in and d.hold_seconds is None and d.kind == Kind.REPETITIONS:
            yield self.say("Hold {hold}.", hold=self._count("second", GAP))

    def _range_start(self) -> Iterator[str]:
        if self._is_range():
            # Translators: {number} is the lower end of "8 to 12 times"
            yield self.say("Start with {number}.", number=str(self.d.repetitions))

    def _rests(self) -> Iterator[str]:
        d, between = self.d, self.d.rest_between_repetitions_seconds
        if between and d.repetitions != 1 and d.kind != Kind.DURATION:
            rest = self._time(between)
            # Translators: after each repetition
            yield self.say("Rest up to {rest} after each one.", rest=rest)
        rest = self._time(d.rest_between_sets_seconds or 0)
        if d.repetitions_per_set and d.rest_between_sets_seconds:
            # Translators: between sets
            yield self.say("Rest {rest} in between.", rest=rest)
        if d.sets and d.sets > 1:
            if d.rest_between_sets_seconds:
                yield self.say("Rest {rest}.", rest=rest)
            times = self._how_many_times(d.sets)
            yield self.say("Do this {times} in all.", times=times)

    def _load(self, units: str) -> Iterator[str]:
        unit, value = self.d.load_unit, self.d.load_value
        if unit in (LoadUnit.KILOGRAM, LoadUnit.POUND):
            if value:
                yield self.say("Use {load}.", load=self._weights(value, unit, units))
            elif self.d.fill_in:
                yield self.say("Use {load}.", load=f"{GAP}{NBSP}{unit}")
        elif unit in BANDS:
            yield self.say(BANDS[LoadUnit(unit)])

    def _as_needed(self) -> str:
        if not self.d.times_per_day:
            return self.say("Use it when you need it.")
        times = self._how_many_times(self.d.times_per_day)
        return self.say("Use it when you need it, up to {times} a day.", times=times)

    def _frequency_and_days(self) -> str:
        frequency, days = self._frequency(), self._days()
        if frequency and days:
            # Translators: as in "{3 times a day}, {every day}."
            return self.say("{frequency}, {days}.", frequency=frequency, days=days)
        return f"{frequency or days}." if frequency or days else ""

    def _frequency(self) -> str:
        if self.d.every_hours:
            return self._count("every_hours", self.d.every_hours)
        if self.d.times_per_day:
            times = self._how_many_times(self.d.times_per_day)
        elif self.d.fill_in:
            times = self._count("time", GAP)
        else:
            return ""
        # Translators: a gap, as in "{3 times a day}, every day."
        return self.say("{times} a day", times=times)

    def _days(self) -> str:
        weekdays, a_week = self.d.weekdays, self.d.days_per_week
        named = [self.say(day) for key, day in WEEKDAYS.items() if key in weekdays]
        if 7 in (len(named), a_week):
            # Translators: a gap, as in "3 times a day, {every day}."
            return self.say("every day")
        if named:
            # Translators: a gap, as in "Once a day, {on Monday and Friday}."
            return self.say("on {days}", days=self.speech.listed(named))
        return self._count("day", a_week) if a_week else ""

    def _breathing(self) -> str:
        seconds = [self._count("second", s) for s in self.d.breath_pattern_seconds]
        gaps = dict(zip(("breath_in", "pause", "breath_out"), seconds, strict=True))
        if not self.d.breath_pattern_seconds[1]:
            return self.say(
                "Breathe in for {breath_in}, breathe out for {breath_out}.", **gaps
            )
        return self.say(
            "Breathe in for {breath_in}, pause for {pause}, "
            "breathe out for {breath_out}.",
            **gaps,
        )

    def _does(self, form: str, **gaps: str) -> str:
        one_side, each_side = DOES[form]
        return self.say(each_side if self.d.side == Side.EACH else one_side, **gaps)

    def _hold(self) -> str:
        if self.d.hold_breaths:
            return self._count("breath", self.d.hold_breaths)
        if self.d.hold_seconds:
            return self._time(self.d.hold_seconds)
        return self._count("second", GAP) if self.d.fill_in else ""

    def _times(self) -> str:
        least, most = self.d.repetitions, self.d.repetitions_max or 0
        if self._is_range():
            words = self.speech.count(UNITS["range"], most, least=str(least))
            return words.replace(" ", NBSP)
        if least:
            return self._how_many_times(least)
        return self._count("time", GAP) if self.d.fill_in else ""

    def _is_range(self) -> bool:
        least = self.d.repetitions
        return bool(least and (self.d.repetitions_max or 0) > least)

    def _scheme(self) -> str:
        said, *others = [
            self._count("time", n) for n in self.d.repetitions_per_set
        ] or [""]
        for times in others:
            # Translators: as in "{6 times, then 4 times}, then {2 times}"
            said = self.say("{before}, then {after}", before=said, after=times)
        return said

    def _how_many_times(self, n: int) -> str:
        return self.say(FEW_TIMES[n]) if n in FEW_TIMES else self._count("time", n)

    def _time(self, seconds: int | Decimal) -> str:
        """Word a time: whole minutes as such, else seconds up to 90, else both."""
        minutes, rest = divmod(seconds, 60)
        if not rest:
            return self._count("minute", minutes)
        if seconds <= 90:
            return self._count("second", seconds)
        # Translators: as in "2 minutes 30 seconds"
        both = self.say(
            "{minutes} {seconds}",
            minutes=self._count("minute", minutes),
            seconds=self._count("second", rest),
        )
        return both.replace(" ", NBSP)

    def _count(self, unit: str, n: Number) -> str:
        return self.speech.count(UNITS[unit], n)

    def _weights(self, value: Decimal, unit: str, units: str) -> str:
        given = f"{self.speech.number(value)}{NBSP}{unit}"
        if unit == LoadUnit.KILOGRAM:
            other = f"{self._tenths(value / KILOGRAMS_PER_POUND)}{NBSP}lb"
        else:
            other = f"{self._tenths(value * KILOGRAMS_PER_POUND)}{NBSP}kg"
        first_is_given = (unit == LoadUnit.POUND) == (units == "imperial")
        first, second = (given, other) if first_is_given else (other, given)
        return f"{first} ({second})"

    def _tenths(self, value: Decimal) -> str:
        tenths = value.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
        return self.speech.number(tenths)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
