"""What the loader refuses, with file, line and field."""

from pathlib import Path

import pytest

from exercises.catalog import LibraryError, read_library

SOUND = """\
slug: side-step
name: Side step
also_called: []
category: mobility
regions: [hip]
muscles: []
position: standing
direction: neutral
equipment: []
stages: [subacute]
difficulty: 2
start: Stand tall.
steps:
  - Step to the side.
breathing: Breathe normally.
feel: Your hips work.
mistakes: []
stop_if: []
cautions: [balance_poor]
contraindications: []
dosage:
  kind: repetitions
  repetitions: 10
  load: {value: 2, unit: kg}
  times_per_day: 1
  days_per_week: 7
dosage_source: Judgment
easier: null
harder: null
poses: [Standing]
source: Public sources
version: 1
reviewed: null
"""


def write(folder: Path, text: str = SOUND, *, name: str = "side-step") -> None:
    """Put a file into the library folder."""
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")


def problems(folder: Path) -> list[str]:
    """Return what the reader complains about."""
    with pytest.raises(LibraryError) as refused:
        read_library(folder)
    return [str(problem) for problem in refused.value.problems]


def test_a_sound_file_is_read(tmp_path: Path) -> None:
    write(tmp_path)
    (entry,) = read_library(tmp_path)
    assert entry.columns["name"] == "Side step"


REFUSED = [
    ("also_called: []", "also_called: []\nhint: x", "4: hint: There is no such field."),
    ("name: Side step\n", "", "1: name: Is missing."),
    ("slug: side-step", "slug: sidestep", "1: slug: The file is named side-step.yaml."),
    ("name: Side step", "name: 5", "2: name: Give a text; quote what YAML takes for"),
    ("name: Side step", "name: yes", "2: name: Give a text; quote what YAML takes for"),
    ("steps:\n  - Step to the side.", "steps: []", "13: steps: "),
    ("steps:\n  - Step to the side.", "steps: Step.", "13: steps: Give a list of"),
    ("difficulty: 2", "difficulty: 6", "11: difficulty: "),
    ("difficulty: 2", "difficulty: '2'", "11: difficulty: Give a whole number"),
    ("category: mobility", "category: dance", "4: category: “dance” is not one of"),
    ("regions: [hip]", "regions: [knee]", "5: regions: “knee” is not one of"),
    ("stages: [subacute]", "stages: [late]", "10: stages: “late” is not one of"),
    ("[balance_poor]", "[clumsy]", "19: cautions: Unknown tag: clumsy."),
    ("  repetitions: 10", "  repetitions: -1", "23: dosage.repetitions: At least 1."),
    ("  repetitions: 10", "  reps: 10", "23: dosage.reps: There is no such part"),
    ("value: 2", "value: -2", "24: dosage.load.value: More than 0"),
    ("unit: kg", "unit: stone", "24: dosage.load.unit: Give kg, lb"),
    ("unit: kg", "mass: kg", "24: dosage.load.mass: There is no such part"),
    ("harder: null", "harder: hop", "29: harder: There is no exercise “hop”."),
    ("harder: null", "harder: side-step", "29: harder: The chain comes back"),
    ("reviewed: null", "reviewed: 2026-01-31", "33: reviewed: Library files are"),
    ("version: 1", "version: 0", "32: version: Give a whole number from 1 on."),
    ("version: 1", "version: 1\nversion: 2", "33: version: Stands twice."),
    ("poses: [Standing]", "poses: [Standing", "31: file: No YAML: "),
    ("reviewed: null", "figures: [1]\nreviewed: null", "33: figures: Give a list of"),
    (
        "reviewed: null",
        "figures: [{description: {en: Standing}}]\nreviewed: null",
        "33: figures: Each picture has description and caption",
    ),
    ("source: Public", "source: 2026-99-99\n#", "1: file: Cannot be read: "),
    ("start: Stand tall.", f"start: {'long ' * 201}", "12: start: "),
]


@pytest.mark.parametrize(("sound", "faulty", "problem"), REFUSED)
def test_a_fault_is_told_with_file_line_and_field(
    tmp_path: Path, sound: str, faulty: str, problem: str
) -> None:
    assert sound in SOUND
    write(tmp_path, SOUND.replace(sound, faulty))
    (said,) = problems(tmp_path)
    assert said.startswith(f"side-step.yaml:{problem}")


def test_faults_of_several_files_are_told_together(tmp_path: Path) -> None:
    write(tmp_path, SOUND.replace("difficulty: 2", "difficulty: 9"))
    write(tmp_path, "- no mapping", name="hop")
    assert [said.split(":")[0] for said in problems(tmp_path)] == [
        "hop.yaml",
        "side-step.yaml",
    ]


def test_a_faulty_file_counts_as_a_link_s_end(tmp_path: Path) -> None:
    write(tmp_path, SOUND.replace("harder: null", "harder: hop"))
    write(tmp_path, "- no mapping", name="hop")
    assert len(problems(tmp_path)) == 1


def two_linked(folder: Path, *, difficulty: int, back: str = "null") -> None:
    """Write side-step with hop as its harder version."""
    hop = SOUND.replace("side-step", "hop").replace("harder: null", f"harder: {back}")
    hop = hop.replace("difficulty: 2", f"difficulty: {difficulty}")
    write(folder, SOUND.replace("harder: null", "harder: hop"))
    write(folder, hop, name="hop")


def test_a_harder_version_is_not_easier(tmp_path: Path) -> None:
    two_linked(tmp_path, difficulty=1)
    (said,) = problems(tmp_path)
    assert said == "side-step.yaml:29: harder: “hop” is not harder: see its difficulty."


def test_a_loop_is_told_at_each_of_its_files(tmp_path: Path) -> None:
    two_linked(tmp_path, difficulty=2, back="side-step")
    assert [said.split(":")[0] for said in problems(tmp_path)] == [
        "hop.yaml",
        "side-step.yaml",
    ]


def test_an_empty_folder_is_no_library(tmp_path: Path) -> None:
    (said,) = problems(tmp_path)
    assert said.endswith("The library is empty.")


def test_pose_data_that_cannot_be_drawn_is_refused(tmp_path: Path) -> None:
    words = "{en: Standing, es: De pie}"
    figure = f"figures: [{{description: {words}, caption: {words}, hip: 20}}]\n"
    write(tmp_path, SOUND + figure)
    with pytest.raises(LibraryError, match="hip: unknown"):
        read_library(tmp_path)


def test_a_comment_leaves_the_digest_alone(tmp_path: Path) -> None:
    write(tmp_path)
    (before,) = read_library(tmp_path)
    write(tmp_path, "# a remark\n" + SOUND)
    (after,) = read_library(tmp_path)
    assert before.digest == after.digest
