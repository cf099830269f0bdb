"""Missing native libraries are named, and the command that installs them."""

from pathlib import Path

import pytest

from clinic.local.environment import Exit, Failure
from clinic.local.native import (
    LIBRARIES,
    OPTIONAL,
    missing_in_child,
    missing_libraries,
    require_libraries,
    require_tiny_pdf,
)


def never() -> bool:
    """Nothing may be installed."""
    return False


def test_this_machine_has_them() -> None:
    assert missing_in_child() == []


def test_each_library_is_asked_for_by_name() -> None:
    without_harfbuzz = missing_libraries(
        can_load=lambda name: name not in LIBRARIES["harfbuzz"],
        find=lambda name: None,
    )
    assert without_harfbuzz == ["harfbuzz"]


def test_a_missing_library_ends_with_3_and_its_own_name() -> None:
    with pytest.raises(Failure, match="harfbuzz") as failure:
        require_libraries(look=lambda: ["harfbuzz", OPTIONAL], may_install=never)
    assert failure.value.code == Exit.LIBRARIES
    assert OPTIONAL not in failure.value.missing


def test_the_optional_library_is_only_a_note(
    capsys: pytest.CaptureFixture[str],
) -> None:
    require_libraries(look=lambda: [OPTIONAL], may_install=never)
    assert OPTIONAL in capsys.readouterr().out


@pytest.mark.slow
def test_a_tiny_pdf_is_written_once(tmp_path: Path) -> None:
    remembered = tmp_path / "pdf"
    require_tiny_pdf(remembered, "stamp")
    assert remembered.read_text() == "stamp"
