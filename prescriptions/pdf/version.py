"""The version of everything that turns a document into bytes."""

import ctypes
import hashlib
import sys
import zlib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path

from prescriptions import documents
from prescriptions.pdf.coverage import FONTS
from prescriptions.pdf.templates import TEMPLATES

TOOLS = ("weasyprint", "pydyf", "fonttools", "Pillow", "segno", "Django")
CATALOGS = TEMPLATES.parent / "locale"


@cache
def template_version() -> str:
    """Return a SHA-256 over templates, catalogs, fonts, this code and its tools."""
    digest = hashlib.sha256()
    for file in _files():
        digest.update(f"{file.parent.name}/{file.name}\n".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    digest.update("".join(f"{tool} {version(tool)}\n" for tool in TOOLS).encode())
    digest.update("\n".join(_libraries()).encode())
    return digest.hexdigest()


def _files() -> Iterator[Path]:
    code = (Path(documents.__file__).parent, Path(__file__).parent)
    for folder in (TEMPLATES / "handouts", FONTS, *code):
        yield from sorted(folder.glob("*.*"))
    yield from sorted(CATALOGS.glob("*/LC_MESSAGES/*.po"))


def _libraries() -> Iterator[str]:
    """Yield the versions of what shapes, packs and runs, as far as they are told."""
    yield f"python {sys.version_info.major}.{sys.version_info.minor}"
    yield f"zlib {zlib.ZLIB_RUNTIME_VERSION}"
    yield f"pango {_told('libpango-1.0.so.0', 'pango_version_string')}"
    yield f"harfbuzz {_told('libharfbuzz.so.0', 'hb_version_string')}"


def _told(library: str, name: str) -> str:
    try:
        function = getattr(ctypes.CDLL(library), name)
    except (OSError, AttributeError):
        return ""  # named otherwise on this system
    function.restype = ctypes.c_char_p
    return bytes(function()).decode()
