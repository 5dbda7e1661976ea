"""What matters: indices of every target and indicator, year by year."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from cqsim.errors import PlacedError, UnknownNameError
from cqsim.study.columns import Column
from cqsim.study.execute import measure_points
from cqsim.study.indices import Floats, Indices, Screened, screen, sobol
from cqsim.study.plan import plan_of
from cqsim.study.sweep import Sweep
from cqsim.study.sweep_schema import Record


class SensitivityError(PlacedError):
    """A sweep whose inputs have no indices."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a sensitivity analysis.

    Attributes
    ----------
    indicators, scope, years
        Besides all targets: these indicators, of this scope, in each of these years.
    trajectories
        Of the Morris screening.
    points
        Base points of the Sobol' indices, a power of two; none for screening alone.
    keep
        How many inputs get an index of their own; the others share one.
    """

    indicators: tuple[str, ...] = ()
    scope: str = "metro"
    years: tuple[int, ...] = (2025, 2030, 2035)
    trajectories: int = 16
    points: int = 512
    keep: int = 30
    workers: int = 1
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Analysis:
    """The answer: outputs, screening, and indices where they were asked for.

    Attributes
    ----------
    outputs
        A column each: a target, or an indicator in a year.
    indices
        One an output; none where only screening was asked for.
    """

    outputs: tuple[Column, ...]
    inputs: tuple[str, ...]
    screened: Screened
    kept: tuple[str, ...]
    indices: tuple[Indices, ...]
    runs: int


def analyse(
    sweep: Sweep, asked: Asked, told: Callable[[int], None] | None = None
) -> Analysis:
    """Return what the inputs of a sweep do to targets and indicators.

    Inputs are taken one independent of another, from the first base scenario.

    Raises
    ------
    SensitivityError
        The sweep has draws of a posterior, correlations, or fewer than two inputs; or
        its runs save nothing for a year that is asked for.
    UnknownNameError
        There is no indicator or scope of that name.
    """
    _refuse(sweep)
    _refuse_unknown(sweep, asked)
    record = Record(
        indicators=asked.indicators, scopes=(asked.scope,), years=asked.years
    )
    plan = plan_of(replace(sweep, record=record, bases=sweep.bases[:1]))
    chosen = [n for n, column in enumerate(plan.columns) if not column.alternative]
    outputs = tuple(plan.columns[n] for n in chosen)
    names = tuple(given.id for given in sweep.inputs)
    done = 0

    def function(points: Floats) -> Floats:
        nonlocal done
        values = measure_points(plan, points, asked.workers)[:, chosen]
        done += len(points)
        if told is not None:
            told(done)
        return values

    screened = screen(names, function, asked.trajectories, asked.seed)
    kept = strongest(screened, names, asked.keep)
    indices: tuple[Indices, ...] = ()
    if asked.points:
        indices = tuple(sobol(names, function, asked.points, asked.seed, kept))
    return Analysis(outputs, names, screened, kept, indices, done)


def strongest(screened: Screened, names: tuple[str, ...], keep: int) -> tuple[str, ...]:
    """Return the inputs that matter most to any output, by their rank in screening."""
    strength = np.nan_to_num(screened.strength)
    largest = strength.max(axis=1, keepdims=True)
    shares = strength / np.where(largest > 0, largest, 1.0)
    # The best of its places over the outputs, then the sum of its shares.
    places = np.argsort(np.argsort(-shares, axis=1, kind="stable"), axis=1).min(axis=0)
    order = sorted(
        range(len(names)), key=lambda n: (int(places[n]), -float(shares[:, n].sum()))
    )
    return tuple(names[n] for n in sorted(order[:keep]))


def _refuse(sweep: Sweep) -> None:
    path = str(sweep.path)
    if sweep.posterior is not None or sweep.design.correlation:
        what = "its inputs go together, and indices are for independent inputs"
        raise SensitivityError(path, what, "Leave posterior and correlations out.")
    if len(sweep.inputs) < 2:
        what = "it has fewer than two inputs"
        raise SensitivityError(path, what, "Name a sweep with more [[input]].")


def _refuse_unknown(sweep: Sweep, asked: Asked) -> None:
    """Refuse indicators, areas and years that there are not."""
    path, rules, base = str(sweep.path), sweep.case, sweep.bases[0]
    for name in asked.indicators:
        if name not in rules.indicators:
            raise UnknownNameError(path, "indicator", name, list(rules.indicators))
    if asked.indicators and asked.scope not in rules.scopes:
        raise UnknownNameError(path, "scope", asked.scope, list(rules.scopes))
    times = tuple(base.clock.times)
    missing = [year for year in asked.years if year not in times]
    if asked.indicators and missing:
        what = f"its runs save nothing for {missing[0]}"
        remedy = f"Choose years from {times[0]:g} to {times[-1]:g}."
        raise SensitivityError(path, what, remedy)
