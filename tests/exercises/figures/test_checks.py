"""A broken pose is told by the name of the joint."""

from typing import Any

import pytest

from exercises.figures import Figure, read_figure
from exercises.figures.checks import check, check_series

Data = dict[str, Any]
HAND = {"pole": [-1, 0, 0], "hand": [0, 0], "grip": "flat"}
LEG = {"foot": [180, 0], "sole": [0, 1, 0]}

BROKEN = {
    "near_arm": {"near_arm": {**HAND, "to": [60, 2, 9]}},
    "near_hand": {"near_arm": {**HAND, "to": [27, 8, 9]}},
    "near_elbow": {"near_arm": {"upper": [-90, 0], "fore": [80, 0]}},
    "near_wrist": {"near_arm": {**HAND, "to": [27, 2, 9], "hand": [110, 0]}},
    "near_knee": {"near_leg": {"thigh": [-90, 0], "shank": [-20, 0], **LEG}},
    "near_hip": {"near_leg": {"thigh": [70, 0], "shank": [80, 0], **LEG}},
    "mid_back": {"trunk": [0, 0, 80]},
    "neck_base": {"neck": 100},
    "head_twist": {"head_roll": 120},
    "far_foot": {"far_leg": {"thigh": [-90, 0], "shank": [-110, 0], **LEG}},
}


def joints(figure: Figure) -> list[str]:
    return [problem.joint for problem in check(figure)]


def test_a_sound_figure_has_no_faults(sound: Figure) -> None:
    assert joints(sound) == []


@pytest.mark.parametrize("joint", BROKEN)
def test_a_broken_pose_names_its_joint(data: Data, joint: str) -> None:
    data["pose"] = BROKEN[joint]
    assert joint in joints(read_figure(data, "broken"))


def test_an_arrow_may_not_cross_the_face(data: Data) -> None:
    data["arrows"] = [{"points": [["skull", 9, 0, 0], ["skull"], ["skull", -9, 0, 0]]}]
    assert "arrow 1" in joints(read_figure(data, "broken"))


def test_three_arrows_are_too_many(data: Data) -> None:
    data["arrows"] *= 3
    assert "arrows" in joints(read_figure(data, "broken"))


def test_a_description_is_needed_in_both_languages(data: Data) -> None:
    del data["description"]["es"]
    assert joints(read_figure(data, "broken")) == ["description"]


def test_a_surface_to_touch_must_be_there(data: Data) -> None:
    data["touches"] = {"wall": ["back"]}
    assert joints(read_figure(data, "broken")) == ["back"]


def test_a_crop_may_not_cut_the_head(data: Data) -> None:
    data["crop"] = [[-40, 0, 0], [10, 60, 0]]
    assert "head" in joints(read_figure(data, "broken"))


def test_hands_behind_the_trunk_are_missed(data: Data) -> None:
    hidden = {"to": [12, 27, 0], "pole": [0, -1, 0], "hand": [180, 0]}
    data["pose"] = {
        "near_arm": hidden,
        "far_arm": hidden,
        "order": ["far_arm", "near_arm", "trunk", "head", "far_leg", "near_leg"],
    }
    assert "hands" in joints(read_figure(data, "broken"))


def test_two_figures_must_differ(sound: Figure) -> None:
    faults = [problem.joint for problem in check_series([sound, sound])]
    assert faults == ["pose", "description"]


def test_a_fault_says_what_is_allowed(data: Data) -> None:
    data["pose"] = BROKEN["near_arm"]
    faults = [str(problem) for problem in check(read_figure(data, "demo, figure 2"))]
    assert "demo, figure 2: near_arm: `to` is" in faults[0]
    assert "allowed 0 to 31.8" in faults[0]
