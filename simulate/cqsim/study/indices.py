"""Sensitivity indices of any function, from SALib, and whether they have converged."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Function = Callable[[Floats], Floats]
"""From points in the unit cube (point, input) to outputs (point, output)."""

LEVELS = 8
RESAMPLES = 100
REST = "other inputs"

CLOSE = 0.05
"""The half-width of an interval up to which an index counts as known."""

ROUGH = 0.15
"""The half-width up to which at least an order can be told."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What one input does to one output.

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
class Indices:
    """The indices of one output, strongest first, and how sure they are."""

    effects: tuple[Effect, ...]
    verdict: Convergence


@dataclass(frozen=True, slots=True)
class Screened:
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


def screen(
    names: Sequence[str], function: Function, trajectories: int, seed: int
) -> Screened:
    """Return the elementary effects of all inputs over their whole range."""
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
                outputs[:, number],
                num_levels=LEVELS,
                num_resamples=RESAMPLES,
                seed=seed,
            )
            for number in range(outputs.shape[1])
        ]
    strength, error, spread = (
        np.array([np.asarray(one[key], dtype=np.float64) for one in found])
        for key in ("mu_star", "mu_star_conf", "sigma")
    )
    return Screened(strength, error, spread, len(points))


def sobol(
    names: Sequence[str],
    function: Function,
    points: int,
    seed: int,
    kept: Sequence[str] | None = None,
) -> list[Indices]:
    """Return the Sobol' indices of every output.

    Parameters
    ----------
    points
        Base points, a power of two; the function is asked for points * (inputs + 2).
    kept
        The inputs that have an index of their own; all others share one.
    """
    groups = [name if kept is None or name in kept else REST for name in names]
    problem = {**_problem(names), "groups": groups}
    shown = list(dict.fromkeys(groups))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from SALib.sample import sobol as sample

        drawn = sample.sample(problem, points, calc_second_order=False, seed=seed)
        outputs = function(drawn)
        return [
            _indices(problem, shown, outputs[:, number], seed)
            for number in range(outputs.shape[1])
        ]


def _problem(names: Sequence[str]) -> dict[str, Any]:
    return {
        "num_vars": len(names),
        "names": list(names),
        "bounds": [[0.0, 1.0]] * len(names),
    }


def _indices(
    problem: dict[str, Any], names: Sequence[str], output: Floats, seed: int
) -> Indices:
    if not np.isfinite(output).all():
        zh, en = "有运行发散或无定义,未计算", "some runs diverged or have no value"
        return Indices((), Convergence(False, zh, en, 0))
    if np.ptp(output) <= 1e-12 * max(1.0, float(np.abs(output).max())):
        zh, en = "结果不随任何输入变化", "nothing moves it"
        return Indices((), Convergence(True, zh, en, 0))
    found = _analyzed(problem, output, seed)
    block = len(names) + 2
    half = _analyzed(problem, output[: len(output) // block // 2 * block], seed)
    effects = [
        Effect(
            name, *(float(found[key][n]) for key in ("S1", "S1_conf", "ST", "ST_conf"))
        )
        for n, name in enumerate(names)
    ]
    moved = float(np.max(np.abs(np.subtract(found["ST"], half["ST"]))))
    ordered = sorted(effects, key=lambda effect: -effect.total)
    return Indices(tuple(ordered), convergence(ordered, moved, len(output) // block))


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


def convergence(effects: Sequence[Effect], moved: float, points: int) -> Convergence:
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
