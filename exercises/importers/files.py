"""The files given to an importer: a folder, one file of it, or a ZIP.

Names are relative, with slashes. Nothing outside is ever read: no absolute name, no
``..``, no link that leads out; a ZIP is bounded in entries and unpacked bytes.
"""

import os
import stat
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from exercises.importers.shape import FileError

MOST_DATA = 32_000_000
MOST_NAMES = 20_000
MOST_UNPACKED = 500_000_000
# Text shrinks to a tenth, pictures hardly; what shrinks more is made to burst
MOST_RATIO = 200
SMALL = 1_000_000
KINDS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


def is_inside(name: str) -> bool:
    """Tell whether a name stays below the folder it is read from."""
    parts = PurePosixPath(name).parts
    is_odd = "\\" in name or "\0" in name or ":" in name.split("/")[0]
    return bool(parts) and not is_odd and parts[0] != "/" and ".." not in parts


class Files(ABC):
    """Files to read, and the one that was named when it is just one."""

    main = ""

    def close(self) -> None:
        """Let go of what is held open; most hold nothing."""
        return

    @abstractmethod
    def names(self) -> Sequence[str]:
        """Return the names of all files."""

    @abstractmethod
    def content(self, name: str, most: int) -> bytes:
        """Return the bytes of a file that ``names`` has; at most ``most`` and one."""

    def read(self, name: str, most: int = MOST_DATA) -> bytes:
        """Return the bytes of a file; raise FileError when it cannot be had."""
        if not is_inside(name):
            raise FileError(f"“{name[:100]}” leads out of the folder.")
        content = self.content(name, most)
        if len(content) > most:
            raise FileError(f"{name[:100]} is larger than {most // 1_000_000} MB.")
        return content

    def find(self, *wished: str) -> str:
        """Return the first file that is, or ends in, one of these names; or nothing."""
        known = self.names()
        for wish in wished:
            if not is_inside(wish):
                continue
            ends = [name for name in known if f"/{name}".endswith(f"/{wish}")]
            if ends:
                return min(ends, key=len)
        return ""

    def data_files(self, ending: str) -> list[str]:
        """Return the named file, or all files with this ending, in order."""
        if self.main:
            return [self.main]
        return sorted(name for name in self.names() if name.lower().endswith(ending))


class FolderFiles(Files):
    """Files below a folder of the system."""

    def __init__(self, root: Path, main: str = "") -> None:
        self._root, self.main = root.resolve(), main
        self._names: list[str] | None = None

    def names(self) -> Sequence[str]:
        """Return the names of all files, hidden ones left out."""
        if self._names is None:
            self._names = sorted(self._walk())
        return self._names

    def _walk(self) -> list[str]:
        found: list[str] = []
        for place, folders, names in os.walk(self._root):
            folders[:] = [one for one in folders if not one.startswith(".")]
            shown = [Path(place, one) for one in names if not one.startswith(".")]
            found += [one.relative_to(self._root).as_posix() for one in shown]
            if len(found) > MOST_NAMES:
                raise FileError(f"More than {MOST_NAMES:,} files in this folder.")
        return found

    def content(self, name: str, most: int) -> bytes:
        """Return the bytes of a regular file that lies below the folder."""
        try:
            path = (self._root / name).resolve(strict=True)
            if not path.is_relative_to(self._root):
                raise FileError(f"{name[:100]} is a link that leads out of the folder.")
            if not path.is_file():
                raise FileError(f"{name[:100]} is no file.")
            with path.open("rb") as file:
                return file.read(most + 1)
        except (OSError, ValueError, RuntimeError) as error:
            raise FileError(f"{name[:100]} cannot be read.") from error


class OneFile(Files):
    """A file alone, without any beside it."""

    main = "file"

    def __init__(self, content: bytes) -> None:
        self._content = content

    def names(self) -> Sequence[str]:
        """Return its name."""
        return [self.main]

    def content(self, name: str, most: int) -> bytes:
        """Return its bytes; of no other file."""
        if name != self.main:
            raise FileError(f"{name[:100]} was not uploaded.")
        return self._content[: most + 1]


class ZipFiles(Files):
    """Files of a ZIP, unpacked in memory one at a time."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        try:
            self._zip = zipfile.ZipFile(stream)
        except (*BROKEN, OSError, ValueError) as error:
            raise FileError("This is no ZIP file, or a broken one.") from error
        self._entries = {one.filename: one for one in self._zip.infolist()}
        self._check()

    def close(self) -> None:
        """Close the ZIP and its file."""
        self._zip.close()
        self._stream.close()

    def _check(self) -> None:
        if len(self._zip.infolist()) > MOST_NAMES:
            raise FileError(f"More than {MOST_NAMES:,} files in this ZIP.")
        if len(self._entries) < len(self._zip.infolist()):
            raise FileError("A file stands twice in this ZIP.")
        if sum(one.file_size for one in self._entries.values()) > MOST_UNPACKED:
            most = MOST_UNPACKED // 1_000_000
            raise FileError(f"This ZIP holds more than {most} MB.")
        for entry in self._entries.values():
            if fault := _fault(entry):
                raise FileError(f"{entry.filename[:100]} in this ZIP {fault}.")

    def names(self) -> Sequence[str]:
        """Return the names of all files, those of systems left out."""
        return [
            name
            for name, entry in self._entries.items()
            if not entry.is_dir() and not name.startswith((".", "__MACOSX/"))
        ]

    def content(self, name: str, most: int) -> bytes:
        """Return the unpacked bytes, never more than asked for."""
        entry = self._entries.get(name)
        if entry is None:
            raise FileError(f"{name[:100]} is not in the ZIP.")
        try:
            with self._zip.open(entry) as file:
                return file.read(most + 1)
        except (*BROKEN, OSError, ValueError) as error:
            raise FileError(f"{name[:100]} in this ZIP is broken.") from error


def _fault(entry: zipfile.ZipInfo) -> str:
    if not is_inside(entry.filename):
        return "leads out of the folder"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "is a link"
    if entry.flag_bits & 1:
        return "is locked with a password"
    if entry.compress_type not in KINDS:
        return "is packed in a way that is not known here"
    if entry.file_size > SMALL and entry.file_size > MOST_RATIO * entry.compress_size:
        return "is packed to burst"
    return ""


def files_at(path: Path) -> Files:
    """Return the files of a folder, of a ZIP, or one file with what lies beside it."""
    if path.is_dir():
        return FolderFiles(path)
    if not path.is_file():
        raise FileError(f"There is no file or folder {path}.")
    if path.suffix.lower() == ".zip":
        return ZipFiles(path.open("rb"))
    return FolderFiles(path.parent, main=path.name)
