"""The model of the area alone: reading, lowering and one run, beside other engines."""

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from cqsim.compile.lower import lower_model
from cqsim.engine.clock import Clock
from cqsim.engine.program import Program
from cqsim.engine.settings import Samples
from cqsim.engine.simulation import output_names, run_many, timed
from cqsim.llvm.native import Opt
from cqsim.model.resolve import read_model
from measuring.hand_c import MissingError
from measuring.pysd import pysd_seconds
from measuring.pysimlin import Simlin, inlined
from measuring.sdeverywhere import translated
from measuring.table import Cell, Section
from measuring.timing import in_fresh_process, least_in_turns, seconds

PROJECT = Path(__file__).parents[3]
METRO = PROJECT / "model" / "metro.mdl"
PUBLIC = Path(
    os.environ.get("CQSIM_PUBLIC_MODELS", PROJECT.parent / "shared" / "public-models")
)
READ, LOWER, PLAIN, OPTIMISED = "read", "lower", "one run, O0", "one run, O3"
SIMLIN, PYSD, SDE = "one run, pysimlin", "one run, PySD", "one run, SDEverywhere's C"
SAME, LARGEST = "same bytes in an ensemble", "largest public model"

_OPTIMISED: dict[str, Opt] = {PLAIN: 0, OPTIMISED: 3}
_STEPS = 60
_LANES = (1, 2, 8, 16, 32)
_THREADS = (1, 2)


def area(rounds: int, pysd_steps: int, sde: Path | None) -> Section:
    """Return what the model of the area takes by itself, and the largest public one.

    Parameters
    ----------
    pysd_steps
        PySD runs so many steps, scaled up; with 0 it is left out.
    sde
        Where SDEverywhere is installed, or is to be.
    """
    said: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="cqsim-") as name:
        work = _own() | _others(Path(name), sde, said)
        times = least_in_turns(work, rounds)
    if pysd_steps:
        times[PYSD] = pysd_seconds(METRO, pysd_steps) * _STEPS
        said[PYSD] = f"{pysd_steps} of its {_STEPS} steps, scaled up"
    rows: list[tuple[Cell, ...]] = [
        (name, time * 1e3, said.get(name, "")) for name, time in times.items()
    ]
    rows += [(name, None, why) for name, why in said.items() if name not in times]
    rows += [(SAME, None, _bytes()), _largest()]
    return Section(
        "area",
        "都市圈模型单独一次 The model of the area alone",
        ("步骤 step", "毫秒 ms", "说明 remarks"),
        tuple(rows),
        (
            f"metro.mdl from 2020 to 2035, {_STEPS} steps, 16 saved times, every "
            "variable recorded. Nothing of reading and lowering is cached.",
        ),
    )


def _own() -> dict[str, Callable[[], float]]:
    model = read_model(METRO)
    return {
        READ: lambda: seconds(partial(read_model, METRO)),
        LOWER: lambda: seconds(partial(lower_model, model)),
        **{name: _one_run(opt) for name, opt in _OPTIMISED.items()},
    }


def _one_run(opt: Opt) -> Callable[[], float]:
    """Return what measures one run of a program that is compiled already."""
    samples = Samples()
    system, clock = timed(lower_model(read_model(METRO)), samples, {})
    program = Program.of(system, output_names(system, None), samples, lanes=1, opt=opt)
    run = partial(_drained, program, samples, clock)
    run()
    return lambda: seconds(run)


def _drained(program: Program, samples: Samples, clock: Clock) -> None:
    for _ in program.stream(samples, clock):
        pass


def _others(
    folder: Path, sde: Path | None, said: dict[str, str]
) -> dict[str, Callable[[], float]]:
    path = folder / METRO.name
    text = METRO.read_text(encoding="utf-8")
    path.write_text(inlined(text, METRO.parent), encoding="utf-8")
    found: dict[str, Callable[[], float]] = {SIMLIN: Simlin.of(path).seconds}
    try:
        programs = translated(path, ["metro gdp"], sde, folder)
        found[SDE] = programs[""].seconds
    except MissingError as missing:
        said[SDE] = f"not measured: {missing}"
    return found


def _bytes() -> str:
    """Return whether a run alone has the bits of that run among others."""
    spread = {"long run fertility": np.linspace(0.9, 1.3, 33)}
    alone = run_many(METRO, [{"long run fertility": spread["long run fertility"][20]}])
    for lanes in _LANES:
        for threads in _THREADS:
            among = run_many(METRO, spread, lanes=lanes, threads=threads)
            for name, values in alone.values.items():
                if values[0].tobytes() != among.values[name][20].tobytes():
                    return f"NO: {name}, {lanes} lanes, {threads} threads"
    widths = ", ".join(map(str, _LANES))
    return f"yes: run 20 of 33, {widths} lanes, 1 and 2 threads, every variable"


@dataclass(frozen=True, slots=True)
class _Spent:
    """Seconds to read and lower, and to compile and run."""

    read: float
    run: float


def _largest() -> tuple[Cell, ...]:
    models = sorted(PUBLIC.rglob("*.mdl"), key=lambda path: path.stat().st_size)
    if not models:
        return (LARGEST, None, "not measured: the public models are not there")
    spent = in_fresh_process(read_and_run, models[-1])
    said = f"{models[-1].name}: {spent.read:.1f} s to read, {spent.run:.1f} s to run"
    return (LARGEST, (spent.read + spent.run) * 1e3, said)


def read_and_run(path: Path) -> _Spent:
    """Return what a model takes from its text on, with an empty cache."""
    import cqsim

    with tempfile.TemporaryDirectory(prefix="cqsim-") as name:
        os.environ["CQSIM_CACHE"] = str(Path(name) / "cache")
        lowered = []
        reading = seconds(lambda: lowered.append(lower_model(read_model(path))))
        running = seconds(lambda: cqsim.run(lowered[0]))
    return _Spent(reading, running)
