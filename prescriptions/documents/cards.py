"""Cards of a document: one line of a program in the words of the patient."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from clinic.models import Clinic
from exercises import pictures, tags, videos
from exercises.dosage import Dosage, Side, sentences, to_mapping
from exercises.figures import Look
from exercises.models import Exercise
from exercises.words import Words, words_of
from prescriptions.documents.differences import Names
from prescriptions.documents.parts import LANGUAGE, Easier, ExerciseCard, Pace, Picture
from prescriptions.models import PrescribedExercise, Program

# Fields whose language is that of the exercise's text, whatever the name's is
TEXT_FIELDS = ("start", "steps", "breathing", "feel", "mistakes", "stop_if")


@dataclass(frozen=True)
class Speech:
    """All words that the cards of a program need, read in a few queries."""

    language: str
    # Of what the practitioner wrote
    own_language: str
    clinic: Clinic
    flags: frozenset[str]
    words: Mapping[tuple[UUID, int], Words]
    # Slug -> easier and harder versions of what is prescribed
    variants: Mapping[str, Exercise]

    def of(self, line: PrescribedExercise) -> Words:
        """Return the words of a line, as of the version it was built with."""
        return self.words[line.exercise_id, line.exercise_version]

    def variant(self, slug: str) -> tuple[str, str]:
        """Return name and language of an exercise; empty when there is none."""
        row = self.variants.get(slug)
        if row is None:
            return "", ""
        words = self.words[row.pk, row.version]
        return words.name, words.name_language


def speech_of(program: Program, language: str, given: Speech | None = None) -> Speech:
    """Read the words of all exercises of a program.

    ``given`` holds those that somebody answered for when issuing. In a further
    language nobody is asked: what is not signed there is told as it was given.
    """
    clinic = program.clinic
    lines = [line for phase in program.phases.all() for line in phase.exercises.all()]
    slugs = {line.exercise.easier for line in lines}
    slugs |= {line.exercise.harder for line in lines}
    slugs.discard("")
    rows = Exercise.objects.of_clinic(clinic).published().filter(slug__in=slugs)
    variants = {row.slug: row for row in rows} if slugs else {}
    wanted = [(line.exercise, line.exercise_version) for line in lines]
    wanted += [(row, row.version) for row in variants.values()]
    words = words_of(wanted, language, clinic)
    if given:
        words = {
            key: told if _is_settled(told, given.words[key]) else given.words[key]
            for key, told in words.items()
        }
    return Speech(
        language=language,
        own_language=given.language if given else language,
        clinic=clinic,
        flags=tags.implied(program.patient.flags),
        words=words,
        variants=variants,
    )


def names_in(language: str, slugs: Iterable[str], clinic: Clinic) -> Names:
    """Return slug -> name and its language, of the exercises the clinic still has."""
    rows = list(Exercise.objects.of_clinic(clinic).filter(slug__in=set(slugs)))
    words = words_of([(row, row.version) for row in rows], language, clinic)
    told = {row.slug: words[row.pk, row.version] for row in rows}
    return {slug: (one.name, one.name_language) for slug, one in told.items()}


def _is_settled(told: Words, given: Words) -> bool:
    """Tell whether the words are signed, or those that were answered for."""
    return told.is_signed or told.content == given.content


def card_of(line: PrescribedExercise, number: int, speech: Speech) -> ExerciseCard:
    """Return the card of a line."""
    exercise, words, language = line.exercise, speech.of(line), speech.language
    concerns = [*exercise.contraindications, *exercise.cautions]
    careful = [tag for tag in concerns if tag in speech.flags]
    easier, easier_language = speech.variant(exercise.easier)
    harder, harder_language = speech.variant(exercise.harder)
    spoken = dict.fromkeys(TEXT_FIELDS, words.language) | {
        "name": words.name_language,
        "equipment": _labels_language(words.equipment, language),
        "precautions": _labels_language(careful, language),
        "easier": easier_language,
        "harder": harder_language,
        "note": speech.own_language if line.note else "",
        "why": speech.own_language if line.why else "",
    }
    return ExerciseCard(
        number=number,
        slug=exercise.slug,
        version=line.exercise_version,
        name=words.name,
        equipment=tuple(tags.label(item, language) for item in words.equipment),
        dosage=sentences(line.dosage, units=speech.clinic.units, language=language),
        start=words.start,
        steps=words.steps,
        breathing=words.breathing,
        feel=words.feel,
        mistakes=words.mistakes,
        stop_if=words.stop_if,
        precautions=tuple(tags.label(tag, language) for tag in careful),
        note=line.note,
        why=line.why,
        pictures=tuple(_pictures(line, words, speech.clinic, language)),
        easier=easier,
        easier_how=_easier(line, speech),
        harder=harder,
        video_url=videos.short(exercise.video_url),
        attribution=words.credit,
        weekdays=tuple(line.weekdays),
        as_needed=line.as_needed,
        pace=pace_of(line.dosage),
        prescribed={k: v for k, v in to_mapping(line.dosage).items() if v},
        languages=tuple(
            (field, code)
            for field, code in sorted(spoken.items())
            if code not in {language, ""}
        ),
    )


def _easier(line: PrescribedExercise, speech: Speech) -> Easier | None:
    """Return how to do the easier version, where the patient may and it is signed."""
    row = speech.variants.get(line.exercise.easier)
    if row is None or speech.flags & {*row.contraindications, *row.cautions}:
        return None
    words = speech.words[row.pk, row.version]
    if not words.is_signed:
        return None
    return Easier(
        start=words.start,
        steps=words.steps,
        stop_if=words.stop_if,
        pictures=tuple(_pictures(line, words, speech.clinic, speech.language)),
        language="" if words.language == speech.language else words.language,
    )


def pace_of(dosage: Dosage) -> Pace | None:
    """Return what a timer counts; None where nothing is held and no time is given.

    Minutes are one long hold.
    """
    minutes = dosage.duration_minutes
    hold = round(minutes * 60) if minutes else dosage.hold_seconds
    if not hold:
        return None
    plain = (dosage.repetitions or 1,) * (dosage.sets or 1)
    return Pace(
        repetitions=dosage.repetitions_per_set or plain,
        hold=hold,
        rest=dosage.rest_between_repetitions_seconds or 0,
        rest_between_sets=dosage.rest_between_sets_seconds or 0,
        sides=2 if dosage.side == Side.EACH else 1,
    )


def _labels_language(names: Any, language: str) -> str:
    """Return English if one of the words does not exist in the language."""
    is_whole = all(language in tags.label_languages(name) for name in names)
    return "" if is_whole else LANGUAGE


def _pictures(
    line: PrescribedExercise, words: Words, clinic: Clinic, language: str
) -> list[Picture]:
    """Pictures in the clinic's look that show the prescribed side."""
    figures = list(words.figures)
    look = Look(clinic.figure_body, clinic.figure_skin, clinic.figure_hair)
    mirrored = pictures.shows_other_side(figures, line.side)
    drawn = pictures.in_look(figures, look, mirrored=mirrored)
    return [picture_of(figure, language) for figure in drawn if figure.get("asset")]


def picture_of(figure: dict[str, Any], language: str) -> Picture:
    """Return a drawn figure with its words, which fall back to English."""
    alts, captions = figure["description"], figure.get("caption", {})
    known = [language, LANGUAGE, *alts]
    spoken = next(code for code in known if code in alts)
    return Picture(
        asset=figure["asset"],
        width=figure["width"],
        height=figure["height"],
        alt=alts[spoken],
        caption=captions.get(spoken, ""),
        language="" if spoken == language else spoken,
    )
