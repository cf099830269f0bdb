"""The patient's way from a link to the PDF, and all that must not open."""

import logging
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from redis.exceptions import ConnectionError as RedisConnectionError

from clinic.models import AuditEvent, Clinic
from clinic.signing import sign_all
from prescriptions import links, programs, storage, views
from prescriptions.handouts import issue_program, revoke_handout
from prescriptions.models import Handout, PatientLink, Revision
from prescriptions.programs import add_exercise
from tests.factories import make_exercise

RIGHT = {"day": "17", "month": "5", "year": "1980"}
WRONG = RIGHT | {"day": "18"}
PDF = b"%PDF-1.7 " + b"x" * 243_000


class BrokenCache:
    """A cache whose server cannot be reached."""

    def add(self, *args: object) -> bool:
        raise RedisConnectionError("down")

    incr = add


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    cache.clear()


@pytest.fixture
def handout(program, practitioner) -> Handout:
    """A ready handout of three pages."""
    revision, _ = issue_program(program, by=practitioner)
    handout = Handout.objects.create(
        clinic=program.clinic,
        revision=revision,
        options_key="a",
        link=links.printed_link(program),
    )
    name, sha256 = storage.put(handout.pk, PDF)
    values = {"pdf_name": name, "pdf_sha256": sha256, "pdf_bytes": len(PDF)}
    change(handout, status="ready", pdf_pages=3, **values)
    return handout


@pytest.fixture
def link(handout) -> PatientLink:
    return handout.link


@pytest.fixture
def address(link) -> str:
    return f"/l/{links.token_of(link)}"


def change(row, **values) -> None:
    type(row).objects.unscoped().filter(pk=row.pk).update(**values)
    row.refresh_from_db()


def events(link) -> list[str]:
    found = AuditEvent.objects.of_clinic(link.clinic_id).filter(actor_kind="patient")
    return list(found.order_by("at").values_list("action", flat=True))


def text(response) -> str:
    return re.sub(r"<[^>]+>|\s+", " ", response.content.decode())


def enter(client, address, answer=RIGHT):
    return client.post(address, answer, follow=True)


# The gate


@pytest.mark.requirement("P2")
def test_the_gate_asks_for_the_birth_date_and_tells_nothing(client, address, link):
    page = client.get(address).content.decode()
    assert "Your birth date" in page
    for secret in (link.patient.name, link.program.title, "1980", "Mara Lind"):
        assert secret not in page


@pytest.mark.requirement("P3")
def test_the_title_before_the_gate_is_neutral(client, address):
    page = client.get(address).content.decode()
    assert "<title>Your page from the clinic</title>" in page


def test_the_gate_can_be_filled_in_by_the_browser(client, address):
    page = client.get(address).content.decode()
    for part in ("day", "month", "year"):
        assert f'autocomplete="bday-{part}"' in page
        assert f'<label for="id_{part}">' in page


def test_a_clinic_on_letter_paper_asks_for_the_month_first(client, address, link):
    change_clinic = Clinic.objects.filter(pk=link.clinic_id)
    change_clinic.update(paper=Clinic.Paper.LETTER)
    page = client.get(address).content.decode()
    assert page.index("id_month") < page.index("id_day") < page.index("id_year")


@pytest.mark.requirement("P4")
@pytest.mark.parametrize("method", ["get", "head", "options", "put"])
def test_a_mail_scanner_changes_nothing(client, address, link, method):
    before = PatientLink.objects.unscoped().values().get(pk=link.pk)
    for _ in range(30):
        getattr(client, method)(address)
    assert PatientLink.objects.unscoped().values().get(pk=link.pk) == before
    assert events(link) == []


@pytest.mark.requirement("P3")
def test_the_address_of_the_page_stays_out_of_referrers_and_indexes(client, address):
    response = client.get(address)
    assert response["Referrer-Policy"] == "strict-origin"
    assert response["X-Robots-Tag"] == "noindex"
    assert response["Cache-Control"] == "no-store"


@pytest.mark.requirement("W3")
def test_a_form_without_the_csrf_token_is_refused(address, link):
    response = Client(enforce_csrf_checks=True).post(address, RIGHT)
    assert response.status_code == 403
    assert events(link) == []


