"""Private files in a bucket of an S3-compatible service.

Loaded only where one is configured: its client library takes 0.2 s to import. What
goes wrong is an ``OSError``, as with a folder.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import ContentFile, File
from storages.backends.s3 import S3Storage


@contextmanager
def _as_os_error() -> Iterator[None]:
    """Turn what the client library raises into what a full disk would raise."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        # Its own words may hold an address with a signature.
        raise OSError(
            f"The object store answered with {type(error).__name__}."
        ) from None


BOUNDED = Config(
    signature_version="s3v4",
    s3={"addressing_style": "path"},
    connect_timeout=3,
    read_timeout=10,
    retries={"mode": "standard", "total_max_attempts": 2},
)


class Bucket(S3Storage):  # type: ignore[misc] # django-storages has no types
    """Files in a bucket; read at once, so that no error comes late.

    The limits of one call together stay below a worker's lease.
    """

    def get_default_settings(self) -> dict[str, Any]:
        """Return the defaults, with bounds on every call."""
        return {**super().get_default_settings(), "client_config": BOUNDED}

    def _open(self, name: str, mode: str = "rb") -> "File[bytes]":
        with _as_os_error():
            file = super()._open(name, mode)
            with file:
                return ContentFile(file.read(), name=name)

    def _save(self, name: str, content: "File[bytes]") -> str:
        return str(self._told(super()._save, name, content))

    def exists(self, name: str) -> bool:
        """Tell whether there is such a file."""
        return bool(self._told(super().exists, name))

    def delete(self, name: str) -> None:
        """Remove a file; one that is already gone is no error."""
        self._told(super().delete, name)

    def files_below(self, folder: str) -> Iterator[tuple[str, datetime]]:
        """Yield name and time of each file, a thousand with each call."""
        prefix = f"{folder}/" if folder else ""
        with _as_os_error():
            for item in self.bucket.objects.filter(Prefix=prefix):
                yield item.key, item.last_modified

    def _told(self, work: Callable[..., Any], *arguments: Any) -> Any:
        with _as_os_error():
            return work(*arguments)
