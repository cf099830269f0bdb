"""Pose data is read strictly."""

from typing import Any

import pytest

from exercises.figures import Figure, PoseError, read_figure, read_figures, written_out

Data = dict[str, Any]
WRONG = {
    "angle out of range": {"pose": {"near_leg": {"thigh": [400, 0], "shank": 0}}},
    "unknown key": {"poses": {}},
    "unknown base": {"base": "handstand"},
    "unknown prop": {"props": [{"kind": "sofa"}]},
    "unknown joint": {"worked": [{"from": "nose", "to": "skull"}]},
    "short point": {"arrows": [{"points": [[0, 1], [0, 0, 0], [0, 0, 0]]}]},
    "two arrow points": {"arrows": [{"points": [[0, 0, 0], [0, 0, 0]]}]},
    "half a limb": {"pose": {"near_arm": {"upper": [0, 0]}}},
    "word for number": {"pose": {"root": [0, "high", 0]}},
    "yes for number": {"pose": {"neck": True}},
    "two trunk parts": {"pose": {"trunk": [90, 90]}},
    "unknown layer": {"props": [{"kind": "mat", "layer": "middle"}]},
    "band without ends": {"props": [{"kind": "band"}]},
    "empty description": {"description": {"en": " "}},
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
def test_wrong_data_is_refused(data: Data, change: Data) -> None:
    with pytest.raises(PoseError, match=r"^demo: "):
        read_figure({**data, **change}, "demo")


def test_an_error_names_file_joint_and_range(data: Data) -> None:
    data["pose"] = {"near_leg": {"thigh": [400, 0], "shank": [0, 0]}}
    with pytest.raises(PoseError) as caught:
        read_figures([data], "cat-camel")
    told = "cat-camel, figure 1: pose.near_leg.thigh: 400 is outside -360 to 360"
    assert str(caught.value) == told


def test_a_pose_without_base_needs_its_own_spine() -> None:
    with pytest.raises(PoseError, match=r"pose\.root: missing"):
        read_figure({}, "demo")


def test_the_far_limb_mirrors_the_near_one(data: Data) -> None:
    data["pose"] = {
        "near_arm": {"to": [20, 2, 9], "pole": [0, 1, 0.5], "hand": [0, 8]},
        "far_arm": "mirror",
    }
    far = read_figure(data, "demo").pose.far_arm
    assert (far.to, far.pole, far.hand) == ((20, 2, -9), (0, 1, -0.5), (0, -8))


def test_a_limb_without_a_place_changes_the_base_limb(data: Data) -> None:
    data["pose"] = {"near_arm": {"grip": "fist"}}
    arm = read_figure(data, "demo").pose.near_arm
    assert (arm.grip, arm.to) == ("fist", (27, 2, 9))


def test_a_figure_written_out_shows_the_same_pose(data: Data) -> None:
    data["pose"] = {"near_arm": {"grip": "fist"}, "far_leg": "lie_prone"}
    full = written_out(data, "demo")
    assert "base" not in full
    assert read_figure(full, "demo") == read_figure(data, "demo")


def test_the_position_in_the_list_is_part_of_the_name(data: Data) -> None:
    named = [figure.name for figure in read_figures([data, data], "demo")]
    assert named == ["demo, figure 1", "demo, figure 2"]


def test_descriptions_are_kept_by_language(sound: Figure) -> None:
    assert sound.description["es"] == "A cuatro patas."
