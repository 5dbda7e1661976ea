import json
import re
from pathlib import Path

import numpy as np
import pytest

from cqsim.engine.simulation import run_many
from measuring.engines import HAND, MODEL, ONE, SDE, TWO, engines, largest_difference
from measuring.goals import goals
from measuring.hand_c import MissingError, first_fault, hand_written
from measuring.regions import REGIONS, lengthened
from measuring.sdeverywhere import translated
from measuring.table import Section, markdown, section_of, shown
from measuring.timing import in_fresh_process, least_in_turns, peak_memory
from speed import differs, main

TEXT = MODEL.read_text(encoding="utf-8")
MEASURED = Section(
    "engines",
    "引擎 Engines",
    ("engine", "ms", "times", "apart", "remarks"),
    (
        (ONE, 0.5, 1.0, 0.0, ""),
        (TWO, 0.25, 0.5, 0.0, ""),
        (SDE, None, None, None, "no"),
    ),
    ("a note",),
)


@pytest.mark.parametrize("copies", [1, 10, 100])
def test_a_lengthened_model_has_that_many_regions_and_values(copies: int) -> None:
    text = lengthened(TEXT, copies)
    listed = re.findall(r"(?<=\t)[^\s,]+(?:, [^\s,]+){20,}(?=\n)", text)
    assert {len(line.split(", ")) for line in listed} == {REGIONS * copies}
    assert len(listed) == 21
    elements = text.split("district:\n\t")[1].split("\n")[0].split(", ")
    assert len(set(elements)) == REGIONS * copies


@pytest.mark.slow
def test_each_copy_of_a_region_has_the_numbers_of_its_original(tmp_path: Path) -> None:
    names = ("population", "gross regional product", "national population")
    found = []
    for copies in (1, 3):
        path = tmp_path / f"copies{copies}.mdl"
        path.write_text(lengthened(TEXT, copies), encoding="utf-8")
        clock = {"end": 2015, "save": 1.0}
        found.append(run_many(path, [{}], names, clock=clock).values)
    one, three = found
    for name in names[:2]:
        np.testing.assert_allclose(three[name], np.tile(one[name], 3), rtol=1e-12)
    totals = (three["national population"], 3 * one["national population"])
    np.testing.assert_allclose(*totals, rtol=1e-12)


@pytest.mark.slow
def test_a_missing_compiler_and_node_are_said_in_their_rows_and_the_rest_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")
    section = engines(runs=16, rounds=1, pysd_steps=0, sde=None)
    assert section.cell(HAND, 4) == "not measured: no C compiler was found"
    assert section.cell(SDE, 4) == "not measured: Node was not found"
    assert section.cell(ONE, 2) == 1.0
    apart = section.cell(ONE, 3)
    assert isinstance(apart, float)
    assert apart < 1e-12


def test_a_compiler_that_fails_is_quoted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    gcc = tmp_path / "gcc"
    gcc.write_text("#!/bin/sh\necho 'x.c:1: error: no such thing' >&2\nexit 1\n")
    gcc.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingError, match=r"does not compile: .*no such thing"):
        hand_written(tmp_path)


def test_an_sdeverywhere_that_is_nowhere_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    node = tmp_path / "node"
    node.write_text("#!/bin/sh\n")
    node.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingError, match="name a folder for it with --sde FOLDER"):
        translated(MODEL, [], None, tmp_path)
    with pytest.raises(MissingError, match="npm was not found"):
        translated(MODEL, [], tmp_path / "empty", tmp_path)


def test_contestants_take_turns_and_their_least_time_counts() -> None:
    turns: list[str] = []
    times = iter([3.0, 1.0, 2.0, 5.0])

    def taking(name: str) -> float:
        turns.append(name)
        return next(times)

    contestants = {name: lambda name=name: taking(name) for name in "ab"}
    assert least_in_turns(contestants, 2) == {"a": 2.0, "b": 1.0}
    assert turns == ["a", "b", "a", "b"]


def test_a_fresh_process_has_its_own_memory() -> None:
    held = np.ones(2**25)
    assert held.nbytes == 2**28
    assert peak_memory() > 256
    assert in_fresh_process(peak_memory) < peak_memory() - 200


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, "–"),
        (22, "22"),
        (100_000, "100 000"),
        (68_512.3, "68 512"),
        (0.26149, "0.261"),
        (1.0, "1.00"),
        (33.24, "33.2"),
        (2e-15, "2e-15"),
        (0.0, "0"),
    ],
)
def test_a_cell_shows_three_digits_that_count(cell: float | None, text: str) -> None:
    assert shown(cell) == text


def test_a_section_is_the_same_after_it_was_kept() -> None:
    assert section_of(json.loads(json.dumps(MEASURED.plain()))) == MEASURED


def test_markdown_has_a_row_for_each_row_and_numbers_on_the_right() -> None:
    lines = markdown(MEASURED).splitlines()
    assert lines[0] == "## 引擎 Engines"
    assert lines[3] == "| --- | ---: | ---: | ---: | --- |"
    assert lines[4] == f"| {ONE} | 0.500 | 1.00 | 0 |  |"
    assert lines[6] == f"| {SDE} | – | – | – | no |"
    assert lines[-1] == "- a note"


def test_a_goal_without_its_measurement_is_left_out_and_a_missed_one_says_no() -> None:
    two = goals({"engines": MEASURED}).rows
    assert [(row[1], row[4]) for row in two] == [(2.0, "是 yes")]
    rows = (MEASURED.rows[0], (TWO, 0.4, 0.8, 0.0, ""))
    slow = Section(MEASURED.id, MEASURED.title, MEASURED.columns, rows)
    assert [row[4] for row in goals({"engines": slow}).rows] == ["否 NO"]


def test_other_numbers_are_another_model() -> None:
    assert largest_difference([2.0, 4.0], [2.0, 4.4]) == pytest.approx(0.1)
    assert not differs({"engines": MEASURED})
    other = (SDE, 1.0, 2.0, 0.1, "NOT the same numbers.")
    changed = Section("engines", "", MEASURED.columns, (*MEASURED.rows[:2], other))
    assert differs({"engines": changed})


def test_the_page_is_written_from_what_was_kept(tmp_path: Path) -> None:
    kept, page = tmp_path / "kept.json", tmp_path / "speed.md"
    plain = {"machine": {"处理器 processor": "one"}, "sections": [MEASURED.plain()]}
    kept.write_text(json.dumps(plain), encoding="utf-8")
    assert main(["--kept", "--json", str(kept), "--page", str(page)]) == 0
    text = page.read_text(encoding="utf-8")
    assert "| 处理器 processor | one |" in text
    assert "## 引擎 Engines\n" in text


def test_the_line_that_names_an_error_is_quoted() -> None:
    assert first_fault("warning: x\nnpm error 404\nmore") == "npm error 404"
    assert first_fault("") == "nothing was said"
