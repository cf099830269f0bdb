"""What deploy/ says, for tests that start the same."""

import configparser
from pathlib import Path

from clinic.local.environment import ROOT

DEPLOY = ROOT / "deploy"
HOME = "/opt/catcamel/current/"


def unit(name: str) -> configparser.ConfigParser:
    """Read a systemd unit."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string((DEPLOY / "systemd" / name).read_text())
    return parser


def services() -> list[Path]:
    """All units that start a process."""
    return sorted((DEPLOY / "systemd").glob("*.service"))


def command_of(name: str, host: str = "test") -> list[str]:
    """Return what the unit starts, with this checkout in the place of the release."""
    words = unit(name)["Service"]["ExecStart"].replace("%h", host).split()
    return [
        str(ROOT / word.removeprefix(HOME)) if word.startswith(HOME) else word
        for word in words
    ]
