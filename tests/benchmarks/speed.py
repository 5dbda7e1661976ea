"""How fast each engine is on one model, measured side by side in one process.

Run it from the project's folder: `python tests/benchmarks/speed.py`. It prints a table
of times and of ratios: PySD (a few steps, scaled up), our single run, our ensemble on
one and on two threads, and the hand-written C, compiled on the spot where there is a
compiler. Ratios are of the least of several alternating measurements, since other work
on the machine only ever adds time.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from cqsim.codegen.trees import read_kept
from cqsim.engine.kernel import compile_model
from cqsim.engine.many import plan_many, run_plan
from cqsim.model.system import Constant, System

HERE = Path(__file__).parent
OUTPUTS = [
    "national population",
    "national product",
    "Cumulative Emissions",
    "population",
    "gross regional product",
]
C_FLAGS = ["-O3", "-march=native", "-mprefer-vector-width=512", "-DVM", "-DB=32"]
STEPS = 200
CONTROLS = ("FINAL TIME", "INITIAL TIME", "SAVEPER", "TIME STEP")


def samples_of(system: System, runs: int) -> dict[str, np.ndarray]:
    """Return every scalar constant as a column, within a twentieth of its value."""
    chance = np.random.default_rng(0)
    return {
        name: variable.values[0] * chance.uniform(0.95, 1.05, runs)
        for name, variable in system.variables.items()
        if isinstance(variable, Constant)
        and not variable.axes
        and name not in (*CONTROLS, "policy start")
        and name[0] != "#"
    }


def seconds(work: Callable[[], object]) -> float:
    """Return how long something takes."""
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


def built_c(folder: Path, flags: list[str]) -> Path | None:
    """Return the compiled hand-written C, if there is a compiler."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        return None
    program = folder / f"bench{len(flags)}"
    source = str(HERE / "bench_model.c")
    command = [compiler, *flags, source, "-o", str(program), "-lm"]
    done = subprocess.run(command, capture_output=True, check=False)
    return program if done.returncode == 0 else None


def c_seconds(program: Path, runs: int) -> float:
    """Return the least time of the hand-written C for one run."""
    command = [str(program), str(runs), "3"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = re.search(r"min ([0-9.]+)", done.stdout)
    assert found is not None
    return float(found.group(1)) * 1e-6


def pysd_seconds(steps: int) -> float:
    """Return the time of PySD for one run, from a few of its steps."""
    import pysd

    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(shutil.copy(HERE / "bench_model.mdl", folder))
        model = pysd.read_vensim(str(path))
        short, long = (
            seconds(partial(model.run, final_time=2010 + 0.125 * n, saveper=1))
            for n in (1, 1 + steps)
        )
    return (long - short) / steps * STEPS


def measure(runs: int, rounds: int, pysd_steps: int) -> dict[str, float]:
    """Return the seconds for one run of each engine."""
    system = read_kept(HERE / "bench_model.mdl")
    kernel = compile_model(system, save=1.0)
    kernel.run(outputs=OUTPUTS)
    samples = samples_of(system, runs)
    plans = {
        f"ensemble, {threads} thread{'s' if threads > 1 else ''}": plan_many(
            system, samples, OUTPUTS, clock={"save": 1.0}, threads=threads
        )
        for threads in (1, 2)
    }
    found: dict[str, list[float]] = {name: [] for name in ("single run", *plans)}
    with tempfile.TemporaryDirectory() as folder:
        program = built_c(Path(folder), C_FLAGS)
        for _ in range(rounds):
            found["single run"].append(seconds(lambda: kernel.run(outputs=OUTPUTS)))
            for name, plan in plans.items():
                found[name].append(seconds(partial(run_plan, plan)) / runs)
            if program is not None:
                found.setdefault("hand-written C, 1 thread", []).append(
                    c_seconds(program, 512)
                )
    least = {name: min(times) for name, times in found.items()}
    if pysd_steps:
        least["PySD"] = pysd_seconds(pysd_steps)
    return least


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2048)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pysd-steps", type=int, default=8, help="0 leaves it out")
    given = parser.parse_args()
    least = measure(given.runs, given.rounds, given.pysd_steps)
    one = least["ensemble, 1 thread"]
    out = sys.stdout
    out.write(f"{'engine':28} {'ms a run':>12} {'times our ensemble':>20}\n")
    for name, value in sorted(least.items(), key=lambda pair: pair[1]):
        out.write(f"{name:28} {value * 1e3:12.4f} {value / one:20.2f}\n")


if __name__ == "__main__":
    main()
