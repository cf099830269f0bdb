"""Bones keep their lengths and joints bend where they are told."""

import math

import pytest

from exercises.figures import Figure
from exercises.figures.anatomy import BUILDS, FOREARM, SHANK, THIGH, UPPER_ARM
from exercises.figures.skeleton import reach, solve

BONES = (
    ("shoulder", "elbow", UPPER_ARM),
    ("elbow", "wrist", FOREARM),
    ("hip", "knee", THIGH),
    ("knee", "ankle", SHANK),
)


def test_limbs_keep_their_lengths(figures: list[Figure]) -> None:
    for figure in figures:
        joints = solve(figure.pose, BUILDS["straight"]).joints
        for side in ("near", "far"):
            for start, end, size in BONES:
                found = math.dist(joints[f"{side}_{start}"], joints[f"{side}_{end}"])
                assert found == pytest.approx(size, abs=0.05)


def test_the_middle_joint_points_to_the_pole() -> None:
    middle, end, excess = reach((0, 0, 0), (8, 0, 0), (5, 5), (0, 1, 0))
    assert middle == pytest.approx((4, 3, 0))
    assert end == pytest.approx((8, 0, 0))
    assert excess == -2


def test_a_target_out_of_reach_stretches_the_limb() -> None:
    _, end, excess = reach((0, 0, 0), (20, 0, 0), (5, 5), (0, 1, 0))
    assert end == pytest.approx((10, 0, 0), abs=0.01)
    assert excess == 10
