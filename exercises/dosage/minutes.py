"""How long a dosage takes: an estimate by one formula.

The formula is a judgment, not a published figure: with N repetitions a side,
``N x sides x (hold + tempo) + rest between repetitions x (N - sets) x sides
+ rest between sets x (sets - 1) x sides + 20`` seconds; timed items take their
minutes and no time to get ready. A range counts with its lower number.
"""

from exercises.dosage.values import Dosage, Kind, Side

SET_UP_SECONDS = 20
# To count with where nothing is given; judgments: the moving time of a repetition,
# one slow breath, the hours a person is awake.
TEMPO_SECONDS = 3
BREATH_SECONDS = 6
WAKING_HOURS = 16


def minutes_per_session(dosage: Dosage) -> float:
    """Return the minutes of one session; 0 when the numbers are left to fill in."""
    return _seconds(dosage) / 60


def minutes_per_day(dosage: Dosage) -> float:
    """Return the minutes on a day when it is due; "as needed" counts 0."""
    if dosage.as_needed:
        return 0.0
    return minutes_per_session(dosage) * _sessions_per_day(dosage)


def minutes_per_week(dosage: Dosage) -> float:
    """Return the minutes of a week; every day unless days are given."""
    days = len(dosage.weekdays) or dosage.days_per_week or 7
    return minutes_per_day(dosage) * days


def _sessions_per_day(dosage: Dosage) -> int:
    if dosage.every_hours:
        return WAKING_HOURS // dosage.every_hours
    return dosage.times_per_day or len(dosage.time_of_day) or 1


def _seconds(dosage: Dosage) -> float:
    sides = 2 if dosage.side == Side.EACH else 1
    sets = len(dosage.repetitions_per_set) or dosage.sets or 1
    between_sets = (dosage.rest_between_sets_seconds or 0) * (sets - 1) * sides
    if dosage.kind == Kind.DURATION:
        timed = float(dosage.duration_minutes or 0) * 60
        return timed * sets * sides + between_sets
    count = _repetitions(dosage, sets)
    rests = (dosage.rest_between_repetitions_seconds or 0) * (count - sets)
    moving = (count * _seconds_of_one(dosage) + rests) * sides
    return moving + between_sets + SET_UP_SECONDS if count else 0.0


def _repetitions(dosage: Dosage, sets: int) -> int:
    if dosage.repetitions_per_set:
        return sum(dosage.repetitions_per_set)
    one_hold = dosage.kind == Kind.HOLD and not dosage.fill_in
    return sets * (dosage.repetitions or int(one_hold))


def _seconds_of_one(dosage: Dosage) -> int:
    tempo = dosage.tempo_seconds
    hold = dosage.hold_seconds or (dosage.hold_breaths or 0) * BREATH_SECONDS
    return hold + (TEMPO_SECONDS if tempo is None else tempo)
