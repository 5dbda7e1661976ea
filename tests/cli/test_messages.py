import errno
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

from cqsim.case.case import Case
from cqsim.cli import MOST_LINES, refusal, shown
from cqsim.errors import FaultsError
from cqsim.model.resolve import read_model
from cqsim.resources import data_folder

Call = Callable[..., tuple[int, str, str]]
TOWNS = Path(__file__).parents[1] / "reference" / "towns"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    copytree(TOWNS, tmp_path / "towns")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(call: Call, folder: Path, *arguments: str) -> str:
    """Return the message of a command that must refuse, and write nothing."""
    before = sorted(folder.rglob("*"))
    status, out, err = call(*arguments)
    assert (status, out) == (2, "")
    assert sorted(folder.rglob("*")) == before
    return err


def test_what_a_name_holds_cannot_move_the_cursor() -> None:
    assert shown("a\x1b[31m\x07b\r") == r"a\x1b[31m\x07b\r"


def test_chinese_and_line_breaks_between_faults_stay() -> None:
    assert shown("区域\n渝中") == "区域\n渝中"


def test_a_long_name_and_many_faults_are_shortened() -> None:
    assert len(shown("x" * 100_000)) < 1000
    lines = shown("\n".join("abcdefghij" * 10)).split("\n")
    assert lines[-1] == f"… and {100 - MOST_LINES} more lines"


def test_what_the_system_refuses_is_a_message() -> None:
    error = OSError(errno.EACCES, "Permission denied", "somewhere")
    assert refusal(error).startswith("somewhere: the system refuses this (Permission")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "towns/base.toml", "--out", "a" * 300), "File name too long"),
        (("run", "towns/base.toml", "--out", "ring"), "leads back to itself"),
        (("run", "towns/base.toml", "--until", "9" * 400), "not in the range"),
        (("run", "towns/base.toml", "--set", "a\x1b=1"), r"no constant 'a\x1b'"),
        (("docs", "--out", "towns/base.toml/x"), "the pages cannot be written"),
        (("docs", "--out", "a" * 300), "the pages cannot be written"),
        (("docs", "--model", "empty.mdl"), "empty.mdl: no equation stands in it"),
        (("explain", "x", "--model", "empty.mdl"), "no equation stands in it"),
        (("explain", "x" * 9000), "there is no name"),
        (
            ("ledger", "check", "--model", "towns/base.toml"),
            "ledger.toml: it cannot be read",
        ),
    ],
)
def test_odd_arguments_are_one_message(
    folder: Path,
    call: Call,
    arguments: tuple[str, ...],
    said: str,
) -> None:
    (folder / "ring").symlink_to("ring")
    (folder / "empty.mdl").write_text("", encoding="utf-8")
    message = refused(call, folder, *arguments)
    assert said in message
    assert len(message) < 4000


def test_a_page_is_not_written_over_a_folder(folder: Path, call: Call) -> None:
    (folder / "pages/README.md").mkdir(parents=True)
    model = ("--model", "towns/towns.mdl", "--out", "pages")
    message = refused(call, folder, "docs", *model)
    assert "a folder stands where a page belongs" in message


def test_an_undefined_name_is_said_with_its_line(folder: Path, call: Call) -> None:
    path = folder / "towns/towns.mdl"
    text = path.read_text(encoding="utf-8")
    wrong = text.replace("birth rate[region]*", "birth raet[region]*", 1)
    assert wrong != text
    path.write_text(wrong, encoding="utf-8")
    for command in (("run", "towns/base.toml"), ("docs", "--model", str(path))):
        message = refused(call, folder, *command)
        assert "towns.mdl:" in message
        assert "'birth raet' is not defined. Did you mean 'birth rate'" in message


def test_a_constant_spelled_in_two_ways_is_set_twice(folder: Path, call: Call) -> None:
    path = folder / "towns/base.toml"
    more = '[constants]\n"death rate" = 0.01\n"death_rate" = 0.02\n'
    path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")
    message = refused(call, folder, "run", "towns/base.toml")
    assert "'death_rate' is the constant that 'death rate' sets already" in message


def test_a_region_missing_from_the_list_of_regions_is_named(
    folder: Path, call: Call
) -> None:
    path = folder / "towns/regions.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = "".join(line for line in lines if not line.startswith("fuling,"))
    path.write_text(kept, encoding="utf-8")
    message = refused(call, folder, "run", "towns/base.toml")
    assert "regions.csv: no row for fuling, which the model has. Add it" in message


def test_targets_without_indicators_are_not_passed_over(
    folder: Path, call: Call
) -> None:
    (folder / "towns/indicators.toml").unlink()
    message = refused(call, folder, "run", "towns/base.toml")
    assert "indicators.toml: there is no such file" in message


def test_no_run_starts_between_the_censuses(folder: Path, call: Call) -> None:
    message = refused(call, folder, "run", "baseline", "--start", "2015")
    assert "--start 2015: it is outside [2010, 2020] in steps of 10" in message


def test_a_lever_cannot_reach_a_place_that_there_is_not(folder: Path) -> None:
    copytree(data_folder("model"), folder / "model")
    path = folder / "model/levers.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('["central"]', '["centrl"]', 1), encoding="utf-8")
    model = read_model(folder / "model/metro.mdl")
    words = r"levers.toml:\d+:\d+: .*no place 'centrl'. Did you mean 'central'"
    with pytest.raises(FaultsError, match=words):
        _ = Case.of(model).levers
