import os
import subprocess
import sys
from pathlib import Path

import pytest

import cqsim
from cqsim.engine import cache


def make(folder: Path) -> None:
    (folder / "made.txt").write_text("whole", encoding="utf-8")


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "own"
    monkeypatch.setenv("CQSIM_CACHE", str(folder))
    return folder


def test_an_entry_is_made_once(own: Path) -> None:
    first = cache.entry("key", make)
    again = cache.entry("key", lambda folder: pytest.fail("made twice"))
    assert first == again == own / "key"
    assert [path.name for path in own.iterdir()] == ["key"]


@pytest.mark.parametrize("damage", ["", "cut", None])
def test_a_damaged_entry_is_made_again(own: Path, damage: str | None) -> None:
    file = cache.entry("key", make) / "made.txt"
    if damage is None:
        file.unlink()
    else:
        file.write_text(damage, encoding="utf-8")
    assert (cache.entry("key", make) / "made.txt").read_text(
        encoding="utf-8"
    ) == "whole"
    assert [path.name for path in own.iterdir()] == ["key"]


def test_a_failure_leaves_nothing(own: Path) -> None:
    def fail(folder: Path) -> None:
        make(folder)
        message = "no"
        raise KeyError(message)

    with pytest.raises(KeyError, match="no"):
        cache.entry("key", fail)
    assert list(own.iterdir()) == []


def test_the_cache_is_for_its_owner_only(own: Path) -> None:
    assert cache.cache_folder().stat().st_mode & 0o077 == 0


def test_a_folder_that_others_may_write_to_is_not_used(own: Path) -> None:
    own.mkdir()
    own.chmod(0o777)
    assert cache.cache_folder() != own


def test_a_cache_that_cannot_be_made_is_replaced_by_a_temporary_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, towns: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    monkeypatch.setenv("CQSIM_CACHE", str(blocked / "below"))
    assert cqsim.run(towns, until=2021).times.tolist() == [2020.0, 2021.0]


def test_first_runs_at_the_same_time_do_not_disturb_each_other(
    own: Path, towns: Path
) -> None:
    code = f"import cqsim; print(cqsim.run({str(towns)!r}, until=2021).times)"
    both = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(cqsim.__file__).parents[1])},
        )
        for _ in range(2)
    ]
    assert [each.communicate()[0] for each in both] == ["[2020. 2021.]\n"] * 2
    assert sorted(path.suffix for path in own.iterdir()) == [".ll", ".o"]
