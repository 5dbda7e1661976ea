"""Raise one constant at a time, and see whether what theory demands happens."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cqsim.compile.ir import System
from cqsim.credibility.finding import Finding
from cqsim.credibility.rulebook import Response, Rulebook
from cqsim.credibility.runs import BASELINE, Run, chosen, constant_of, values_of
from cqsim.credibility.statements import side
from cqsim.engine.simulation import run_many, spelled
from cqsim.model.model import Model

BACKGROUNDS = 3
"""How many random draws besides the baseline a response must hold in."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A variable (background, time, *axes) with a constant low, and with it high."""

    times: Any
    low: Any
    high: Any
    tolerance: float


def check_responses(
    system: System, model: Model, rules: Rulebook, runs: Sequence[Run]
) -> list[Finding]:
    """Return a finding for each response."""
    drawn = [run for run in runs if run.name.startswith("sample")][:BACKGROUNDS]
    base = [run for run in runs if run.name == BASELINE]
    backgrounds = [*base, *drawn]
    if not rules.response:
        return []
    rows = [
        {"FINAL TIME": rules.end, **run.settings, **change}
        for response in rules.response
        for run in backgrounds
        for change in changes_of(system, model, response)
    ]
    names = [side(r.id, "response") for r in rules.response]
    result = run_many(system, rows, names, check_ranges=False)
    findings = []
    for number, response in enumerate(rules.response):
        values = result.values[spelled(system, side(response.id, "response"))]
        pairs = np.arange(2 * len(backgrounds)) + 2 * len(backgrounds) * number
        low, high = values[pairs[::2]], values[pairs[1::2]]
        pair = Pair(result.times, low, high, response.tolerance or rules.tolerance)
        count = 1 if response.baseline_only else len(backgrounds)
        findings.append(_finding(system, response, backgrounds[:count], pair))
    return findings


def changes_of(
    system: System, model: Model, response: Response
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the settings before and after a constant is raised."""
    name = response.constant
    if response.factors is None:
        variable = model.variable(name)
        low = response.low if variable is None else _or(response.low, variable.low)
        high = response.high if variable is None else _or(response.high, variable.high)
        return {name: low}, {name: high}
    values = values_of(system, name)
    places = np.ones(values.shape, dtype=bool)
    if response.cells:
        places = chosen(constant_of(system, name).axes, response.cells)
    before, after = response.factors
    return (
        {name: np.where(places, values * before, values)},
        {name: np.where(places, values * after, values)},
    )


def _or(given: float | None, otherwise: float | None) -> float | None:
    return otherwise if given is None else given


def _finding(
    system: System,
    response: Response,
    backgrounds: Sequence[Run],
    pair: Pair,
) -> Finding:
    sign = 1.0 if response.moves == "rises" else -1.0
    low, high = (side[: len(backgrounds)] for side in (pair.low, pair.high))
    size = np.maximum(np.maximum(np.abs(low), np.abs(high)), 1e-12)
    with np.errstate(invalid="ignore"):
        wrong = -sign * (high - low) / size
    wrong = np.where(np.isfinite(wrong), wrong, np.inf)
    moved = (wrong != 0).any()
    holds = bool((wrong <= pair.tolerance).all()) and bool(moved)
    detail = f"over {len(backgrounds)} backgrounds"
    if not moved:
        detail = f"{response.constant} changes nothing"
    elif not holds:
        at = np.unravel_index(np.argmax(wrong), wrong.shape)
        axes = system.variables[spelled(system, side(response.id, "response"))].axes
        place = ", ".join(
            axis.elements[int(n)] for axis, n in zip(axes, at[2:], strict=True)
        )
        where = f" in {place}" if place else ""
        detail = (
            f"{backgrounds[int(at[0])].name}:{where} in {float(pair.times[at[1]]):g} "
            f"it goes from {float(low[at]):.6g} to {float(high[at]):.6g}"
        )
    return Finding("responses", response.id, response.title, holds, detail)
