"""The version of everything that turns a document into bytes."""

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

from prescriptions.pdf.coverage import FONTS
from prescriptions.pdf.page import TEMPLATES

TOOLS = ("weasyprint", "pydyf", "fonttools", "Pillow", "segno")


@cache
def template_version() -> str:
    """Return a SHA-256 over templates, fonts, this package and the tools' versions."""
    digest = hashlib.sha256()
    folders = (TEMPLATES / "handouts", FONTS, Path(__file__).parent)
    for file in (file for folder in folders for file in sorted(folder.glob("*.*"))):
        digest.update(f"{file.parent.name}/{file.name}\n".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    digest.update("".join(f"{tool} {version(tool)}\n" for tool in TOOLS).encode())
    return digest.hexdigest()
