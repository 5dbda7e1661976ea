"""Whether a model obeys its rulebook, over many runs.

Constraints must hold at every time of the baseline, of levers at their ends, of random
draws and of extreme conditions (reality checks: Peterson and Eberlein 1994); response
tests raise one constant at a time, and see whether what theory demands happens.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from cqsim.case.case import Case
from cqsim.case.levers import Levers
from cqsim.compile.ir import Axes, Constant, System, shape_of
from cqsim.credibility.rulebook import (
    CheckResult,
    Constraint,
    ExtremeCondition,
    ResponseTest,
    Rulebook,
)
from cqsim.engine.result import Runs
from cqsim.engine.simulation import run_many, spelled
from cqsim.errors import StatedError
from cqsim.language.syntax import Number
from cqsim.model.model import Model
from cqsim.study.reach import everywhere_reached

Floats = NDArray[np.float64]
Settings = Mapping[str, Any]

BASELINE = "baseline"
SAMPLE = "sample"

BATCH = 24
"""Runs that are computed at once: more would not be faster, and take more memory."""

LEAST_SCALE = 1.0
"""Least size of both sides below which a tolerance is absolute."""

BACKGROUNDS = 3
"""How many random draws besides the baseline a response must hold in."""


@dataclass(frozen=True, slots=True)
class CheckedRun:
    """A run by name, with the constants that it sets and the year in which it starts.

    `condition` is the id of its extreme condition, empty for all others.
    """

    name: str
    start: int
    settings: Settings
    condition: str = ""


def runs_to_check(
    case: Case, system: System, levers: Levers, rules: Rulebook
) -> list[CheckedRun]:
    """Return the baseline, levers at their ends, random draws, extreme conditions."""
    start, model = rules.start, case.model
    runs = [CheckedRun(BASELINE, start, {})]
    runs += [
        CheckedRun(f"baseline from {census}", census, {})
        for census in case.years.censuses
        if census != start
    ]
    ends: dict[str, dict[str, Any]] = {"floor": {}, "ceiling": {}}
    for lever in levers.values():
        for word, value in (("floor", lever.floor), ("ceiling", lever.ceiling)):
            own = {lever.constant: everywhere_reached(model, lever, value)}
            ends[word] |= own
            runs.append(CheckedRun(f"{lever.id} at its {word}", start, own))
    for word, settings in ends.items() if levers else ():
        runs.append(CheckedRun(f"every lever at its {word}", start, settings))
    runs.extend(_samples(model, rules))
    runs.extend(_extreme(system, condition, start) for condition in rules.condition)
    return runs


def _samples(model: Model, rules: Rulebook) -> Iterator[CheckedRun]:
    """Yield draws of all constants at once, spread evenly over their ranges."""
    constants = uncertain_constants(model)
    if not constants:
        return
    names, low, high = zip(*constants, strict=True)
    random = np.random.default_rng(rules.seed)
    points = qmc.LatinHypercube(len(names), rng=random).random(rules.samples)
    for number, point in enumerate(qmc.scale(points, low, high), 1):
        settings = dict(zip(names, point.tolist(), strict=True))
        name = f"{SAMPLE} {number} of seed {rules.seed}"
        yield CheckedRun(name, rules.start, settings)


def uncertain_constants(model: Model) -> list[tuple[str, float, float]]:
    """Return each constant that is one number everywhere, with its range."""
    return [
        (variable.name, variable.low, variable.high)
        for variable in model.of_kind("constant")
        if isinstance(variable.equations[0].value, Number)
        and len(variable.equations) == 1
        and variable.low is not None
        and variable.high is not None
        and variable.low < variable.high
    ]


def _extreme(system: System, condition: ExtremeCondition, start: int) -> CheckedRun:
    settings: dict[str, Any] = dict(condition.values)
    for name, factor in condition.scale.items():
        settings[name] = factor * values_of(system, name)
    for name, cells in condition.cells.items():
        values, axes = values_of(system, name), constant_of(system, name).axes
        for pattern, value in cells.items():
            places = matching(axes, pattern)
            if not places.any():
                what = f"'{pattern}' names no element of '{name}'"
                raise StatedError(what, "Name one by each subscript; * stands for all.")
            values[places] = value
        settings[name] = values
    return CheckedRun(condition.title, start, settings, condition.id)


def constant_of(system: System, name: str) -> Constant:
    """Return a constant of a system by any spelling of its name."""
    found = system.variables[spelled(system, name)]
    assert isinstance(found, Constant), name
    return found


def values_of(system: System, name: str) -> Floats:
    """Return a constant's values (*axes)."""
    constant = constant_of(system, name)
    return np.array(constant.values).reshape(shape_of(constant.axes))


