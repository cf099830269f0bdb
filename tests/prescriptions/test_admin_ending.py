"""Programs that end soon: in the list and on the first page."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.models import Membership
from prescriptions.models import Program
from tests import factories

LIST = reverse("admin:prescriptions_program_changelist")
pytestmark = pytest.mark.django_db


def ending(by: Membership, title: str, *, days: int, status: str = "active") -> Program:
    """Return a program with its last day so many days ahead."""
    last = timezone.localdate() + timedelta(days=days)
    return factories.make_program(
        by=by, exercises=0, title=title, end_date=last, status=status
    )


@pytest.fixture
def client(practitioner: Membership) -> Client:
    """A practitioner's browser, in a clinic with programs that end or do not."""
    ending(practitioner, "Ends on Friday", days=3)
    ending(practitioner, "Ends next month", days=30)
    ending(practitioner, "Closed already", days=3, status="ended")
    client = Client()
    client.force_login(practitioner.practitioner)
    return client


def test_the_filter_shows_active_programs_that_end_within_a_week(
    client: Client,
) -> None:
    page = client.get(LIST, {"status": "soon"})
    assert [row.title for row in page.context["cl"].result_list] == ["Ends on Friday"]


def test_the_first_page_shows_them_too(client: Client) -> None:
    page = client.get("/admin/")
    assert [row.title for row in page.context["ending"]] == ["Ends on Friday"]
    assert "Ending this week" in page.content.decode()


def test_another_clinics_programs_are_not_shown(
    client: Client, outsider: Membership
) -> None:
    client.force_login(outsider.practitioner)
    assert client.get("/admin/").context["ending"] == []
