"""Under which inputs targets fail, or hold: the boxes of a sweep, a target each.

They are those that `cqsim sweep` finds and keeps beside its runs.
"""

import json
from dataclasses import asdict, dataclass

from cqsim.study.attainment import attainments
from cqsim.study.discovery import ScenarioBox, discover
from cqsim.study.results import SweepResults
from cqsim.study.summary import read_summary

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


def found_boxes(sweep: SweepResults) -> bytes:
    """Return the boxes that are stable and telling, as JSON.

    Of a target there is the box of its rarer outcome. What is kept beside the sweep and
    still holds is not looked for again.
    """
    found: list[TargetBox] = []
    if {"inputs", "targets"} <= set(sweep.tables):
        cached, _ = read_summary(sweep)
        targets = () if cached else attainments(sweep)[0]
        discovery = cached.discovery if cached else discover(sweep, targets)
        found = [_box(sweep, f) for f in discovery.boxes if _is_rarer(f)]
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


def _is_rarer(finding: ScenarioBox) -> bool:
    """Tell whether fewer runs do this than not; of two halves, whether they miss."""
    return finding.share < HALF or (finding.missed and finding.share == HALF)


def _box(sweep: SweepResults, finding: ScenarioBox) -> TargetBox:
    box, names = finding.box, sweep.input_names
    return TargetBox(
        finding.scenario,
        finding.target,
        finding.missed,
        finding.share,
        box.coverage,
        box.density,
        finding.stability.overlap,
        tuple(Condition(names[s.input], s.at_least, s.value) for s in box.sides),
    )
