"""Patient links: addresses, codes, expiry, and five tries however they come."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.db import connection, connections
from django.utils import timezone

from clinic.models import AuditEvent
from prescriptions import links
from prescriptions.models import PatientLink, Program
from prescriptions.models.link import MAX_WRONG_TRIES
from tests.factories import make_patient, make_program

pytestmark = pytest.mark.each_database

RIGHT = date(1980, 5, 17)
WRONG = date(1980, 5, 18)


@pytest.fixture
def link(program: Program) -> PatientLink:
    return links.printed_link(program)


def stored(link: PatientLink) -> PatientLink:
    return PatientLink.objects.unscoped().get(pk=link.pk)


def change(link: PatientLink, **values: object) -> None:
    PatientLink.objects.unscoped().filter(pk=link.pk).update(**values)


def actions(link: PatientLink) -> list[str]:
    events = AuditEvent.objects.of_clinic(link.clinic_id).filter(target_id=link.pk)
    return list(events.order_by("at").values_list("action", flat=True))


def lock(link: PatientLink) -> None:
    for _ in range(MAX_WRONG_TRIES):
        links.try_birth_date(link, WRONG)


def test_a_token_finds_its_link(link):
    assert links.find(links.token_of(link)) == link


def test_the_address_is_short_enough_for_a_coarse_qr_code(link):
    assert len(links.token_of(link)) == 43
    assert links.url_of(link) == f"http://testserver/l/{links.token_of(link)}"


@pytest.mark.requirement("P1")
def test_the_stored_row_does_not_yield_the_token(link, settings):
    token = links.token_of(link)
    settings.LINK_KEY = "another key, as whoever has only the database would have"
    assert links.token_of(stored(link)) != token
    assert token not in [str(value) for value in vars(stored(link)).values()]


@pytest.mark.requirement("P1")
def test_a_token_of_another_key_finds_nothing(link, settings):
    token, code = links.token_of(link), links.code_of(link)
    settings.LINK_KEY = "another key"
    assert links.find(token) is None
    assert links.find_by_code(code) is None


@pytest.mark.parametrize(
    "token", ["", "x", "=", "ä", "A" * 43, "A" * 9000, "\0", "%00"]
)
def test_a_malformed_token_finds_nothing(db, token):
    assert links.find(token) is None


@pytest.mark.requirement("P1")
def test_a_token_with_one_changed_character_finds_nothing(link):
    token = links.token_of(link)
    for place in (0, 20, 30, 42):
        other = "A" if token[place] != "A" else "B"
        assert links.find(token[:place] + other + token[place + 1 :]) is None


def test_another_spelling_of_the_same_bytes_finds_nothing(link):
    assert links.find(links.token_of(link) + "=") is None


def test_token_and_code_are_the_same_whenever_they_are_printed(link):
    assert links.token_of(stored(link)) == links.token_of(link)
    assert links.code_of(stored(link)) == links.code_of(link)


@pytest.mark.requirement("P1")
def test_a_code_has_ten_characters_that_cannot_be_mistaken(link):
    code = links.code_of(link)
    assert len(code) == 10
    assert not set(code) & set("0O1lI")


def test_a_code_is_found_in_any_case_with_spaces_and_hyphens(link):
    code = links.code_of(link).lower()
    assert links.find_by_code(f" {code[:5]}-{code[5:]} ") == link


@pytest.mark.parametrize("code", ["", "ABCDEFGHJK", "ä", "A" * 9000, "\0"])
def test_an_unknown_code_finds_nothing(link, code):
    assert links.find_by_code(code) is None


@pytest.mark.requirement("P1")
@pytest.mark.parametrize(
    "column", ["revoked_at", "locked_at", "expires_at", "wrong_tries"]
)
def test_only_a_live_link_is_found(link, column):
    change(link, **{column: MAX_WRONG_TRIES if "tries" in column else timezone.now()})
    assert links.find(links.token_of(link)) is None
    assert links.find_by_code(links.code_of(link)) is None


def test_the_printed_link_stays_the_same_while_it_lives(program, link):
    assert links.printed_link(program) == link


def test_a_later_review_renews_the_printed_link(program, link):
    program.review_date += timedelta(days=30)
    assert links.printed_link(program) == link
    assert stored(link).expires_at == links.expiry(program)


def test_a_locked_printed_link_is_replaced(program, link):
    lock(link)
    fresh = links.printed_link(program)
    assert links.find(links.token_of(fresh)) == fresh
    assert stored(link).revoked_at


def test_an_expired_printed_link_is_replaced(program, link):
    # SQLite's own clock tells milliseconds, Python's tells more.
    change(link, expires_at=timezone.now() - timedelta(seconds=1))
    assert links.printed_link(program) != link


def test_a_revoked_printed_link_is_replaced(program, link):
    change(link, revoked_at=timezone.now())
    assert links.printed_link(program) != link


def test_a_link_sent_by_mail_is_not_the_printed_one(program, link):
    sent = links.create(
        program, kind=PatientLink.Kind.SENT, expires_at=links.expiry(program)
    )
    assert links.printed_link(program) == link != sent


@pytest.mark.requirement("P1")
@time_machine.travel("2030-01-01 12:00", tick=False)
def test_a_printed_link_lasts_two_weeks_beyond_the_end_in_the_clinics_zone(program):
    program.end_date = date(2030, 3, 1)
    assert links.expiry(program) == datetime(2030, 3, 15, 22, 59, 59, tzinfo=UTC)


@time_machine.travel("2030-01-01 12:00", tick=False)
def test_without_an_end_the_review_counts(program):
    program.end_date, program.review_date = None, date(2030, 1, 10)
    assert links.expiry(program).date() == date(2030, 1, 24)


@time_machine.travel("2030-01-01 12:00", tick=False)
def test_an_overdue_program_gets_two_weeks_from_today(program):
    program.end_date = date(2029, 6, 1)
    assert links.expiry(program).date() == date(2030, 1, 15)


def test_a_right_birth_date_opens_and_forgets_the_wrong_tries(link):
    links.try_birth_date(link, WRONG)
    assert links.try_birth_date(link, RIGHT).opened
    assert stored(link).wrong_tries == 0
    assert stored(link).last_opened_at


@pytest.mark.requirement("P2")
def test_each_wrong_birth_date_leaves_one_try_less(link):
    left = [links.try_birth_date(link, WRONG).tries_left for _ in range(5)]
    assert left == [4, 3, 2, 1, 0]


def test_the_fifth_try_may_still_be_the_right_one(link):
    for _ in range(MAX_WRONG_TRIES - 1):
        links.try_birth_date(link, WRONG)
    assert links.try_birth_date(link, RIGHT).opened


@pytest.mark.requirement("P2")
def test_a_right_answer_after_the_lock_is_refused(link):
    lock(link)
    answer = links.try_birth_date(link, RIGHT)
    assert (answer.opened, answer.tries_left) == (False, 0)
    assert stored(link).last_opened_at is None


def test_a_right_answer_to_a_link_revoked_meanwhile_is_refused(link):
    change(link, revoked_at=timezone.now())
    assert not links.try_birth_date(link, RIGHT).opened


def test_a_link_locked_while_the_right_answer_is_compared_stays_closed(link):
    assert PatientLink.objects.count_try(link)
    change(link, locked_at=timezone.now())
    assert not PatientLink.objects.opened(link)


@pytest.mark.requirement("P8")
def test_every_try_is_in_the_audit_trail(link):
    lock(link)
    links.try_birth_date(link, RIGHT)
    assert actions(link) == ["link.failed"] * 5 + ["link.locked", "link.failed"]


@pytest.mark.requirement("P8")
def test_an_open_is_recorded_as_the_patients(link):
    links.try_birth_date(link, RIGHT)
    event = AuditEvent.objects.of_clinic(link.clinic_id).get(action="link.opened")
    assert (event.actor_kind, event.patient_id) == ("patient", link.patient_id)
    assert links.token_of(link) not in str(event.__dict__)


@pytest.mark.requirement("P2")
def test_of_guesses_that_overlap_only_five_are_compared(link, monkeypatch):
    compared = []

    def compare(given: str, right: str) -> bool:
        compared.append(given)
        # The next guess arrives before this one has been answered.
        links.try_birth_date(link, WRONG)
        return given == right

    monkeypatch.setattr(links, "constant_time_compare", compare)
    links.try_birth_date(link, WRONG)
    assert len(compared) == MAX_WRONG_TRIES
    assert stored(link).locked_at


@pytest.mark.django_db(transaction=True)
def test_of_forty_guesses_at_once_only_five_are_compared(link, monkeypatch):
    if connection.vendor != "postgresql":
        pytest.skip("parallel writers need PostgreSQL")
    compared = []
    monkeypatch.setattr(
        links, "constant_time_compare", lambda *pair: compared.append(pair)
    )
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(guess, [link] * 40))
    assert len(compared) == MAX_WRONG_TRIES
    assert actions(link).count("link.locked") == 1


def guess(link: PatientLink) -> None:
    try:
        links.try_birth_date(link, WRONG)
    finally:
        connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_two_printings_at_once_share_one_link(program):
    if connection.vendor != "postgresql":
        pytest.skip("parallel writers need PostgreSQL")
    with ThreadPoolExecutor(4) as pool:
        printed = set(pool.map(print_link, [program] * 8))
    assert len(printed) == 1


def print_link(program: Program) -> object:
    try:
        return links.printed_link(program).pk
    finally:
        connections.close_all()


def test_a_grant_is_for_one_link_only(practitioner, link):
    patient = make_patient(clinic=link.clinic)
    other = links.printed_link(make_program(by=practitioner, patient=patient))
    assert links.holds_grant(link, links.grant_of(link))
    assert not links.holds_grant(other, links.grant_of(link))


def test_a_grant_ends_after_an_hour(link):
    with time_machine.travel("2030-01-01 12:00", tick=False) as clock:
        grant = links.grant_of(link)
        clock.shift(links.GRANT_SECONDS + 1)
        assert not links.holds_grant(link, grant)


@pytest.mark.requirement("D10")
def test_a_grant_signed_with_the_secret_key_is_refused(link, settings):
    settings.SECRET_KEY_FALLBACKS = [settings.LINK_KEY]
    grant = links.grant_of(link)
    settings.LINK_KEY = "another key"
    assert not links.holds_grant(link, grant)
