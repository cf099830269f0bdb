"""An S3-compatible server on loopback."""

import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import boto3

from clinic.local.redis_server import attempts
from tests.services.processes import ServiceProcess

BUCKET, KEY, SECRET = "handouts", "test-key", "test-secret-of-loopback"


@dataclass(frozen=True)
class ObjectStore:
    """A running server with an empty bucket; what it holds is gone with it."""

    process: ServiceProcess
    address: str

    @property
    def environment(self) -> dict[str, str]:
        """Settings that put an installation's files into the bucket."""
        return {
            "S3_BUCKET": BUCKET,
            "S3_ENDPOINT_URL": self.address,
            "S3_ACCESS_KEY_ID": KEY,
            "S3_SECRET_ACCESS_KEY": SECRET,
        }


@contextmanager
def object_store(folder: Path) -> Iterator[ObjectStore]:
    """Start a server on a free port, with one bucket."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    address = f"http://127.0.0.1:{port}"
    process = ServiceProcess("s3", command, environment={}, logs=folder)
    with process:
        assert any(answers(address) for _ in attempts(20, pause=0.1)), process.output()
        client = boto3.client(
            "s3",
            endpoint_url=address,
            region_name="us-east-1",
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
        )
        client.create_bucket(Bucket=BUCKET)
        yield ObjectStore(process, address)


def answers(address: str) -> bool:
    """Whether the server takes requests."""
    try:
        urllib.request.urlopen(address, timeout=1)  # noqa: S310 (loopback)
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True
