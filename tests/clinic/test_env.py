"""Reading the environment: what is odd stops the start."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from clinic.env import env_bool, env_int, env_list, env_secret, env_str

SECRET = "s" * 32


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.delenv("THING", raising=False)
    monkeypatch.delenv("THING_FILE", raising=False)
    return monkeypatch


@pytest.mark.requirement("W1")
def test_a_missing_value_without_default_stops_the_start(
    env: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(ImproperlyConfigured, match="THING"):
        env_str("THING")


def test_an_empty_value_counts_as_missing(env: pytest.MonkeyPatch) -> None:
    env.setenv("THING", "")
    assert env_str("THING", "default") == "default"


@pytest.mark.parametrize("word", ["1", "true", "Yes", "ON", " true "])
def test_spellings_of_true(env: pytest.MonkeyPatch, word: str) -> None:
    env.setenv("THING", word)
    assert env_bool("THING", default=False) is True


@pytest.mark.parametrize("word", ["0", "false", "No", "OFF"])
def test_spellings_of_false(env: pytest.MonkeyPatch, word: str) -> None:
    env.setenv("THING", word)
    assert env_bool("THING", default=True) is False


@pytest.mark.parametrize("word", ["ture", "2", "y", "None"])
def test_any_other_spelling_stops_the_start(env: pytest.MonkeyPatch, word: str) -> None:
    env.setenv("THING", word)
    with pytest.raises(ImproperlyConfigured, match="THING must be true or false"):
        env_bool("THING", default=False)


@pytest.mark.parametrize("default", [True, False])
def test_without_a_truth_value_the_default_holds(
    env: pytest.MonkeyPatch, default: bool
) -> None:
    assert env_bool("THING", default=default) is default


def test_a_number_is_read(env: pytest.MonkeyPatch) -> None:
    env.setenv("THING", " 42 ")
    assert env_int("THING", default=1) == 42


@pytest.mark.parametrize("word", ["4.2", "ten", "10s"])
def test_what_is_no_whole_number_stops_the_start(
    env: pytest.MonkeyPatch, word: str
) -> None:
    env.setenv("THING", word)
    with pytest.raises(ImproperlyConfigured, match="whole number"):
        env_int("THING", default=1)


def test_a_list_is_split_at_commas(env: pytest.MonkeyPatch) -> None:
    env.setenv("THING", "a.example, b.example,")
    assert env_list("THING") == ["a.example", "b.example"]


def test_a_missing_list_without_default_stops_the_start(
    env: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(ImproperlyConfigured):
        env_list("THING")


def test_a_secret_comes_from_its_variable(env: pytest.MonkeyPatch) -> None:
    env.setenv("THING", SECRET)
    assert env_secret("THING") == SECRET


@pytest.mark.requirement("D9")
def test_a_secret_comes_from_a_file_without_its_line_end(
    env: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n")
    env.setenv("THING_FILE", str(file))
    assert env_secret("THING") == SECRET


@pytest.mark.requirement("W1")
@pytest.mark.parametrize("value", ["", "short", "s" * 31])
def test_a_weak_secret_stops_the_start_and_is_not_shown(
    env: pytest.MonkeyPatch, value: str
) -> None:
    env.setenv("THING", value)
    with pytest.raises(ImproperlyConfigured) as caught:
        env_secret("THING")
    assert "at least 32 characters" in str(caught.value)
    assert not value or value not in str(caught.value).split()