@pytest.mark.parametrize(
    "answer",
    [
        RIGHT,
        {"day": " 17 ", "month": "05", "year": " 1980"},
        {"day": "१७", "month": "५", "year": "१९८०"},
    ],
)
def test_the_birth_date_may_be_typed_in_different_ways(client, address, answer):
    assert "Open your program" in text(enter(client, address, answer))


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ({}, "Type the day as a number from 1 to 31."),
        (RIGHT | {"month": "May"}, "Type the month as a number from 1 to 12."),
        (RIGHT | {"year": "80"}, "Type all four digits of the year."),
        (RIGHT | {"year": "9" * 5000}, "Type all four digits of the year."),
        (RIGHT | {"day": "31", "month": "2"}, "There is no such day in that month."),
        (RIGHT | {"year": "2980"}, "This date is in the future. Check the year."),
    ],
)
def test_what_is_no_date_gets_a_hint_and_is_no_try(
    client, address, link, answer, sentence
):
    assert sentence in text(client.post(address, answer))
    link.refresh_from_db()
    assert link.wrong_tries == 0


def test_a_wrong_birth_date_says_how_many_tries_are_left(client, address):
    said = [text(client.post(address, WRONG)) for _ in range(4)]
    assert "You have 4 tries left." in said[0]
    assert "You have 1 try left." in said[3]


@pytest.mark.requirement("P2")
def test_a_right_answer_after_the_lock_is_refused(client, address, link):
    for _ in range(5):
        client.post(address, WRONG)
    assert client.post(address, RIGHT).status_code == 404
    link.refresh_from_db()
    assert link.locked_at and link.last_opened_at is None


# Pages that do not open


def close(link, state: str) -> None:
    now = timezone.now()
    column = {"locked": "locked_at", "revoked": "revoked_at", "expired": "expires_at"}
    change(link, **{column[state]: now})


@pytest.mark.requirement("P1")
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("state", ["locked", "revoked", "expired"])
def test_a_closed_link_looks_like_an_unknown_one(client, address, link, state, method):
    unknown = getattr(client, method)("/l/" + "A" * 43, RIGHT)
    close(link, state)
    closed = getattr(client, method)(address, RIGHT)
    assert closed.status_code == unknown.status_code == 404
    assert closed.content == unknown.content


@pytest.mark.requirement("P9")
def test_the_page_of_an_ended_program_looks_like_an_unknown_one(
    client, address, program, practitioner
):
    programs.end_program(program, by=practitioner)
    assert client.get(address).content == client.get("/l/nonsense").content


def test_a_malformed_token_looks_like_an_unknown_one(client, db):
    unknown = client.get("/l/" + "A" * 43)
    for token in ("x", "A" * 3000, "ä", "%00", "admin"):
        assert client.get(f"/l/{token}").content == unknown.content
        assert client.get(f"/l/{token}/program.pdf").content == unknown.content


@pytest.mark.requirement("P7")
def test_the_fifth_wrong_answer_shows_the_page_of_an_unknown_link(client, address):
    answers = [client.post(address, WRONG) for _ in range(5)]
    assert answers[4].content == client.get("/l/nonsense").content


def test_a_lock_closes_the_page_of_who_had_opened_it(client, address):
    enter(client, address)
    for _ in range(5):
        Client().post(address, WRONG)
    assert client.get(address).status_code == 404
    assert client.get(f"{address}/program.pdf").status_code == 404


# Behind the gate


def test_the_page_shows_the_program_as_issued(client, address, program):
    type(program).objects.unscoped().update(title="Not issued yet")
    page = text(enter(client, address))
    assert "Back care" in page
    assert "3 pages, 243 kB" in page
    assert "Call +49 30 555 0142" in page


@pytest.fixture
def second_revision(link, practitioner) -> Revision:
    """The next revision, in which an exercise is new."""
    added = make_exercise(name="Wall sit")
    sign_all([added], by=practitioner)
    add_exercise(link.program.phases.get(), added)
    link.program.touch()
    return issue_program(link.program, by=practitioner)[0]


@pytest.mark.parametrize(("days", "is_open"), [(0, True), (13, True), (14, False)])
def test_what_is_new_stands_open_for_two_weeks(
    client, address, second_revision, days, is_open
):
    day = timezone.localdate(timezone=ZoneInfo(second_revision.clinic.time_zone))
    issued = (day - timedelta(days=days)).isoformat()
    document = second_revision.document | {"issued_on": issued}
    change(second_revision, document=document)
    page = enter(client, address).content.decode()
    [news] = re.findall(r'<details class="card news".*?</details>', page, re.S)
    assert "What is new since" in news
    assert ">Wall sit</b>" in news
    assert (" open>" in news) == is_open


def test_the_first_revision_tells_of_no_news(client, address):
    assert "What is new" not in text(enter(client, address))


def test_the_proof_of_the_right_answer_belongs_to_the_links_path(client, address):
    cookie = client.post(address, RIGHT).cookies[views.GRANT_COOKIE]
    assert cookie["path"] == address
    assert cookie["httponly"] and cookie["samesite"] == "Lax"
    assert cookie["max-age"] == 60 * 60


