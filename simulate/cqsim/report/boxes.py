"""Under which inputs targets fail, or hold: the boxes of a sweep, a target each.

They are those that `cqsim sweep` prints: the same runs, the same method, the same seed.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from cqsim.engine.judge import ROUNDING
from cqsim.study.discovery import DENSER, MOST, RARE
from cqsim.study.prim import find_box, stability
from cqsim.study.stored import StoredSweep

SEED = 0
HALF = 0.5


@dataclass(frozen=True, slots=True)
class Condition:
    """An input that is at least, or at most, a value."""

    input: str
    at_least: bool
    value: float


@dataclass(frozen=True, slots=True)
class TargetBox:
    """Where the runs lie that miss a target, or that meet one which most miss.

    Attributes
    ----------
    share
        The part of all runs that do.
    coverage, density
        The part of those that the box holds, and their part in the box.
    overlap
        How much of the box comes back when runs are drawn again.
    """

    scenario: str
    target: str
    missed: bool
    share: float
    coverage: float
    density: float
    overlap: float
    conditions: tuple[Condition, ...]


def found_boxes(sweep: StoredSweep, shares: Sequence[Mapping[str, str]]) -> bytes:
    """Return the boxes that are stable and telling, as JSON.

    Parameters
    ----------
    shares
        The rows of `shares.csv` on the targets as they stand.
    """
    found: list[TargetBox] = []
    if {"inputs", "targets"} <= set(sweep.tables):
        found = list(_boxes(sweep, shares))
    text = json.dumps([asdict(box) for box in found], ensure_ascii=False, indent=1)
    return f"{text}\n".encode()


def read_boxes(content: bytes, scenario: str) -> tuple[TargetBox, ...]:
    """Return the boxes of one scenario."""
    return tuple(
        TargetBox(
            **{
                **entry,
                "conditions": tuple(Condition(**c) for c in entry["conditions"]),
            }
        )
        for entry in json.loads(content)
        if entry["scenario"] == scenario
    )


def _boxes(
    sweep: StoredSweep, shares: Sequence[Mapping[str, str]]
) -> Iterator[TargetBox]:
    most = MOST * len(sweep.bases)
    names = sweep.input_names
    inputs = sweep.sql("select * from inputs where run < ?", [most]).set_index("run")
    for row in shares:
        met = float(row["share"])
        if not RARE <= met <= 1 - RARE:
            continue
        runs = sweep.sql(
            "select run, value from targets where alternative = '' and run < ? "
            "and target = ? and scenario = ? order by run",
            [most, row["target"], row["scenario"]],
        )
        points = inputs.loc[runs["run"], names].to_numpy(dtype=float)
        sign = 1.0 if row["operator"] == ">=" else -1.0
        values = runs["value"].to_numpy(dtype=float)
        missed = sign * (values - float(row["required"])) < -ROUNDING
        box = _box(names, points, missed, met, row)
        if box is not None:
            yield box


def _box(
    names: Sequence[str], points: Any, missed: Any, met: float, row: Mapping[str, str]
) -> TargetBox | None:
    """Return the box of the rarer outcome, None where it is not sure or not telling."""
    fails = met >= HALF
    cases = missed if fails else ~missed
    share = 1 - met if fails else met
    box = find_box(points, cases)
    if not box.sides or box.density < min(1.0, DENSER * share):
        return None
    sure = stability(points, cases, box, np.random.default_rng(SEED))
    if not sure.stable:
        return None
    return TargetBox(
        row["scenario"],
        row["target"],
        fails,
        share,
        box.coverage,
        box.density,
        sure.overlap,
        tuple(Condition(names[s.input], s.at_least, s.value) for s in box.sides),
    )
