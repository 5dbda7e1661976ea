import json
from collections.abc import Callable
from dataclasses import astuple, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cqsim.report.boxes import TargetBox, found_boxes, read_boxes
from cqsim.study.attainment import attainments
from cqsim.study.discovery import Discovery, ScenarioBox, discover
from cqsim.study.results import SweepResults
from cqsim.study.summary import SweepSummary, cache_summary

Swept = Callable[..., SweepResults]

LEVELS = 80


def boxes_of(sweep: SweepResults) -> tuple[TargetBox, ...]:
    return read_boxes(found_boxes(sweep), "baseline")


def telling(box: TargetBox | ScenarioBox) -> tuple[Any, ...]:
    """Return what a box of a report and a finding of a sweep both say."""
    if isinstance(box, TargetBox):
        sides = tuple(astuple(condition)[1:] for condition in box.conditions)
        return box.missed, box.share, box.coverage, box.density, box.overlap, sides
    sides = tuple((side.at_least, side.value) for side in box.box.sides)
    own = (box.box.coverage, box.box.density, box.stability.overlap)
    return box.missed, box.share, *own, sides


@pytest.fixture(scope="module")
def drawn(swept: Swept) -> Callable[[float], SweepResults]:
    """Return what makes a sweep of which so many runs meet the target."""

    def _drawn(share: float) -> SweepResults:
        first, second = np.random.default_rng(2).uniform(0.0, 1.0, (2, 400))
        return swept(first, second, first <= np.quantile(first, share))

    return _drawn


@pytest.fixture(scope="module")
def grid(swept: Swept) -> SweepResults:
    """Return a grid whose first 3000 points all miss the target."""
    levels = np.linspace(0.0, 1.0, LEVELS)
    first, second = np.repeat(levels, LEVELS), np.tile(levels, LEVELS)
    met = first > 0.7
    assert not met[:3000].any()
    return swept(first, second, met, "grid")


def test_a_box_names_the_input_that_decides_and_only_that(stored: SweepResults) -> None:
    (box,) = boxes_of(stored)
    (condition,) = box.conditions
    assert (condition.input, condition.at_least) == ("first", False)
    assert condition.value == pytest.approx(0.3, abs=0.03)
    assert box.density > 0.9


@pytest.mark.parametrize(
    ("met", "missed"), [(0.3, False), (0.4, False), (0.5, True), (0.6, True)]
)
def test_the_box_is_of_the_rarer_outcome_and_of_two_halves_of_the_missed(
    drawn: Callable[[float], SweepResults], met: float, missed: bool
) -> None:
    (box,) = boxes_of(drawn(met))
    assert box.missed is missed
    assert box.share == pytest.approx(min(met, 1 - met), abs=0.005)


@pytest.mark.parametrize("met", [0.0, 0.01, 0.99, 1.0])
def test_a_target_that_nearly_all_runs_meet_or_miss_has_no_box(
    drawn: Callable[[float], SweepResults], met: float
) -> None:
    assert boxes_of(drawn(met)) == ()


def test_a_large_grid_has_in_a_report_the_boxes_of_its_sweep(
    grid: SweepResults,
) -> None:
    (box,) = boxes_of(grid)
    (condition,) = box.conditions
    assert (condition.input, condition.at_least) == ("first", True)
    assert condition.value == pytest.approx(0.7, abs=0.03)
    printed = discover(grid, attainments(grid)[0]).boxes
    assert telling(box) in [telling(finding) for finding in printed]


def test_what_a_sweep_keeps_is_said_until_its_data_change(
    drawn: Callable[[float], SweepResults],
) -> None:
    sweep = drawn(0.3)
    anew = discover(sweep, attainments(sweep)[0])
    other = tuple(replace(box, share=0.25) for box in anew.boxes if not box.missed)
    summary = SweepSummary({}, (), (), (), (), Discovery(other, 0), 0)
    cache_summary(sweep, summary, {})
    assert [box.share for box in boxes_of(sweep)] == [0.25]
    (sweep.folder / "finished.json").write_text("{} ", encoding="utf-8")
    (box,) = boxes_of(sweep)
    assert box.share == pytest.approx(0.3, abs=0.005)


def test_a_sweep_without_runs_has_no_boxes(tmp_path: Path) -> None:
    empty = SweepResults(tmp_path, {"base_order": ["baseline"]}, {"targets": {}})
    assert json.loads(found_boxes(empty)) == []
