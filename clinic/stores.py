"""Private files in a folder, each written whole or not at all.

A store of private files is a storage of Django with ``files_below``.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage


class Folder(FileSystemStorage):
    """Files in a folder; a name stands for a whole file from its first moment."""

    def _save(self, name: str, content: "File[bytes]") -> str:
        """Write beside the name, flush to the disk, then move into place."""
        path = Path(self.path(name))
        self._make_folder(path.parent)
        descriptor, beside = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                for chunk in content.chunks():
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            Path(beside).replace(path)
            _flush(path.parent)
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise
        return name

    def _make_folder(self, folder: Path) -> None:
        # mkdir gives its mode to the last folder alone
        missing = [one for one in (folder, *folder.parents) if not one.exists()]
        for one in reversed(missing):
            one.mkdir(mode=self.directory_permissions_mode or 0o700, exist_ok=True)

    def files_below(self, folder: str) -> Iterator[tuple[str, datetime]]:
        """Yield name and time of each file, also of those a crash left half written."""
        for place, _, names in os.walk(self.path(folder)):
            for name in names:
                file = Path(place, name)
                with suppress(FileNotFoundError):  # deleted meanwhile
                    changed = datetime.fromtimestamp(file.stat().st_mtime, UTC)
                    yield file.relative_to(self.location).as_posix(), changed


def _flush(folder: Path) -> None:
    """Have the folder's list of names on the disk too, before a row relies on it."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
