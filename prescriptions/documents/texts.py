"""Texts of a document: signed texts cut into pieces, and all that is printed."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict

from clinic.models import Clinic
from prescriptions.documents.parts import ExerciseCard, HandoutDocument, TextBlock

KINDS = {"# ": "heading", "! ": "action", "- ": "item"}


def blocks(body: str, clinic: Clinic) -> tuple[TextBlock, ...]:
    """Return the pieces of a clinic text with the clinic's numbers filled in."""
    filled = body.replace("{clinic_phone}", clinic.phone).replace(
        "{emergency_number}", clinic.emergency_number
    )
    return pieces(filled.splitlines())


def pieces(lines: Iterable[str]) -> tuple[TextBlock, ...]:
    """Return a piece for each line that says something, its mark taken off."""
    stripped = (line.strip() for line in lines)
    return tuple(
        TextBlock(kind=KINDS[line[:2]], text=line[2:].strip())
        if line[:2] in KINDS
        else TextBlock(kind="paragraph", text=line)
        for line in stripped
        if line
    )


def printed_texts(document: HandoutDocument) -> Iterator[tuple[str, str]]:
    """Yield every text that is printed, with the pointer of where it is edited."""
    for name in ("clinic", "patient", "practitioner"):
        for field, text in asdict(getattr(document, name)).items():
            yield f"/{name}/{field}", str(text)
    yield "/title", document.title
    yield "/goal", document.goal
    for p, phase in enumerate(document.phases):
        yield f"/phases/{p}/title", phase.title
        yield f"/phases/{p}/criterion", phase.criterion
        for e, card in enumerate(phase.cards):
            yield f"/phases/{p}/exercises/{e}/note", card.note
            yield f"/phases/{p}/exercises/{e}/why", card.why
            yield f"/phases/{p}/exercises/{e}/exercise", _library_text(card)
    for block in (*document.pain_rule, *document.safety_net):
        yield "/clinic/texts", block.text
    for leaflet in document.leaflets:
        parts = [leaflet.title, *(block.text for block in leaflet.blocks)]
        yield "/leaflets", " ".join(parts)


def _library_text(card: ExerciseCard) -> str:
    lists = (card.equipment, card.steps, card.mistakes, card.stop_if, card.precautions)
    texts = [card.name, card.start, card.breathing, card.feel]
    texts += [card.easier, card.harder, card.attribution]
    captions = [picture.caption for picture in card.pictures]
    return " ".join([*texts, *captions, *(text for one in lists for text in one)])