def test_a_proof_for_another_link_opens_nothing(client, address):
    client.cookies[views.GRANT_COOKIE] = "0" * 8 + ":x:y"
    assert "Your birth date" in text(client.get(address))


def test_after_an_hour_the_gate_is_back(client, address):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        enter(client, address)
        clock.shift(timedelta(minutes=61))
        assert "Your birth date" in text(client.get(address))
        response = client.get(f"{address}/program.pdf")
    assert response["Location"] == address


def test_the_pdf_needs_the_birth_date(client, address, link):
    assert client.get(f"{address}/program.pdf")["Location"] == address
    assert client.get(f"{address}/save")["Location"] == address
    assert events(link) == []


def test_the_pdf_opens_or_is_saved(client, address):
    enter(client, address)
    shown, saved = client.get(f"{address}/program.pdf"), client.get(f"{address}/save")
    assert shown["Content-Disposition"].startswith("inline;")
    assert saved["Content-Disposition"].startswith("attachment;")
    assert b"".join(shown.streaming_content) == PDF


@pytest.mark.requirement("P8")
def test_opening_and_downloading_are_in_the_audit_trail(client, address, link):
    client.post(address, WRONG)
    enter(client, address)
    client.get(f"{address}/save")
    expected = ["link.failed", "link.opened", "handout.downloaded"]
    assert events(link) == expected


@pytest.mark.requirement("P8")
def test_the_audit_trail_holds_no_token(client, address, link):
    enter(client, address)
    client.get(f"{address}/save")
    stored = AuditEvent.objects.of_clinic(link.clinic_id).values()
    assert links.token_of(link) not in str(list(stored))


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        ("pending", "Your program is being made."),
        ("failed", "We cannot show your program now. Call us"),
    ],
)
def test_a_program_that_is_not_ready_says_so(
    client, address, handout, status, sentence
):
    change(handout, status=status)
    assert sentence in text(enter(client, address))
    assert sentence in text(client.get(f"{address}/program.pdf"))


@pytest.mark.requirement("P9")
def test_a_withdrawn_handout_is_not_given_out(client, address, handout, practitioner):
    enter(client, address)
    revoke_handout(handout, by=practitioner)
    response = client.get(f"{address}/program.pdf", follow=True)
    assert "There is no PDF now." in text(response)


def test_in_place_of_a_damaged_file_a_new_one_is_made(client, address, handout):
    enter(client, address)
    change(handout, pdf_sha256="0" * 64)
    page = text(client.get(f"{address}/program.pdf"))
    assert "Your program is being made." in page


# The code for typing


def code_and(link, answer=RIGHT, **values):
    return {"code": links.code_of(link)} | answer | values


def test_code_and_birth_date_lead_to_the_links_page(client, link, address):
    response = client.post("/go", code_and(link), follow=True)
    assert response.redirect_chain == [(address, 302)]
    assert "Open your program" in text(response)


def test_a_code_opens_nothing_without_the_birth_date(client, link):
    code = links.code_of(link)
    response = client.post("/go", {"code": code})
    assert "Type the day" in text(response)


def test_a_wrong_code_and_a_wrong_birth_date_are_told_alike(client, link):
    wrong_code = client.post("/go", code_and(link, code="ABCDEFGHJK"))
    wrong_date = client.post("/go", code_and(link, WRONG))
    assert str(views.WRONG_CODE) in text(wrong_code)
    assert str(views.WRONG_CODE) in text(wrong_date)


@pytest.mark.requirement("P2")
def test_five_wrong_birth_dates_lock_the_code(client, link):
    for _ in range(5):
        client.post("/go", code_and(link, WRONG))
    assert str(views.WRONG_CODE) in text(client.post("/go", code_and(link)))


def test_tries_by_code_and_by_link_count_together(client, link, address):
    for _ in range(3):
        client.post("/go", code_and(link, WRONG))
    assert "You have 1 try left." in text(client.post(address, WRONG))


# Limits


def test_codes_from_one_place_are_limited(client, link):
    for _ in range(views.CODES_PER_ADDRESS):
        client.post("/go", code_and(link, code="ABCDEFGHJK"))
    response = client.post("/go", code_and(link))
    assert response.status_code == 429
    assert response["Retry-After"] == "600"


@pytest.mark.requirement("P7")
def test_tries_of_one_link_are_limited_whether_it_exists_or_not(client, address):
    for path in (address, "/l/nonsense"):
        for _ in range(views.TRIES_PER_LINK):
            client.post(path, {})
    assert client.post(address, RIGHT).status_code == 429
    assert client.post("/l/nonsense", RIGHT).status_code == 429


