"""One model in each engine, side by side: times, ratios, and whether they agree."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from cqsim.compile.ir import Constant, System
from cqsim.compile.lower import read_system
from cqsim.engine.program import FEW, lanes_for
from cqsim.engine.simulation import run_many
from measuring.hand_c import BENCHMARKS, MissingError, hand_written
from measuring.pysd import pysd_seconds
from measuring.pysimlin import Simlin
from measuring.sdeverywhere import translated
from measuring.table import Cell, Section
from measuring.timing import least_in_turns, seconds

MODEL = BENCHMARKS / "bench_model.mdl"
TOTALS = ("national population", "national product", "Cumulative Emissions")
VECTORS = ("population", "gross regional product")
OUTPUTS = (*TOTALS, *VECTORS)
ONE, TWO = "cqsim, ensemble, 1 thread", "cqsim, ensemble, 2 threads"
SINGLE, PYSD, SIMLIN = "cqsim, single run", "PySD", "pysimlin"
HAND, SDE = "hand-written C", "SDEverywhere's C"
SDE_FAST = f"{SDE}, -ffast-math"
CLOSE = 1e-6
"""The relative difference up to which two engines have run the same model."""

_SIMLIN_CLOSE = 1e-3
"""pysimlin 0.8 starts smooths and delays near their input, not from it."""

_CONTROLS = ("FINAL TIME", "INITIAL TIME", "SAVEPER", "TIME STEP")
_STEPS = 200


@dataclass
class _Field:
    """Who takes part: what measures each, how far its numbers are from those of our
    single run, and what is said of it.
    """

    timed: dict[str, Callable[[], float]] = field(default_factory=dict)
    apart: dict[str, float] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)


def engines(runs: int, rounds: int, pysd_steps: int, sde: Path | None) -> Section:
    """Return what each engine takes for one run.

    Parameters
    ----------
    runs
        Of each ensemble.
    pysd_steps
        PySD runs so many steps, scaled up; with 0 it is left out.
    sde
        Where SDEverywhere is installed, or is to be.
    """
    system = read_system(MODEL)
    taking = _Field()
    own = _enter_own(taking, system, runs)
    with tempfile.TemporaryDirectory(prefix="cqsim-") as folder:
        _enter_hand_written(taking, Path(folder), own)
        _enter_sdeverywhere(taking, system, Path(folder), sde, own)
        _enter_pysimlin(taking, system, own)
        if pysd_steps:
            taking.said[PYSD] = f"{pysd_steps} of its {_STEPS} steps, scaled up"
        times = least_in_turns(taking.timed, rounds)
    if pysd_steps:
        times[PYSD] = pysd_seconds(MODEL, pysd_steps) * _STEPS
    return Section(
        "engines",
        "各引擎同场比较 Engines side by side",
        (
            "引擎 engine",
            "每次运行毫秒 ms a run",
            "与本程序集合之比 times our ensemble",
            "末值最大相对差 largest difference at the end",
            "说明 remarks",
        ),
        tuple(_rows(times, taking)),
        (
            f"bench_model.mdl: 22 regions, {_STEPS} steps, 26 saved times, "
            f"{len(TOTALS)} totals and {len(VECTORS)} vectors recorded. Least of "
            f"{rounds} measurements in turns; ensembles of {runs:,} runs.",
            "The hand-written C computes 32 runs together; SDEverywhere's computes one "
            "after another, in one process, with the same flags (-O3 -march=native).",
        ),
    )


def samples_of(system: System, runs: int) -> dict[str, np.ndarray]:
    """Return every scalar constant as a column, within a twentieth of its value."""
    chance = np.random.default_rng(0)
    return {
        name: variable.values[0] * chance.uniform(0.95, 1.05, runs)
        for name, variable in system.variables.items()
        if isinstance(variable, Constant)
        and not variable.axes
        and name not in (*_CONTROLS, "policy start")
        and name[0] != "#"
    }


def _enter_own(taking: _Field, system: System, runs: int) -> list[float]:
    """Enter our engines; return the numbers at the end of a single run."""
    single = partial(run_many, system, [{}], OUTPUTS, clock={"save": 1.0}, threads=1)
    found = single()
    taking.timed[SINGLE] = lambda: seconds(single)
    samples = samples_of(system, runs)
    for name, threads in ((ONE, 1), (TWO, 2)):
        many = partial(
            run_many, system, samples, OUTPUTS, clock={"save": 1.0}, threads=threads
        )
        many()
        taking.timed[name] = partial(_ensemble_seconds, many, runs)
    ensemble = single(lanes=lanes_for(system, FEW))
    ends = [np.ravel(ensemble.values[name][0, -1]) for name in OUTPUTS]
    own = [float(v) for name in OUTPUTS for v in np.ravel(found.values[name][0, -1])]
    apart = largest_difference(own, list(np.concatenate(ends)))
    taking.apart |= {ONE: apart, TWO: apart}
    return own


def _ensemble_seconds(many: Callable[[], object], runs: int) -> float:
    return seconds(many) / runs


def _enter_hand_written(taking: _Field, folder: Path, own: list[float]) -> None:
    try:
        program = hand_written(folder)
    except MissingError as missing:
        taking.said[HAND] = f"not measured: {missing}"
        return
    taking.timed[HAND] = program.seconds
    first = len(TOTALS)
    printed = [*own[: first + 1], own[-1]]
    taking.apart[HAND] = largest_difference(printed, program.numbers())


def _enter_sdeverywhere(
    taking: _Field, system: System, folder: Path, sde: Path | None, own: list[float]
) -> None:
    try:
        programs = translated(MODEL, _columns(system), sde, folder)
    except MissingError as missing:
        taking.said[SDE] = f"not measured: {missing}"
        return
    for extra, program in programs.items():
        name = f"{SDE}, {extra}" if extra else SDE
        taking.timed[name] = program.seconds
        taking.apart[name] = largest_difference(own, program.numbers())
        taking.said[name] = f"model as it is; {program.version}"


def _enter_pysimlin(taking: _Field, system: System, own: list[float]) -> None:
    simlin = Simlin.of(MODEL)
    taking.timed[SIMLIN] = simlin.seconds
    simlin.seconds()
    numbers = [simlin.series(name)[-1] for name in _columns(system)]
    taking.apart[SIMLIN] = largest_difference(own, numbers)
    taking.said[SIMLIN] = "it starts smooths and delays near their input, not from it"


def _columns(system: System) -> list[str]:
    """Return the outputs, with an element in brackets where they have regions."""
    elements = system.variables["population"].axes[0].elements
    return [*TOTALS, *(f"{name}[{e}]" for name in VECTORS for e in elements)]


def _rows(times: dict[str, float], taking: _Field) -> list[tuple[Cell, ...]]:
    """Return the rows, the fastest first, those that are missing last."""
    rows: list[tuple[Cell, ...]] = []
    for name, time in sorted(times.items(), key=lambda pair: pair[1]):
        apart = taking.apart.get(name)
        said = taking.said.get(name, "")
        close = _SIMLIN_CLOSE if name == SIMLIN else CLOSE
        if apart is not None and apart > close:
            said = f"NOT the same numbers. {said}".strip()
        rows.append((name, time * 1e3, time / times[ONE], apart, said))
    missing = [name for name in taking.said if name not in times]
    return [*rows, *((name, None, None, None, taking.said[name]) for name in missing)]


def largest_difference(ours: list[float], theirs: list[float]) -> float:
    """Return the largest relative difference of two lists of numbers."""
    a, b = np.array(ours), np.array(theirs)
    return float(np.max(np.abs(a - b) / np.maximum(np.abs(a), 1e-300)))
