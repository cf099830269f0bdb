"""The logo of a clinic."""

from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from clinic.admin import logo
from clinic.models import Clinic, Membership
from tests import factories

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def picture(size: tuple[int, int] = (1200, 600), kind: str = "JPEG") -> bytes:
    file = BytesIO()
    Image.new("RGB", size, "teal").save(file, format=kind)
    return file.getvalue()


def upload(client: Client, clinic: Clinic, content: bytes, name: str) -> Any:
    """Send the form as it stands, with a logo."""
    address = reverse("admin:clinic_clinic_change", args=[clinic.pk])
    form = client.get(address).context["adminform"].form
    shown = {name: form[name].value() for name in form.fields}
    sent = {name: value for name, value in shown.items() if value is not None}
    sent |= {"new_logo": SimpleUploadedFile(name, content)}
    return client.post(address, sent)


@pytest.fixture
def client(clinic: Clinic) -> Client:
    owner = factories.make_membership(clinic=clinic, role=Membership.Role.OWNER)
    client = Client()
    client.force_login(owner.practitioner)
    return client


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_logo_becomes_a_small_png(client: Client, clinic: Clinic, kind: str) -> None:
    upload(client, clinic, picture(kind=kind), "whatever.exe")
    answer = client.get(reverse("admin:clinic_clinic_logo", args=[clinic.pk]))
    with Image.open(BytesIO(answer.content)) as shown:
        assert (shown.format, shown.size) == ("PNG", (800, 400))
    assert answer["Content-Type"] == "image/png"


@pytest.mark.requirement("I5")
@pytest.mark.parametrize(
    ("content", "told"),
    [
        (SVG, "This is no PNG, JPEG or WEBP picture."),
        (picture(kind="GIF"), "This is no PNG, JPEG or WEBP picture."),
        (picture()[:200], "This is no PNG, JPEG or WEBP picture."),
        (b"\0" * 2_000_001, "This file is larger than 2 MB."),
        (picture(size=(5000, 4001), kind="PNG"), "This picture has too many pixels."),
    ],
)
def test_anything_else_is_refused_at_the_field(
    client: Client, clinic: Clinic, content: bytes, told: str
) -> None:
    answer = upload(client, clinic, content, "logo.png")
    assert answer.context["adminform"].form.errors["new_logo"] == [told]
    clinic.refresh_from_db()
    assert clinic.logo == ""


@pytest.mark.requirement("I4")
def test_nothing_around_the_picture_is_kept(clinic: Clinic) -> None:
    file = BytesIO()
    exif = Image.Exif()
    exif[270] = "Patient Anna"
    Image.new("RGB", (10, 10)).save(file, format="JPEG", exif=exif)
    made = logo.as_png(SimpleUploadedFile("a.jpg", file.getvalue()))
    assert b"Anna" not in made
