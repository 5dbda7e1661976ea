import csv
from collections.abc import Callable
from dataclasses import replace

import pytest

from cqsim.study.results import SweepResults, open_sweep
from cqsim.study.summary import summarise


def test_the_summary_is_written_beside_the_sweep(stored: SweepResults) -> None:
    summary = summarise(stored)
    names = {path.name for path in stored.folder.glob("*.csv")}
    assert names == {
        "shares.csv",
        "matrix.csv",
        "fans.csv",
        "peaks.csv",
        "diverged.csv",
    }
    with (stored.folder / "shares.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(summary.targets)
    assert summary.lost == 0


def test_a_summary_is_made_once(
    stored: SweepResults, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = summarise(stored)
    monkeypatch.setattr("cqsim.study.summary.attainments", None)
    again = summarise(open_sweep(stored.folder))
    assert again == first


@pytest.mark.parametrize(
    ("name", "harm", "what"),
    [
        ("summary.json", lambda text: text[:-40], "it is damaged"),
        ("summary.json", lambda text: text.replace("0.", "1.", 1), "it is damaged"),
        ("summary.json", lambda _: '{"key": []}', "of other data or code"),
        ("shares.csv", lambda text: text + "x\n", "missing or changed"),
        ("description.json", lambda text: text + "\n", "of other data or code"),
    ],
)
def test_a_summary_that_does_not_hold_is_made_anew(
    stored: SweepResults, name: str, harm: Callable[[str], str], what: str
) -> None:
    first = summarise(stored)
    table = (stored.folder / "shares.csv").read_bytes()
    path = stored.folder / name
    path.write_text(harm(path.read_text(encoding="utf-8")), encoding="utf-8")
    again = summarise(open_sweep(stored.folder))
    assert len(again.faults) == 1
    assert what in again.faults[0]
    assert replace(again, faults=()) == first
    assert (stored.folder / "shares.csv").read_bytes() == table
    assert not summarise(open_sweep(stored.folder)).faults
