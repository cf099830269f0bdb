"""What a handout says: database-free documents, composed from a program.

One direction inside: ``compose`` on ``cards`` and ``texts``, they and ``options`` on
``storing`` and ``parts``.
"""

from prescriptions.documents.cards import picture_of
from prescriptions.documents.compose import (
    NOT_EXERCISES,
    clinic_part,
    compose,
    language_of,
    news_since,
)
from prescriptions.documents.differences import Difference, differences, news_of
from prescriptions.documents.options import (
    CHOICES,
    OPTION_NAMES,
    PARTS,
    Color,
    HandoutOptions,
    HandoutSpec,
    Layout,
    PrintedLink,
    Size,
    UnknownOptionError,
    default_options,
    options_from,
    usual_options,
)
from prescriptions.documents.parts import (
    LANGUAGE,
    SCHEMA,
    ClinicPart,
    ExerciseCard,
    HandoutDocument,
    LeafletPart,
    NewsLine,
    NewsPart,
    PatientPart,
    PhasePart,
    Picture,
    PractitionerPart,
    TextBlock,
)
from prescriptions.documents.storing import (
    UnknownSchemaError,
    content_digest,
    digest,
    from_json,
    issued,
    to_json,
)
from prescriptions.documents.texts import blocks, printed_texts

__all__ = [
    "CHOICES",
    "LANGUAGE",
    "NOT_EXERCISES",
    "OPTION_NAMES",
    "PARTS",
    "SCHEMA",
    "ClinicPart",
    "Color",
    "Difference",
    "ExerciseCard",
    "HandoutDocument",
    "HandoutOptions",
    "HandoutSpec",
    "Layout",
    "LeafletPart",
    "NewsLine",
    "NewsPart",
    "PatientPart",
    "PhasePart",
    "Picture",
    "PractitionerPart",
    "PrintedLink",
    "Size",
    "TextBlock",
    "UnknownOptionError",
    "UnknownSchemaError",
    "blocks",
    "clinic_part",
    "compose",
    "content_digest",
    "default_options",
    "differences",
    "digest",
    "from_json",
    "issued",
    "language_of",
    "news_of",
    "news_since",
    "options_from",
    "picture_of",
    "printed_texts",
    "to_json",
    "usual_options",
]