def matching(axes: Axes, pattern: str) -> NDArray[np.bool_]:
    """Return which elements a pattern such as `first,*,*` names: (*axes)."""
    parts = [part.strip() for part in pattern.split(",")]
    found = [
        len(parts) == len(place)
        and all(fnmatchcase(e, p) for e, p in zip(place, parts, strict=True))
        for place in product(*(axis.elements for axis in axes))
    ]
    return np.array(found, dtype=bool).reshape(shape_of(axes))


def equations_of(rules: Rulebook) -> str:
    """Return what rules compute as equations to be read with the model."""
    lines = [
        _equation(side(rule.id, word), rule.over, getattr(rule, word))
        for rule in rules.rule
        for word in _sides(rule)
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


def side(name: str, which: str) -> str:
    """Return the name that a side of a rule has as a variable added to the model."""
    return f"check {name} {which}"


def _sides(rule: Constraint) -> tuple[str, ...]:
    return ("left", "right", "scale") if rule.scale else ("left", "right")


def outcome_name(text: str) -> str:
    """Return the name of an outcome's equation."""
    letters = (c if c.isalnum() and c.isascii() else " " for c in text)
    return f"check outcome {' '.join(''.join(letters).split())}"


def _equation(name: str, over: Sequence[str], text: str) -> str:
    subscripts = f"[{','.join(over)}]" if over else ""
    return f"{name.replace('_', ' ')}{subscripts}=\n\t{text}\n\t~\t\n\t~\t\n\t|\n"


def _batches(
    system: System,
    rules: Rulebook,
    runs: Sequence[CheckedRun],
    names: Sequence[str],
    size: int,
) -> Iterator[tuple[list[CheckedRun], Runs]]:
    """Yield a few runs at a time, which start alike, with their outputs."""
    for start in sorted({run.start for run in runs}):
        own = [run for run in runs if run.start == start]
        for first in range(0, len(own), size):
            batch = own[first : first + size]
            clock = {"INITIAL TIME": start, "FINAL TIME": rules.end}
            rows = [{**clock, **run.settings} for run in batch]
            yield batch, run_many(system, rows, names, check_ranges=False)


def _place(system: System, name: str, index: Sequence[Any]) -> str:
    """Return the elements of a place of a variable, empty if it has no axes."""
    axes = system.variables[spelled(system, name)].axes
    return ", ".join(axis.elements[int(n)] for axis, n in zip(axes, index, strict=True))


def check_finite(
    system: System, rules: Rulebook, runs: Sequence[CheckedRun]
) -> CheckResult:
    """Return whether every variable is a number in every run."""
    names = [name for name in system.names() if not name.startswith("check ")]
    detail, holds = f"{len(names)} variables in {len(runs)} runs", True
    for batch, result in _batches(system, rules, runs, names, BATCH // 2):
        for name in names:
            wrong = np.argwhere(~np.isfinite(result.values[name]))
            if holds and len(wrong):
                holds = False
                run, time, *index = wrong[np.argmin(wrong[:, 1])]
                place = _place(system, name, index)
                where = f"{name}[{place}]" if place else name
                year = float(result.times[time])
                detail = f"{batch[run].name}: {where} is no number in {year:g}"
    title = "every variable is a number in every run"
    return CheckResult("reality", "finite", title, holds, detail)


@dataclass(frozen=True, slots=True)
class Violation:
    """Where a constraint is violated worst: both sides there, and by how much."""

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


def check_constraints(
    system: System, rules: Rulebook, runs: Sequence[CheckedRun]
) -> list[CheckResult]:
    """Return a result for each constraint; one that fails names run, place and year."""
    names = [side(rule.id, word) for rule in rules.rule for word in _sides(rule)]
    worst: dict[str, Violation] = {}
    for batch, result in _batches(system, rules, runs, names, BATCH):
        for rule in rules.rule:
            found = _violation(system, rules, rule, batch, result)
            old = worst.get(rule.id)
            if found and (old is None or found.excess > old.excess):
                worst[rule.id] = found
    return [
        CheckResult(
            "extremes" if rule.only else "reality",
            rule.id,
            rule.title,
            rule.id not in worst,
            str(worst.get(rule.id, f"in {len(_concerned(rule, runs))} runs")),
        )
        for rule in rules.rule
    ]


def _concerned(rule: Constraint, runs: Sequence[CheckedRun]) -> list[int]:
    """Return which runs a constraint is about."""
    return [
        n for n, run in enumerate(runs) if not rule.only or run.condition in rule.only
    ]


def _violation(
    system: System,
    rules: Rulebook,
    rule: Constraint,
    batch: Sequence[CheckedRun],
    result: Runs,
) -> Violation | None:
    """Return where a constraint is violated worst in some runs, None if it holds."""
    concerned = _concerned(rule, batch)
    if not concerned:
        return None
    left, right, *scales = (
        result.values[result.name_of(side(rule.id, word))][concerned]
        for word in _sides(rule)
    )
    size = np.maximum(np.maximum(np.abs(left), np.abs(right)), LEAST_SCALE)
    for scale in scales:
        size = np.maximum(size, np.abs(scale))
    with np.errstate(invalid="ignore"):
        excess = _excess(rule.relation, left - right) / size
    excess = np.where(np.isfinite(left) & np.isfinite(right), excess, np.inf)
    excess[:, result.times < rule.since] = 0.0
    if not (excess > (rule.tolerance or rules.tolerance)).any():
        return None
    at = tuple(int(n) for n in np.unravel_index(np.argmax(excess), excess.shape))
    return Violation(
        batch[concerned[at[0]]].name,
        _place(system, side(rule.id, "left"), at[2:]),
        float(result.times[at[1]]),
        float(left[at]),
        float(right[at]),
        float(excess[at]),
    )


def _excess(relation: str, difference: Floats) -> Floats:
    """Return by how much left less right breaks a relation; 0 or less: it does not."""
    if relation == "=":
        return np.abs(difference)
    return difference if relation == "<=" else -difference


def check_responses(
    system: System, model: Model, rules: Rulebook, runs: Sequence[CheckedRun]
) -> list[CheckResult]:
    """Return a result for each response test, in the baseline and some draws."""
    drawn = [run for run in runs if run.name.startswith(SAMPLE)][:BACKGROUNDS]
    backgrounds = [*(run for run in runs if run.name == BASELINE), *drawn]
    if not rules.response:
        return []
    rows = [
        {"FINAL TIME": rules.end, **run.settings, **change}
        for response in rules.response
        for run in backgrounds
        for change in _changes(system, model, response)
    ]
    names = [side(response.id, "response") for response in rules.response]
    result = run_many(system, rows, names, check_ranges=False)
    found = []
    pairs = 2 * len(backgrounds)
    for number, (response, name) in enumerate(zip(rules.response, names, strict=True)):
        values = result.values[result.name_of(name)][pairs * number :][:pairs]
        count = 1 if response.baseline_only else len(backgrounds)
        low, high = values[::2][:count], values[1::2][:count]
        tolerance = response.tolerance or rules.tolerance
        holds, at = _moves_as_demanded(response, low, high, tolerance)
        detail = f"over {count} backgrounds"
        if not holds and at is None:
            detail = f"{response.constant} changes nothing"
        elif at is not None:
            place = _place(system, name, at[2:])
            where = f" in {place}" if place else ""
            detail = (
                f"{backgrounds[at[0]].name}:{where} in {float(result.times[at[1]]):g} "
                f"it goes from {float(low[at]):.6g} to {float(high[at]):.6g}"
            )
        title = response.title
        found.append(CheckResult("responses", response.id, title, holds, detail))
    return found


def _changes(
    system: System, model: Model, response: ResponseTest
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the settings before and after a constant is raised."""
    name = response.constant
    if response.factors is None:
        variable = model.variable(name)
        low, high = response.low, response.high
        if variable is not None:
            low = variable.low if low is None else low
            high = variable.high if high is None else high
        return {name: low}, {name: high}
    values = values_of(system, name)
    places = np.ones(values.shape, dtype=bool)
    if response.cells:
        places = matching(constant_of(system, name).axes, response.cells)
    before, after = (np.where(places, values * f, values) for f in response.factors)
    return {name: before}, {name: after}


def _moves_as_demanded(
    response: ResponseTest, low: Floats, high: Floats, tolerance: float
) -> tuple[bool, tuple[int, ...] | None]:
    """Return whether a variable goes the right way, and where it does so least.

    Parameters
    ----------
    low, high : (background, time, *axes)
        The variable with the constant low, and with it high.
    """
    sign = 1.0 if response.moves == "rises" else -1.0
    size = np.maximum(np.maximum(np.abs(low), np.abs(high)), 1e-12)
    with np.errstate(invalid="ignore"):
        wrong = -sign * (high - low) / size
    wrong = np.where(np.isfinite(wrong), wrong, np.inf)
    if not (wrong != 0).any():
        return False, None
    if (wrong <= tolerance).all():
        return True, None
    at = np.unravel_index(np.argmax(wrong), wrong.shape)
    return False, tuple(int(n) for n in at)
