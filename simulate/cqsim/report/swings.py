"""How the share of runs that meet a target moves with one input of a sweep."""

import csv
import io
from dataclasses import dataclass
from typing import Any

from cqsim.judge.verdicts import ROUNDING
from cqsim.study.results import SweepResults

PARTS = 5
"""An input's runs are parted into fifths; its swing is that of the outer two."""

FEWEST = 50
"""Runs below which a fifth says nothing."""


@dataclass(frozen=True, slots=True)
class Swing:
    """How the share that meets a target moves with one input.

    `low` and `high` are the shares in the lowest and the highest fifth of the input,
    which end and begin at `below` and `above`.
    """

    target: str
    input: str
    low: float
    high: float
    below: float
    above: float

    @property
    def size(self) -> float:
        """How far apart the two shares are."""
        return abs(self.high - self.low)


def swings(sweep: SweepResults) -> bytes:
    """Return, as CSV, how shares differ between the outer fifths of every input."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(("scenario", "target", "input", "low", "high", "below", "above"))
    if {"inputs", "targets"} <= set(sweep.tables):
        given = sweep.inputs
        given = given[given["lost_variable"].isna()]
        for name in sorted(sweep.description["targets"]):
            writer.writerows(_swing_rows(sweep, name, given))
    return target.getvalue().encode()


def _swing_rows(sweep: SweepResults, name: str, given: Any) -> list[tuple[Any, ...]]:
    rule = sweep.description["targets"][name]
    sign = 1.0 if rule["operator"] == ">=" else -1.0
    query = "select run, value from targets where alternative = '' and target = ?"
    values = sweep.sql(query, [name]).set_index("run")["value"]
    met = sign * (values - rule["required"]) >= -ROUNDING
    rows = []
    for scenario, group in given.groupby("scenario"):
        own = met[met.index.isin(group.index)]
        if len(own) < FEWEST or own.nunique() < 2:
            continue
        for key in sweep.description["inputs"]:
            if key not in group:
                continue
            drawn = group.loc[own.index, key]
            below, above = drawn.quantile(1 / PARTS), drawn.quantile(1 - 1 / PARTS)
            low, high = own[drawn <= below].mean(), own[drawn >= above].mean()
            rows.append((scenario, name, key, low, high, below, above))
    return sorted(rows, key=lambda row: tuple(map(str, row[:3])))
