"""Compare the compiled engine with PySD on whole models and random settings.

Run it from the project's folder: `python tests/reference/against_pysd.py MODEL`. It
takes PySD's time: a minute for each run of a model of 22 regions. Every variable at
every saved time must be equal to 1e-9 of its value, or to 1e-12 of the largest value
that the variable has anywhere in the run.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cqsim.case.case import Case
from cqsim.compile.ir import Constant, System
from cqsim.compile.lower import read_system
from cqsim.engine.result import Runs
from cqsim.engine.simulation import run
from cqsim.model.model import Model
from cqsim.model.resolve import read_model

RELATIVE = 1e-9
OF_SCALE = 1e-12
CONTROLS = ("FINAL TIME", "INITIAL TIME", "SAVEPER", "TIME STEP")


def random_settings(path: Path, seed: int, spread: float) -> dict[str, float]:
    """Return new values of the scalar constants and of every lever beside the model.

    A constant moves by `spread` of its value inside its own range; whole numbers stay,
    since they are years, switches and counts. A lever is anywhere between its floor and
    its ceiling, and begins and ramps up at any time that its constants allow.
    """
    chance = np.random.default_rng(seed)
    system, model = read_system(path), read_model(path)
    settings = {
        name: _within(model, name, values * (1 + spread * chance.uniform(-1, 1)))
        for name, values in _scalars(system)
    }
    for lever in Case.of(model).levers.values():
        drawn = {
            lever.constant: chance.uniform(lever.floor, lever.ceiling),
            lever.start_constant: float(lever.earliest_start + chance.integers(8)),
            lever.ramp_constant: lever.ramp * chance.uniform(0.5, 2.0),
        }
        settings |= {name: value for name, value in drawn.items() if name is not None}
    return settings


def _scalars(system: System) -> Iterator[tuple[str, float]]:
    for name, variable in system.variables.items():
        if not isinstance(variable, Constant) or variable.axes or name[0] == "#":
            continue
        (value,) = variable.values
        if value != int(value) and name not in (*CONTROLS, *system.structural):
            yield name, value


def _within(model: Model, name: str, value: float) -> float:
    variable = model.variable(name)
    assert variable is not None, name
    low = -np.inf if variable.low is None else variable.low
    high = np.inf if variable.high is None else variable.high
    return float(np.clip(value, low, high))


def worst(ours: Runs, theirs: Runs) -> tuple[float, str]:
    """Return by how much the worst variable misses its tolerance, and its name."""
    found = (0.0, "")
    for name, wanted in theirs.values.items():
        values = ours.values[name].reshape(wanted.shape)
        found = max(found, (miss(values, wanted), name))
    return found


def miss(found: NDArray[np.float64], wanted: NDArray[np.float64]) -> float:
    """Return the largest error over its tolerance; 1 and less is equal."""
    scale = float(np.abs(wanted).max(initial=0.0))
    allowed = np.maximum(RELATIVE * np.abs(wanted), OF_SCALE * scale)
    error = np.abs(found - wanted)
    return float(np.max(np.where(error == 0, 0.0, error / np.maximum(allowed, 1e-300))))


def compare(path: Path, settings: Mapping[str, float], until: float | None) -> str:
    """Return a line that says how far apart the engines are."""
    before = time.perf_counter()
    ours = run(path, settings, until=until)
    between = time.perf_counter()
    theirs = run(path, settings, until=until, engine="pysd")
    after = time.perf_counter()
    factor, name = worst(ours, theirs)
    verdict = "equal" if factor <= 1 else f"DIFFERS in {name}"
    spent = f"{between - before:.2f} s and {after - between:.1f} s"
    return f"{verdict}: worst at {factor:.3g} of the tolerance; {spent}"


def main() -> int:
    """Compare, print a line for each setting, and return 1 where one differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--settings", type=int, default=30)
    parser.add_argument("--first", type=int, default=0, help="0 is the model as it is")
    parser.add_argument("--spread", type=float, default=0.05)
    parser.add_argument("--until", type=float)
    given = parser.parse_args()
    differ = 0
    for seed in range(given.first, given.settings + 1):
        settings = random_settings(given.model, seed, given.spread) if seed else {}
        line = compare(given.model, settings, given.until)
        differ += not line.startswith("equal")
        sys.stdout.write(f"{seed:3} {line}\n")
        sys.stdout.flush()
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
