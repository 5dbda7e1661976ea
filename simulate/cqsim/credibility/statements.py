"""Compile rules together with the model, and find where one does not hold."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cqsim.compile.ir import System
from cqsim.credibility.finding import Finding, Group
from cqsim.credibility.rulebook import Rulebook, Statement
from cqsim.credibility.runs import Run, batches
from cqsim.engine.result import Runs
from cqsim.engine.simulation import run_many, spelled

Floats = NDArray[np.float64]

TOGETHER = 24
"""Runs that are computed at once: more would not be faster, and take more memory."""

LEAST_SCALE = 1.0
"""Least size of both sides below which a tolerance is absolute."""


@dataclass(frozen=True, slots=True)
class Breach:
    """Where a rule is broken worst: both sides there, and by how much."""

    run: str
    place: str
    year: float
    left: float
    right: float
    excess: float

    def __str__(self) -> str:
        where = f" in {self.place}" if self.place else ""
        return (
            f"{self.run}:{where} in {self.year:g} the left side is {self.left:.6g}, "
            f"the right {self.right:.6g}"
        )


def side(name: str, which: str) -> str:
    """Return the name that a side of a rule has as a variable beside the model."""
    return f"check {name} {which}"


def equations_of(rules: Rulebook) -> str:
    """Return the rules' sides as equations to be read with the model."""
    lines = []
    for rule in rules.rule:
        sides = (("left", rule.left), ("right", rule.right), ("scale", rule.scale))
        lines += [
            _equation(side(rule.id, word), rule.over, text)
            for word, text in sides
            if text
        ]
    lines += [
        _equation(side(response.id, "response"), response.over, response.variable)
        for response in rules.response
    ]
    outcomes = list(rules.numerics.outcomes)
    outcomes += rules.aggregation.outcomes if rules.aggregation else ()
    lines += [
        _equation(outcome_name(text), (), text) for text in dict.fromkeys(outcomes)
    ]
    return "\n".join(lines)


def outcome_name(text: str) -> str:
    """Return the name of an outcome's equation."""
    letters = (c if c.isalnum() and c.isascii() else " " for c in text)
    return f"check outcome {' '.join(''.join(letters).split())}"


def _equation(name: str, over: Sequence[str], text: str) -> str:
    subscripts = f"[{','.join(over)}]" if over else ""
    return f"{name.replace('_', ' ')}{subscripts}=\n\t{text}\n\t~\t\n\t~\t\n\t|\n"


def check_statements(
    system: System, rules: Rulebook, runs: Sequence[Run]
) -> list[Finding]:
    """Return a finding for each rule; one that fails names run, place and year."""
    worst: dict[str, Breach] = {}
    for batch in batches(runs, TOGETHER):
        wanted = [rule for rule in rules.rule if _concerns(rule, batch)]
        names = [n for rule in wanted for n in _sides(rule)]
        rows = [settings_of(run, rules) for run in batch]
        result = run_many(system, rows, names, check_ranges=False)
        for rule in wanted:
            breach = _worst_breach(system, rules, rule, batch, result)
            old = worst.get(rule.id)
            if breach and (old is None or breach.excess > old.excess):
                worst[rule.id] = breach
    return [_finding(rule, runs, worst.get(rule.id)) for rule in rules.rule]


def check_finite(system: System, rules: Rulebook, runs: Sequence[Run]) -> Finding:
    """Return whether every variable is a number in every run."""
    names = [n for n in system.names() if not n.startswith("check ")]
    detail, holds = f"{len(names)} variables in {len(runs)} runs", True
    for batch in batches(runs, TOGETHER // 2):
        rows = [settings_of(run, rules) for run in batch]
        result = run_many(system, rows, names, check_ranges=False)
        for name in names:
            lost = ~np.isfinite(result.values[name])
            if holds and lost.any():
                holds = False
                first = np.argwhere(lost)[np.argmin(np.argwhere(lost)[:, 1])]
                axes = system.variables[name].axes
                place = [a.elements[n] for a, n in zip(axes, first[2:], strict=True)]
                where = f"{name}[{', '.join(place)}]" if place else name
                year = float(result.times[first[1]])
                detail = f"{batch[first[0]].name}: {where} is no number in {year:g}"
    title = "every variable is a number in every run"
    return Finding("reality", "finite", title, holds, detail)


def settings_of(run: Run, rules: Rulebook) -> dict[str, Any]:
    """Return what a run sets, its clock included."""
    clock = {"INITIAL TIME": run.start, "FINAL TIME": rules.end}
    return {**clock, **run.settings}


def _sides(rule: Statement) -> list[str]:
    words = ("left", "right", "scale") if rule.scale else ("left", "right")
    return [side(rule.id, word) for word in words]


def _concerned(rule: Statement, runs: Iterable[Run]) -> list[int]:
    """Return which runs a rule is about."""
    return [
        n for n, run in enumerate(runs) if not rule.only or run.condition in rule.only
    ]


def _concerns(rule: Statement, runs: Sequence[Run]) -> bool:
    return bool(_concerned(rule, runs))


def _worst_breach(
    system: System,
    rules: Rulebook,
    rule: Statement,
    runs: Sequence[Run],
    result: Runs,
) -> Breach | None:
    names = [spelled(system, name) for name in _sides(rule)]
    chosen = _concerned(rule, runs)
    left, right, *scales = (result.values[name][chosen] for name in names)
    size = np.maximum(np.maximum(np.abs(left), np.abs(right)), LEAST_SCALE)
    for scale in scales:
        size = np.maximum(size, np.abs(scale))
    with np.errstate(invalid="ignore"):
        excess = excess_of(rule.relation, left, right) / size
    excess = np.where(np.isfinite(left) & np.isfinite(right), excess, np.inf)
    excess[:, result.times < rule.since] = 0.0
    tolerance = rule.tolerance or rules.tolerance
    if not (excess > tolerance).any():
        return None
    at = tuple(int(n) for n in np.unravel_index(np.argmax(excess), excess.shape))
    axes = system.variables[names[0]].axes
    place = ", ".join(a.elements[n] for a, n in zip(axes, at[2:], strict=True))
    values = float(left[at]), float(right[at])
    year = float(result.times[at[1]])
    return Breach(runs[chosen[at[0]]].name, place, year, *values, float(excess[at]))


def excess_of(relation: str, left: Floats, right: Floats) -> Floats:
    """Return by how much two sides break a relation, 0 or less where they do not."""
    difference: Floats = left - right
    if relation == "=":
        return np.abs(difference)
    return difference if relation == "<=" else -difference


def _finding(rule: Statement, runs: Sequence[Run], breach: Breach | None) -> Finding:
    count = len(_concerned(rule, runs))
    detail = str(breach) if breach else f"in {count} runs"
    group: Group = "extremes" if rule.only else "reality"
    return Finding(group, rule.id, rule.title, breach is None, detail)