@pytest.mark.requirement("P7")
def test_tries_from_one_network_are_limited(client, db):
    for number in range(views.TRIES_PER_ADDRESS):
        place = {"REMOTE_ADDR": f"2001:db8::{number:x}"}
        client.post(f"/l/{number}", RIGHT, **place)
    response = client.post("/l/x", RIGHT, REMOTE_ADDR="2001:db8::ffff")
    assert response.status_code == 429


def test_without_a_cache_the_row_still_counts_the_tries(client, address, monkeypatch):
    monkeypatch.setattr(views, "cache", BrokenCache())
    for _ in range(5):
        client.post(address, WRONG)
    assert client.post(address, RIGHT).status_code == 404


def test_without_a_cache_a_link_still_opens(client, address, monkeypatch):
    monkeypatch.setattr(views, "cache", BrokenCache())
    assert "Open your program" in text(enter(client, address))


def test_without_a_cache_no_code_is_tried(client, link, monkeypatch):
    monkeypatch.setattr(views, "cache", BrokenCache())
    assert client.post("/go", code_and(link)).status_code == 429


@pytest.mark.requirement("D4")
def test_neither_token_nor_address_stands_in_the_cache(client, address, monkeypatch):
    keys = []
    monkeypatch.setattr(cache, "add", lambda key, *args: keys.append(key))
    client.post(address, WRONG)
    assert len(keys) == 2
    assert not [key for key in keys if address[3:] in key or "127.0.0.1" in key]


@pytest.mark.requirement("D4")
def test_no_line_of_the_log_holds_the_token(client, address, link, caplog):
    caplog.set_level(logging.DEBUG, logger="prescriptions")
    client.post(address, WRONG)
    enter(client, address)
    client.get(f"{address}/save")
    product = [r for r in caplog.records if r.name.startswith(("prescr", "clinic"))]
    assert links.token_of(link) not in str([r.getMessage() for r in product])


@pytest.mark.parametrize("route", ["program.pdf", "save"])
def test_head_of_a_file_takes_nothing(client, address, link, route):
    assert client.head(f"{address}/{route}").status_code == 302
    enter(client, address)
    before = AuditEvent.objects.unscoped().count()
    answer = client.head(f"{address}/{route}")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer.content == b""
    assert AuditEvent.objects.unscoped().count() == before
    assert client.head("/l/nonsense/save").status_code == 404


# Languages


@pytest.fixture
def spanish_patient(link):
    change(link.patient, language="es")
    return link.patient


def test_the_gate_speaks_the_language_of_the_browser(client, address):
    response = client.get(address, headers={"Accept-Language": "de-AT,en;q=0.5"})
    assert '<html lang="de">' in response.content.decode()
    assert "Ihr Geburtsdatum" in text(response)
    assert (response["Content-Language"], response["Vary"]) == (
        "de",
        "Accept-Language, Cookie",
    )


def test_the_gate_does_not_tell_the_language_of_the_patient(
    client, address, spanish_patient
):
    assert '<html lang="en">' in client.get(address).content.decode()


def test_behind_the_gate_the_page_speaks_the_language_of_the_patient(
    client, address, spanish_patient
):
    response = enter(client, address)
    assert '<html lang="es">' in response.content.decode()
    assert response["Content-Language"] == "es"
    for words in ("Abra su programa (PDF)", "3 páginas, 243 kB", "Guardar"):
        assert words in text(response)


def test_a_title_in_another_language_is_marked(client, address, spanish_patient):
    page = enter(client, address).content.decode()
    assert '<h1 lang="en">' in page


def test_dates_and_numbers_are_written_as_in_the_language(
    client, address, handout, spanish_patient
):
    change(handout, pdf_bytes=1_540_000)
    change(handout.link, expires_at=datetime(2027, 1, 5, 12, tzinfo=UTC))
    page = text(enter(client, address))
    assert "hasta el 5 de enero de 2027" in page
    assert "1,5 MB" in page


@pytest.mark.parametrize(
    ("answer", "mistake"),
    [
        (WRONG, "Le quedan 4 intentos."),
        (RIGHT | {"year": "80"}, "Escriba las cuatro cifras del año."),
    ],
)
def test_mistakes_are_told_in_the_language_of_the_browser(
    client, address, answer, mistake
):
    headers = {"Accept-Language": "es"}
    assert mistake in text(client.post(address, answer, headers=headers))


def test_an_unknown_link_tells_it_in_the_language_of_the_browser(client, db):
    response = client.get("/l/unknown", headers={"Accept-Language": "fr"})
    assert '<html lang="fr">' in response.content.decode()
