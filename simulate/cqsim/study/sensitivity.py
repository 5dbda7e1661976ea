"""Sensitivity indices of targets and indicators (SALib), with their convergence.

Morris (1991) screens all inputs by elementary effects; the strongest get Sobol' indices
after Saltelli et al. (2010), doi:10.1016/j.cpc.2009.09.018.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cqsim.errors import PlacedError, UnknownNameError
from cqsim.study.execute import measure_points
from cqsim.study.job import job_of
from cqsim.study.sweep import Sweep
from cqsim.study.sweep_schema import Record

Floats = NDArray[np.float64]
Function = Callable[[Floats], Floats]
"""From points in the unit cube (point, input) to outputs (point, output)."""

LEVELS = 8
RESAMPLES = 100
REST = "other inputs"

CLOSE = 0.05
"""The half-width of an interval up to which an index counts as known."""

ROUGH = 0.15
"""The half-width up to which at least the ranking of inputs is reliable."""

FLAT = 1e-12
"""A spread, relative to the largest value, that rounding explains."""


class SensitivityError(PlacedError):
    """A sweep whose inputs have no indices."""


@dataclass(frozen=True, slots=True)
class SensitivitySettings:
    """The settings of a sensitivity analysis.

    Attributes
    ----------
    indicators, scope, years
        Besides all targets: these indicators, of this scope, in each of these years.
        By default the scope is the whole area, and the years are those of the case's
        tables from the end of the plan to its outlook.
    trajectories
        Of the Morris screening.
    points
        Base points of the Sobol' indices, a power of two; none for screening alone.
    keep
        How many inputs get an index of their own; the others share one.
    """

    indicators: tuple[str, ...] = ()
    scope: str = ""
    years: tuple[int, ...] = ()
    trajectories: int = 16
    points: int = 512
    keep: int = 30
    workers: int = 1
    seed: int = 0


@dataclass(frozen=True, slots=True)
class SobolIndex:
    """The Sobol' indices of one input for one output.

    Attributes
    ----------
    first, total
        Sobol' indices: the share of the output's variance that the input explains by
        itself, and with all that it takes part in.
    first_error, total_error
        Half-widths of the 95 % intervals, by bootstrap.
    """

    input: str
    first: float
    first_error: float
    total: float
    total_error: float


@dataclass(frozen=True, slots=True)
class Convergence:
    """Whether indices have converged, in words.

    Attributes
    ----------
    needed
        About how many base points would bring every interval to `CLOSE`.
    """

    converged: bool
    zh: str
    en: str
    needed: int


@dataclass(frozen=True, slots=True)
class SobolIndices:
    """The indices of one output, strongest first, and how sure they are."""

    effects: tuple[SobolIndex, ...]
    convergence: Convergence


@dataclass(frozen=True, slots=True)
class MorrisEffects:
    """Elementary effects after Morris: (output, input).

    Attributes
    ----------
    strength
        The mean of the absolute effects (mu*), in the output's unit.
    error
        Half-widths of its 95 % intervals, by bootstrap.
    spread
        The standard deviation of the effects: curvature and interaction.
    """

    strength: Floats
    error: Floats
    spread: Floats
    runs: int


def analyse(
    sweep: Sweep,
    settings: SensitivitySettings,
    progress: Callable[[int], None] | None = None,
) -> dict[str, Any]:
    """Return what the inputs of a sweep do to targets and indicators, as JSON has it.

    Inputs are taken one independent of another, from the first base scenario. Of what
    is returned, `outputs` are targets, and indicators in a year, each with the
    `verdict` on its indices; `indices` are rows, one an output and input; `kept` are
    the inputs that have an index of their own. Without base points there are no
    verdicts, and the rows have the effects of the screening alone.

    Parameters
    ----------
    progress
        Called with the number of runs that were computed.

    Raises
    ------
    SensitivityError
        The sweep has draws of a posterior, correlations, or fewer than two inputs; or
        its runs save nothing for a year that is asked for.
    UnknownNameError
        There is no indicator or scope of that name.
    """
    _refuse(sweep)
    record = _record(sweep, settings)
    job = job_of(replace(sweep, record=record, bases=sweep.bases[:1]))
    chosen = [n for n, column in enumerate(job.columns) if not column.alternative]
    names = tuple(given.id for given in sweep.inputs)
    runs = 0

    def function(points: Floats) -> Floats:
        nonlocal runs
        values = measure_points(job, points, settings.workers)[:, chosen]
        runs += len(points)
        if progress is not None:
            progress(runs)
        return values

    screening = screen(names, function, settings.trajectories, settings.seed)
    own = strongest(screening, names, settings.keep)
    indices: list[SobolIndices | None] = [None] * len(chosen)
    if settings.points:
        indices = [*sobol(names, function, settings.points, settings.seed, own)]
    outputs, rows = [], []
    for place, (number, found) in enumerate(zip(chosen, indices, strict=True)):
        column = job.columns[number]
        head = {"name": column.name, "scope": column.place, "year": int(column.year)}
        outputs.append({**head, "verdict": found and asdict(found.convergence)})
        head = {"table": column.table, **head}
        rows += [head | row for row in _rows(names, screening, place, found)]
    return {
        "runs": runs,
        "inputs": list(names),
        "kept": list(own),
        "outputs": outputs,
        "indices": rows,
    }


def _rows(
    names: Sequence[str],
    screening: MorrisEffects,
    output: int,
    indices: SobolIndices | None,
) -> Iterator[dict[str, Any]]:
    """Yield for each input what it does to an output, as plain data."""
    effects = {each.input: each for each in indices.effects} if indices else {}
    for name in dict.fromkeys((*names, *effects)):
        row: dict[str, Any] = {"input": name}
        if indices is not None and name in effects:
            row |= asdict(effects[name])
            row["converged"] = indices.convergence.converged
        if name in names:
            place = output, names.index(name)
            row["mu_star"] = float(screening.strength[place])
            row["mu_star_error"] = float(screening.error[place])
            row["sigma"] = float(screening.spread[place])
        yield row


def _refuse(sweep: Sweep) -> None:
    path = str(sweep.path)
    if sweep.posterior is not None or sweep.design.correlation:
        what = "its inputs go together, and indices are for independent inputs"
        raise SensitivityError(path, what, "Leave posterior and correlations out.")
    if len(sweep.inputs) < 2:
        what = "it has fewer than two inputs"
        raise SensitivityError(path, what, "Name a sweep with more [[input]].")


def _record(sweep: Sweep, settings: SensitivitySettings) -> Record:
    """Return what is to be recorded; refuse names and years that there are not."""
    path, case, base = str(sweep.path), sweep.case, sweep.bases[0]
    for name in settings.indicators:
        if name not in case.indicators:
            raise UnknownNameError(path, "indicator", name, list(case.indicators))
    scope = settings.scope or case.whole
    if settings.indicators and scope not in case.scopes:
        raise UnknownNameError(path, "scope", scope, list(case.scopes))
    times = tuple(base.clock.times)
    years = settings.years or case.years.ahead
    missing = [year for year in years if year not in times]
    if settings.indicators and missing:
        what = f"its runs save nothing for {missing[0]}"
        remedy = f"Choose years from {times[0]:g} to {times[-1]:g}."
        raise SensitivityError(path, what, remedy)
    return Record(indicators=settings.indicators, scopes=(scope,), years=years)


def screen(
    names: Sequence[str], function: Function, trajectories: int, seed: int
) -> MorrisEffects:
    """Return the elementary effects of all inputs over their whole range.

    An output that moves by no more than rounding has effects of 0.
    """
    problem = _problem(names)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from SALib.analyze import morris as analyze
        from SALib.sample import morris as sample

        points = sample.sample(problem, trajectories, num_levels=LEVELS, seed=seed)
        outputs = function(points)
        found = [
            analyze.analyze(
                problem,
                points,
                np.zeros(len(output)) if _is_flat(output) else output,
                num_levels=LEVELS,
                num_resamples=RESAMPLES,
                seed=seed,
            )
            for output in outputs.T
        ]
    strength, error, spread = (
        np.array([np.asarray(one[key], dtype=np.float64) for one in found])
        for key in ("mu_star", "mu_star_conf", "sigma")
    )
    return MorrisEffects(strength, error, spread, len(points))


def strongest(
    screening: MorrisEffects, names: tuple[str, ...], keep: int
) -> tuple[str, ...]:
    """Return the inputs that matter most to any output, by their rank in screening."""
    strength = np.nan_to_num(screening.strength)
    largest = strength.max(axis=1, keepdims=True)
    moved = largest[:, 0] > 0
    if moved.any():
        strength, largest = strength[moved], largest[moved]
    shares = strength / np.where(largest > 0, largest, 1.0)
    # The best of its ranks over the outputs, then the sum of its shares.
    ranks = np.argsort(np.argsort(-shares, axis=1, kind="stable"), axis=1).min(axis=0)
    order = sorted(
        range(len(names)), key=lambda n: (int(ranks[n]), -float(shares[:, n].sum()))
    )
    return tuple(names[n] for n in sorted(order[:keep]))


def sobol(
    names: Sequence[str],
    function: Function,
    points: int,
    seed: int,
    own: Sequence[str] | None = None,
) -> list[SobolIndices]:
    """Return the Sobol' indices of every output.

    Parameters
    ----------
    points
        Base points, a power of two; the function is asked for points * (inputs + 2).
    own
        The inputs that have an index of their own; all others share one.
    """
    groups = [name if own is None or name in own else REST for name in names]
    problem = {**_problem(names), "groups": groups}
    shown = list(dict.fromkeys(groups))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from SALib.sample import sobol as sample

        drawn = sample.sample(problem, points, calc_second_order=False, seed=seed)
        outputs = function(drawn)
        return [_indices(problem, shown, output, seed) for output in outputs.T]


def _problem(names: Sequence[str]) -> dict[str, Any]:
    return {
        "num_vars": len(names),
        "names": list(names),
        "bounds": [[0.0, 1.0]] * len(names),
    }


def _is_flat(output: Floats) -> bool:
    """Whether an output moves by no more than rounding."""
    return bool(np.ptp(output) <= FLAT * max(1.0, float(np.abs(output).max())))


def _indices(
    problem: dict[str, Any], names: Sequence[str], output: Floats, seed: int
) -> SobolIndices:
    if not np.isfinite(output).all():
        zh, en = "有运行发散或无定义,未计算", "some runs diverged or have no value"
        return SobolIndices((), Convergence(False, zh, en, 0))
    if _is_flat(output):
        zh, en = "结果不随任何输入变化", "nothing moves it"
        return SobolIndices((), Convergence(True, zh, en, 0))
    found = _analyzed(problem, output, seed)
    block = len(names) + 2
    half = _analyzed(problem, output[: len(output) // block // 2 * block], seed)
    keys = ("S1", "S1_conf", "ST", "ST_conf")
    effects = [
        SobolIndex(name, *(float(found[key][n]) for key in keys))
        for n, name in enumerate(names)
    ]
    moved = float(np.max(np.abs(np.subtract(found["ST"], half["ST"]))))
    ordered = sorted(effects, key=lambda effect: -effect.total)
    points = len(output) // block
    return SobolIndices(tuple(ordered), convergence(ordered, moved, points))


def _analyzed(problem: dict[str, Any], output: Floats, seed: int) -> dict[str, Any]:
    from SALib.analyze import sobol as analyze

    found = analyze.analyze(
        problem,
        output,
        calc_second_order=False,
        num_resamples=RESAMPLES,
        print_to_console=False,
        seed=seed,
    )
    return dict(found)


def convergence(
    effects: Sequence[SobolIndex], moved: float, points: int
) -> Convergence:
    """Return whether indices have converged.

    Parameters
    ----------
    moved
        By how much the total indices differ from those of half of the points.
    """
    widest = max(max(e.total_error, e.first_error) for e in effects)
    # What half of the points move is about one standard error of all of them.
    off = max(widest, moved)
    needed = 1 << max(0, int(np.ceil(np.log2(points * max(1.0, off / CLOSE) ** 2))))
    if widest <= CLOSE and moved <= CLOSE:
        zh = f"已收敛:各指数区间半宽不超过{widest:.2f},点数减半时变动不超过{moved:.2f}"
        en = (
            f"converged: intervals within ±{widest:.2f}, half of the points move "
            f"them by {moved:.2f}"
        )
        return Convergence(True, zh, en, points)
    first, second = ([*effects, effects[-1]])[:2]
    apart = first.total - first.total_error > second.total + second.total_error
    if off <= ROUGH or apart:
        zh = f"未完全收敛:次序可用,数值误差可达{off:.2f};约需{needed}个基点"
        en = (
            f"not fully converged: the order can be used, values may be off by "
            f"{off:.2f}; about {needed} base points are needed"
        )
        return Convergence(False, zh, en, needed)
    zh = f"未收敛:误差可达{off:.2f},不宜引用;约需{needed}个基点"
    en = (
        f"not converged: errors up to {off:.2f}, not to be quoted; about {needed} "
        "base points are needed"
    )
    return Convergence(False, zh, en, needed)
