"""The messages that come in tables, marked for the catalogs.

What stands in braces is filled in by ``wording``. Comments that begin with
"Translators:" go into the catalogs.
"""

from exercises.dosage.speech import message, plural
from exercises.dosage.values import LoadUnit, Side, TimeOfDay, Weekday

UNITS = {
    # Translators: a gap, as in "Hold for {20 seconds}."
    "second": plural("{n} second", "{n} seconds"),
    # Translators: a gap, as in "Do it for {10 minutes}."
    "minute": plural("{n} minute", "{n} minutes"),
    # Translators: a gap, as in "Hold for {2 slow breaths}."
    "breath": plural("{n} slow breath", "{n} slow breaths"),
    # Translators: a gap, as in "Do it {10 times} on each side."
    "time": plural("{n} time", "{n} times"),
    # Translators: a gap, as in "Once a day, {3 days a week}."
    "day": plural("{n} day a week", "{n} days a week"),
    # Translators: a gap, as in "{Every 2 hours while you are awake}, every day."
    "every_hours": plural(
        "Every hour while you are awake", "Every {n} hours while you are awake"
    ),
    # Translators: a gap, as in "Do it {8 to 12 times}."
    "range": plural("{least} to {n} time", "{least} to {n} times"),
}
# How often -> instead of "1 time" and "2 times"
FEW_TIMES = {
    # Translators: a gap, as in "Do it {once} on each side."
    1: message("once"),
    # Translators: a gap, as in "Do it {twice} on each side."
    2: message("twice"),
}
# Kind of sentence -> how it reads for one side, and for each of both
DOES = {
    "times": (message("Do it {times}."), message("Do it {times} on each side.")),
    "minutes": (
        message("Do it for {time}."),
        message("Do it for {time} on each side."),
    ),
    "go_on": (
        # Translators: follows a breathing pattern
        message("Go on for {time}."),
        # Translators: follows a breathing pattern
        message("Go on for {time} on each side."),
    ),
    "hold": (message("Hold for {hold}."), message("Hold for {hold} on each side.")),
    "hold_times": (
        message("Hold for {hold}, {times}."),
        message("Hold for {hold}, {times} on each side."),
    ),
    "hold_scheme": (
        # Translators: {times} is like "6 times, then 4 times, then 2 times"
        message("Hold for {hold} each time: {times}."),
        # Translators: {times} is like "6 times, then 4 times, then 2 times"
        message("Hold for {hold} each time: {times} on each side."),
    ),
}
SIDES = {
    Side.LEFT: message("Left side only."),
    Side.RIGHT: message("Right side only."),
    Side.ALTERNATE: message("Change sides each time."),
}
BANDS = {
    LoadUnit.YELLOW_BAND: message("Use the yellow band."),
    LoadUnit.RED_BAND: message("Use the red band."),
    LoadUnit.GREEN_BAND: message("Use the green band."),
    LoadUnit.BLUE_BAND: message("Use the blue band."),
    LoadUnit.BLACK_BAND: message("Use the black band."),
}
# Fill the gap of "on {days}"
WEEKDAYS = {
    # Translators: a gap, as in "Once a day, on {Monday, Wednesday and Friday}."
    Weekday.MONDAY: message("Monday"),
    Weekday.TUESDAY: message("Tuesday"),
    Weekday.WEDNESDAY: message("Wednesday"),
    Weekday.THURSDAY: message("Thursday"),
    Weekday.FRIDAY: message("Friday"),
    Weekday.SATURDAY: message("Saturday"),
    Weekday.SUNDAY: message("Sunday"),
}
# Fill the gap of "Do it {when}."
TIMES_OF_DAY = {
    # Translators: a gap, as in "Do it {when you wake up and in the evening}."
    TimeOfDay.ON_WAKING: message("when you wake up"),
    TimeOfDay.FIRST_TWO_HOURS: message("in the first 2 hours after you get up"),
    TimeOfDay.MORNING: message("in the morning"),
    TimeOfDay.MIDDAY: message("at midday"),
    TimeOfDay.AFTERNOON: message("in the afternoon"),
    TimeOfDay.EVENING: message("in the evening"),
    TimeOfDay.BEDTIME: message("before you go to bed"),
}
