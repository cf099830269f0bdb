"""Handouts to print, made from the dataclasses: no database; and their text."""

import io
from dataclasses import replace
from typing import Any

import pypdf

from prescriptions.documents import (
    ClinicPart,
    ExerciseCard,
    HandoutDocument,
    HandoutOptions,
    HandoutSpec,
    PatientPart,
    PhasePart,
    Picture,
    PractitionerPart,
    PrintedLink,
    TextBlock,
)

SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 200">'
    b'<path d="M20 180q180-320 360 0" fill="none" stroke="#14212b" stroke-width="9"/>'
    b"</svg>"
)
PICTURE = "0" * 64 + ".svg"
LINK = PrintedLink(
    url="https://clinic.example/p/k7wd4mxpk7wd4mxpk7wd4mxp.3fa9c1d23fa9c1d2",
    short_url="clinic.example/p",
    code="k7wd-4mxp",
    expires_on="2026-12-25",
)
NAMES = ("Cat-camel", "Pelvic tilt", "Lying twist", "Walking", "Bird dog")


def make_card(number: int, *, name: str = "Bridge", **values: Any) -> ExerciseCard:
    """Return a card with every field filled."""
    defaults: dict[str, Any] = {
        "slug": f"exercise-{number}",
        "version": 1,
        "equipment": ("mat", "pillow"),
        "dosage": (
            f"Hold for 5\u00a0seconds, {number + 2}\u00a0times on each side.",
            "Twice a day, every day.",
        ),
        "start": "On hands and knees. Hands under shoulders.",
        "steps": (
            f"Move into the pose called {name}.",
            "Hold it still.",
            "Come back slowly.",
            "Rest as long as you need.",
        ),
        "breathing": "Breathe out as you move.",
        "feel": "A light stretch in the low back.",
        "mistakes": ("forcing the end range", "holding your breath"),
        "stop_if": ("a new grab or spasm",),
        "precautions": ("osteoporosis",) if number == 2 else (),
        "note": "Do this on the bed first." if number == 1 else "",
    }
    return ExerciseCard(number=number, name=name, **defaults | values)


def make_picture(caption: str = "Start", **values: Any) -> Picture:
    """Return a picture of a lying body."""
    defaults = {"asset": PICTURE, "width": 1000, "height": 500, "alt": "Lying down"}
    return Picture(caption=caption, **defaults | values)


def make_cards(count: int = 5, *, pictures: int = 0) -> tuple[ExerciseCard, ...]:
    """Return numbered cards with so many pictures each."""
    shown = tuple(make_picture(f"Pose {i + 1}") for i in range(pictures))
    return tuple(
        make_card(number, name=NAMES[(number - 1) % len(NAMES)], pictures=shown)
        for number in range(1, count + 1)
    )


def make_phase(cards: tuple[ExerciseCard, ...], **values: Any) -> PhasePart:
    """Return one phase."""
    defaults: dict[str, Any] = {
        "number": 1,
        "title": "Calm it down",
        "weeks": 2,
        "criterion": "you can walk for 10 minutes",
        "minutes": 12,
    }
    return PhasePart(cards=cards, **defaults | values)


def make_blocks(text: str) -> tuple[TextBlock, ...]:
    """Return the pieces of a text with the line marks of a clinic's text."""
    kinds = {"#": "heading", "!": "action", "-": "item", ".": "paragraph"}
    return tuple(
        TextBlock(kind=kinds[line[0]], text=line[2:]) for line in text.splitlines()
    )


PAIN_RULE = """# Pain rule
- 0 to 3: Fine. Carry on.
- 4 to 5: Careful. Smaller or fewer.
- 6 to 10: Stop this exercise.
. It should settle by the next morning."""
SAFETY_NET = """# Get emergency help now
! Call 911 now. One sign is enough.
- Numb feeling between your thighs.
- Chest pain.
# Call us
! Call 555-0134 in office hours.
- Pain for more than 4 weeks.
. Most back pain is not serious."""


def make_document(**values: Any) -> HandoutDocument:
    """Return an issued document with five exercises."""
    defaults: dict[str, Any] = {
        "language": "en",
        "clinic": ClinicPart(
            name="Riverside Spine and Rehab",
            address="12 River Street\nSpringfield",
            phone="555-0134",
            emergency_number="911",
        ),
        "patient": PatientPart(
            name="Maria Lopez", date_of_birth="1975-03-04", number="48213"
        ),
        "practitioner": PractitionerPart(name="Dana Ruiz", credential="PT, DPT"),
        "title": "Back spasm, first days",
        "goal": "Get in and out of bed safely.",
        "start_date": "2026-11-23",
        "review_date": "2026-12-07",
        "end_date": "2026-12-20",
        "phases": (make_phase(make_cards()),),
        "pain_rule": make_blocks(PAIN_RULE),
        "safety_net": make_blocks(SAFETY_NET),
        "revision": 3,
        "issued_on": "2026-11-20",
    }
    return HandoutDocument(**defaults | values)


def make_spec(
    *, paper: str = "a4", link: PrintedLink | None = LINK, **document: Any
) -> HandoutSpec:
    """Return a document with print options, link and key."""
    return HandoutSpec(
        document=make_document(**document),
        options=HandoutOptions(paper=paper),
        link=link,
        key="3fa9c1d2" * 8,
    )


def with_patient(name: str) -> HandoutSpec:
    """Return a handout for somebody of this name."""
    spec = make_spec()
    patient = replace(spec.document.patient, name=name)
    return replace(spec, document=replace(spec.document, patient=patient))


def with_pictures(count: int = 2, **values: Any) -> HandoutSpec:
    """Return a handout whose cards have pictures; its assets are ``ASSETS``."""
    return make_spec(phases=(make_phase(make_cards(pictures=count)),), **values)


ASSETS = {PICTURE: SVG}


def text_of(content: bytes) -> str:
    """Return the text of all pages; white space is one space."""
    reader = pypdf.PdfReader(io.BytesIO(content))
    return " ".join(" ".join(p.extract_text() for p in reader.pages).split())
