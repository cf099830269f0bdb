"""Small files in the formats of other projects; texts and pictures are invented."""

import io
import json
import zipfile
from typing import Any

from PIL import Image

FREE = [
    {
        "name": "Wall Slide's Friend",
        "force": None,
        "level": "beginner",
        "mechanic": None,
        "equipment": "body only",
        "primaryMuscles": ["shoulders"],
        "secondaryMuscles": ["middle back"],
        "instructions": [
            "Stand with your back to a wall. This will be your starting position.",
            "  ",
            "Slide both arms up.\r\nAvoid this with a sore shoulder.",
            "Tip: breathe out.",
        ],
        "category": "stretching",
        "images": ["Wall_Slide/0.jpg", "Wall_Slide/1.jpg"],
        "id": "Wall_Slide",
    },
    {
        "name": "Sled Push",
        "force": "push",
        "level": "expert",
        "mechanic": "compound",
        "equipment": "moon sled",
        "primaryMuscles": ["quadriceps", "flux muscle"],
        "secondaryMuscles": [],
        "instructions": [],
        "category": "strongman",
        "images": [],
        "id": "Sled_Push",
    },
]
LICENCE = {"id": 2, "short_name": "CC-BY-SA 4", "full_name": "", "url": ""}


def _translation(number: int, language: int, name: str, **values: Any) -> Any:
    return {
        "id": number,
        "uuid": f"t{number}",
        "name": name,
        "description": "<p>Kneel down.</p><ul><li>Round <b>up</b>.</li></ul>",
        "created": "2026-01-01",
        "language": language,
        "aliases": [{"id": 1, "uuid": "a", "alias": f"{name} too"}],
        "notes": [],
        "license": LICENCE["id"],
        "license_author": "Kim",
        **values,
    }


WGER = {
    "count": 1,
    "next": None,
    "previous": None,
    "results": [
        {
            "id": 345,
            "uuid": "1b020b3a-3732-4c7e-92fd-a0cec90ed69b",
            "category": {"id": 10, "name": "Back"},
            "muscles": [{"id": 1, "name": "Erector spinae", "name_en": ""}],
            "muscles_secondary": [],
            "equipment": [{"id": 4, "name": "Gym mat"}],
            "license": LICENCE,
            "license_author": "Kim",
            "images": [],
            "videos": [],
            "translations": [
                _translation(7, 2, "Cow and cat"),
                _translation(8, 4, "Vaca y gato"),
                _translation(9, 987, "Qwerty"),
            ],
        }
    ],
}
EVERKINETIC = [
    {
        "id": "0007",
        "name": "side-plank",
        "title": "Side plank there",
        "primer": "",
        "type": "isometric,compound",
        "primary": ["erector spinae"],
        "secondary": ["bicpes"],
        "equipment": ["swiss ball"],
        "steps": ["Lie on your side.", "Lift your hips."],
        "tips": ["Do not hold your breath."],
        "references": [],
        "svg": ["svg/0007-relaxation.svg"],
        "png": ["png/0007-relaxation.png", "png/0007-tension.png"],
    }
]
CSV = (
    "id;name;language;category;steps;sets;repetitions;times_per_day;muscles\n"
    "1;Heel raise;en;strength;Stand tall.|Rise onto your toes.;2;8-12;1;soleus\n"
    "1;Talones arriba;es;;Póngase de pie.|Suba sobre las puntas.;;;;\n"
)


def photo(kind: str = "JPEG") -> bytes:
    stream = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(stream, format=kind)
    return stream.getvalue()


def packed(files: dict[str, bytes]) -> bytes:
    """Return a ZIP of files by name."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in files.items():
            bundle.writestr(name, content)
    return stream.getvalue()


def as_bytes(data: Any) -> bytes:
    return json.dumps(data).encode()


FILES: dict[str, bytes] = {
    "free-exercise-db": packed(
        {
            "repo/dist/exercises.json": as_bytes(FREE),
            "repo/exercises/Wall_Slide/0.jpg": photo(),
        }
    ),
    "wger": as_bytes(WGER),
    "everkinetic": packed(
        {
            "dist/exercises.json": as_bytes(EVERKINETIC),
            "dist/png/0007-relaxation.png": photo("PNG"),
        }
    ),
    "csv": CSV.encode(),
}
