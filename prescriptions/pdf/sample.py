"""A made-up handout with one part of each kind: printing it loads all that prints."""

from prescriptions.documents import (
    LANGUAGE,
    ClinicPart,
    ExerciseCard,
    HandoutDocument,
    HandoutOptions,
    HandoutSpec,
    LeafletPart,
    PatientPart,
    PhasePart,
    Picture,
    PractitionerPart,
    PrintedLink,
    TextBlock,
)
from prescriptions.pdf.replay import SAMPLE

ASSET = "sample.svg"
ASSETS = {ASSET: SAMPLE}
TEXT = tuple(
    TextBlock(kind=kind, text="Sample")
    for kind in ("heading", "action", "item", "paragraph")
)
CARD = ExerciseCard(
    number=1,
    slug="sample",
    version=1,
    name="Sample",
    equipment=("mat",),
    dosage=("Do it 8\u00a0times.", "Once a day."),
    start="Lie down.",
    steps=("Lift.", "Lower."),
    breathing="Breathe out.",
    feel="A stretch.",
    mistakes=("holding your breath",),
    stop_if=("it hurts",),
    precautions=("knee pain",),
    note="Slowly.",
    pictures=(Picture(asset=ASSET, width=40, height=20, alt="Line", caption="Line"),),
)
PHASE = PhasePart(
    number=1, title="First", weeks=2, criterion="it is easy", minutes=5, cards=(CARD,)
)
DOCUMENT = HandoutDocument(
    language=LANGUAGE,
    clinic=ClinicPart(name="Clinic", address="", phone="1", emergency_number="1"),
    patient=PatientPart(name="Sample", date_of_birth="1980-05-17", number="1"),
    practitioner=PractitionerPart(name="Sample", credential="DC"),
    title="Sample",
    goal="Walk.",
    start_date="2026-01-05",
    review_date="2026-01-19",
    end_date="2026-01-31",
    phases=(PHASE,),
    pain_rule=TEXT,
    safety_net=TEXT,
    leaflets=(LeafletPart(slug="sample", title="Sample", blocks=TEXT),),
    revision=1,
    issued_on="2026-01-05",
)
LINK = PrintedLink(
    url="https://clinic.example/p/1",
    short_url="clinic.example/p",
    code="k7wd-4mxp",
    expires_on="2026-02-14",
)
SPEC = HandoutSpec(document=DOCUMENT, options=HandoutOptions(), link=LINK, key="0" * 64)
