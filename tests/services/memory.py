"""Private files in memory, as those in a folder or a bucket."""

from collections.abc import Iterator
from datetime import datetime

from django.core.files.storage import InMemoryStorage


class Memory(InMemoryStorage):
    """Django's storage in memory, with the list that a store of private files has."""

    def files_below(self, folder: str) -> Iterator[tuple[str, datetime]]:
        """Yield name and time of each file."""
        if not self.exists(folder):
            return
        folders, files = self.listdir(folder)
        for name in files:
            path = f"{folder}/{name}".lstrip("/")
            yield path, self.get_modified_time(path)
        for name in folders:
            yield from self.files_below(f"{folder}/{name}".lstrip("/"))
