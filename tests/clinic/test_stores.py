"""Private files: whole or not at all, in a folder and in a bucket."""

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage

from clinic import assets
from clinic.bucket import Bucket
from clinic.stores import Folder
from tests.services.s3 import BUCKET, KEY, SECRET, ObjectStore, object_store


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(
        location=tmp_path / "files",
        allow_overwrite=True,
        file_permissions_mode=0o600,
        directory_permissions_mode=0o700,
    )


class FullDisk(ContentFile):
    """Content that the disk takes half of."""

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        yield b"half"
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_leaves_no_half_file(folder: Folder) -> None:
    with pytest.raises(OSError, match="No space"):
        folder.save("handouts/one/a.pdf", FullDisk(b""))
    assert not list(folder.files_below("handouts"))
    assert not list(Path(folder.path("handouts/one")).iterdir())


@pytest.mark.requirement("P6")
def test_files_and_folders_are_private(folder: Folder) -> None:
    folder.save("handouts/one/a.pdf", ContentFile(b"a"))
    file = Path(folder.path("handouts/one/a.pdf"))
    assert oct(file.stat().st_mode)[-3:] == "600"
    modes = [oct(one.stat().st_mode)[-3:] for one in list(file.parents)[:3]]
    assert modes == ["700"] * 3


def test_writing_twice_keeps_one_file(folder: Folder) -> None:
    for content in (b"first", b"second"):
        folder.save("a.pdf", ContentFile(content))
    with folder.open("a.pdf") as file:
        assert file.read() == b"second"
    assert [name for name, _ in folder.files_below("")] == ["a.pdf"]


def test_what_a_crash_left_half_written_is_listed(folder: Folder) -> None:
    folder.save("handouts/one/a.pdf", ContentFile(b"a"))
    Path(folder.path("handouts/one/.new-b")).write_bytes(b"ha")
    names = sorted(name for name, _ in folder.files_below("handouts"))
    assert names == ["handouts/one/.new-b", "handouts/one/a.pdf"]


def test_a_folder_that_is_not_there_holds_nothing(folder: Folder) -> None:
    assert not list(folder.files_below("handouts"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    with object_store(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def bucket(server: ObjectStore) -> Bucket:
    return Bucket(
        bucket_name=BUCKET,
        endpoint_url=server.address,
        region_name="us-east-1",
        access_key=KEY,
        secret_key=SECRET,
        default_acl=None,
        file_overwrite=True,
    )


@pytest.mark.services
@pytest.mark.slow
def test_a_bucket_keeps_what_a_folder_keeps(bucket: Bucket) -> None:
    bucket.save("handouts/one/a.pdf", ContentFile(b"a"))
    assert bucket.open("handouts/one/a.pdf").read() == b"a"
    for folder in ("handouts", ""):
        names = [name for name, _ in bucket.files_below(folder)]
        assert names == ["handouts/one/a.pdf"]
    bucket.delete("handouts/one/a.pdf")
    assert not bucket.exists("handouts/one/a.pdf")


@pytest.mark.services
@pytest.mark.slow
def test_a_missing_object_is_a_missing_file(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets, "default_storage", bucket)
    with pytest.raises(assets.StoredFileError):
        assets.read_asset("0" * 64 + ".png")


def test_a_store_that_does_not_answer_is_an_error_of_the_system() -> None:
    nowhere: Storage = Bucket(
        bucket_name=BUCKET,
        endpoint_url="http://127.0.0.1:9",
        region_name="us-east-1",
        access_key=KEY,
        secret_key=SECRET,
    )
    with pytest.raises(OSError, match="EndpointConnectionError"):
        nowhere.save("a.pdf", File(ContentFile(b"a")))
