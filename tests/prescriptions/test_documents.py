"""From a program to its document, and through JSON."""

from datetime import date, timedelta

import pytest

from clinic.models import ClinicText
from exercises.models import Leaflet
from prescriptions import documents
from prescriptions.models import Phase, Program
from prescriptions.programs import add_exercise
from tests.factories import make_exercise, make_patient, make_program


def compose(program: Program) -> documents.HandoutDocument:
    texts = {text.kind: text for text in program.clinic.texts.all()}
    loaded = Program.objects.of_clinic(program.clinic).with_contents()
    return documents.compose(loaded.get(pk=program.pk), texts)


def test_cards_are_numbered_through_all_phases(program):
    add_exercise(Phase.objects.create(program=program, position=2), make_exercise())
    numbers = [card.number for card in compose(program).cards]
    assert numbers == [1, 2, 3]


def test_an_empty_phase_is_left_out(program):
    Phase.objects.create(program=program, position=2, title="Later")
    assert len(compose(program).phases) == 1


@pytest.mark.requirement("D17")
def test_a_document_survives_json(program):
    document = compose(program)
    assert documents.from_json(documents.to_json(document)) == document


def test_a_document_of_a_later_schema_is_refused(program):
    data = documents.to_json(compose(program)) | {"schema": 999}
    with pytest.raises(documents.UnknownSchemaError):
        documents.from_json(data)


def test_number_and_day_of_issue_do_not_count_as_content(program):
    document = compose(program)
    issued = documents.issued(document, revision=3, on="2026-11-20")
    assert documents.content_digest(issued) == documents.content_digest(document)
    assert documents.digest(issued) != documents.digest(document)


def test_a_changed_note_changes_the_content(program):
    before = documents.content_digest(compose(program))
    line = program.prescribed_exercises.first()
    line.note = "Only to the left."
    line.save()
    assert documents.content_digest(compose(program)) != before


def test_only_precautions_of_this_patient_are_printed(practitioner, program):
    exercise = make_exercise(cautions=["wrist_pain", "knee_pain_kneeling"])
    patient = make_patient(clinic=practitioner.clinic, flags=["wrist_pain"])
    other = make_program(by=practitioner, patient=patient, exercises=[exercise])
    (card,) = compose(other).cards
    assert len(card.precautions) == 1
    assert "wrist" in card.precautions[0].lower()


def test_clinic_texts_are_cut_into_blocks_with_the_numbers_filled_in(clinic):
    body = "# Now\n! Call {emergency_number}.\n- Chest pain\n\nOr {clinic_phone}."
    blocks = documents.blocks(body, clinic)
    assert [block.kind for block in blocks] == [
        "heading",
        "action",
        "item",
        "paragraph",
    ]
    assert blocks[1].text == "Call 112."
    assert clinic.phone in blocks[3].text


def test_composing_costs_the_same_queries_for_any_length(
    practitioner, program, django_assert_num_queries
):
    long = make_program(by=practitioner, exercises=12)
    texts = {kind: ClinicText(body="x") for kind in ClinicText.Kind.values}
    with django_assert_num_queries(5):
        rows = Program.objects.visible_to(practitioner).with_contents()
        documents.compose(rows.get(pk=long.pk), texts)


@pytest.mark.requirement("D17")
def test_a_document_of_the_first_schema_is_read_as_it_was(program):
    data = documents.to_json(compose(program)) | {"schema": 1}
    newest = ("leaflets", "pain_rule_language", "safety_net_language", "shown_on")
    for newer in (*newest, "news"):
        del data[newer]
    for newer in ("accent_color", "header_text", "footer_text"):
        del data["clinic"][newer]
    for phase in data["phases"]:
        for newer in ("stage", "start_date", "end_date", "exercise_minutes"):
            del phase[newer]
        for card in phase["cards"]:
            for newer in ("why", "easier", "harder", "languages", "weekdays"):
                del card[newer]
    document = documents.from_json(data)
    assert document.schema == 1
    assert document.leaflets == ()
    assert document.cards[0].languages == ()


def test_phases_follow_each_other_in_time(program):
    program.phases.update(weeks=2)
    add_exercise(Phase.objects.create(program=program, position=2), make_exercise())
    first, second = compose(program).phases
    assert date.fromisoformat(first.end_date) == program.start_date + timedelta(13)
    assert date.fromisoformat(second.start_date) == program.start_date + timedelta(14)
    assert second.end_date == ""


def test_words_that_are_not_translated_tell_their_language(program):
    Program.objects.unscoped().update(language="de")
    document = compose(program)
    assert document.language == "de"
    assert dict(document.cards[0].languages)["steps"] == "en"
    assert document.pain_rule_language == "en"


def test_chosen_leaflets_are_part_of_the_document(program):
    fields = {"m": {"value": 20}}
    Leaflet.objects.create(
        slug="heat", title="Heat", body="# Use\n- {m} minutes.", fields=fields
    )
    Program.objects.unscoped().update(leaflets=["heat"])
    (leaflet,) = compose(program).leaflets
    assert [block.text for block in leaflet.blocks] == ["Use", "20 minutes."]


@pytest.mark.parametrize(
    "wrong", [{"paper": "a5"}, {"layout": "six"}, {"size": "12"}, {"diary": "no"}]
)
def test_a_print_option_that_does_not_exist_is_refused(wrong):
    with pytest.raises(documents.UnknownOptionError):
        documents.HandoutOptions(**wrong)


def test_four_cards_in_large_print_become_two():
    options = documents.HandoutOptions(layout="four", size="large")
    assert options.printed_layout == "two"


@pytest.mark.parametrize(
    ("age", "size"), [(59, "normal"), (60, "medium"), (None, "normal")]
)
def test_older_eyes_get_larger_type(age, size):
    assert documents.default_options(paper="a4", age=age).size == size


def test_options_template_and_link_each_change_the_key():
    options = documents.HandoutOptions()
    keys = {
        options.key(template_version="1", link_id="a"),
        options.key(template_version="2", link_id="a"),
        options.key(template_version="1", link_id="b"),
        documents.HandoutOptions(paper="letter").key(template_version="1", link_id="a"),
    }
    assert len(keys) == 4


def test_the_day_of_showing_and_the_reason_of_an_exercise_are_printed(program):
    program.shown_on = date(2026, 11, 20)
    program.save()
    program.prescribed_exercises.update(why="It loosens your back.")
    document = compose(program)
    assert document.shown_on == "2026-11-20"
    assert {card.why for card in document.cards} == {"It loosens your back."}


def test_credits_of_imported_texts_are_printed(program):
    imported = make_exercise(licence="CC BY-SA 4.0", attribution="Kim (wger)")
    add_exercise(program.phases.first(), imported)
    assert compose(program).cards[-1].attribution.startswith("Kim (wger), CC BY-SA 4.0")
