"""The PDF as an HTTP answer: nothing personal, nothing kept, nothing executed."""

import io
from uuid import UUID

import pytest
from csp.middleware import CSPMiddleware
from django.http import HttpRequest
from django.test import RequestFactory

from prescriptions.downloads import pdf_response
from prescriptions.models import Handout

PDF = b"%PDF-1.7 example"


@pytest.fixture
def handout() -> Handout:
    return Handout(pk=UUID("0123456789abcdef0123456789abcdef"))


@pytest.mark.requirement("P5")
@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Content-Type", "application/pdf"),
        ("Content-Length", str(len(PDF))),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("X-Robots-Tag", "noindex"),
    ],
)
def test_the_answer_carries_the_header(handout, header, value):
    assert pdf_response(handout, io.BytesIO(PDF), inline=True)[header] == value


@pytest.mark.requirement("P3")
def test_a_shown_file_has_an_impersonal_ascii_name(handout):
    response = pdf_response(handout, io.BytesIO(PDF), inline=True)
    expected = 'inline; filename="home-program-01234567.pdf"'
    assert response["Content-Disposition"] == expected


def test_a_saved_file_is_an_attachment(handout):
    response = pdf_response(handout, io.BytesIO(PDF), inline=False)
    expected = 'attachment; filename="home-program-01234567.pdf"'
    assert response["Content-Disposition"] == expected


def test_the_bytes_arrive_unchanged(handout):
    response = pdf_response(handout, io.BytesIO(PDF), inline=False)
    assert b"".join(response.streaming_content) == PDF


@pytest.mark.requirement("P5")
def test_a_viewer_may_run_nothing_of_the_file(handout):
    def answer(request: HttpRequest):
        return pdf_response(handout, io.BytesIO(PDF), inline=True)

    response = CSPMiddleware(answer)(RequestFactory().get("/"))
    policy = set(response["Content-Security-Policy"].split("; "))
    assert policy == {"sandbox", "frame-ancestors 'none'"}
