"""The shipped model, compiled once, and its data."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from cqsim.compile.lower import read_system
from cqsim.engine.kernel import Kernel, compile_model
from cqsim.engine.measure import Measure
from cqsim.engine.result import Result
from cqsim.engine.rules import Rules, read_rules
from cqsim.model.model import Model
from cqsim.registry.levers import Levers, read_levers

Floats = NDArray[np.float64]
Measured = Callable[[Sequence[Mapping[str, float]]], list[Measure]]


@pytest.fixture(scope="session")
def levers(folder: Path) -> Levers:
    return read_levers(folder / "levers.toml")


@pytest.fixture(scope="session")
def rules(model: Model) -> Rules:
    return read_rules(model)


@pytest.fixture(scope="session")
def kernel(folder: Path) -> Kernel:
    return compile_model(read_system(folder / "metro.mdl"))


@pytest.fixture(scope="session")
def baseline(kernel: Kernel) -> dict[str, Floats]:
    """Return the default run: every variable, (1, time, *axes)."""
    return kernel.run({})


@pytest.fixture(scope="session")
def from_2010(kernel: Kernel) -> dict[str, Floats]:
    """Return the run from one census to the next, every variable."""
    return kernel.run({"INITIAL TIME": 2010, "FINAL TIME": 2020})


@pytest.fixture(scope="session")
def measured(kernel: Kernel, rules: Rules) -> Measured:
    """Return what runs settings together and measures each run by the indicators."""

    def measure(rows: Sequence[Mapping[str, float]]) -> list[Measure]:
        found = kernel.run(rows)
        along = {name: v.axes for name, v in kernel.system.variables.items()}
        axes = {n: tuple(a.name for a in along[n]) for n in found if n != "time"}
        elements = {a.name: a.elements for n in axes for a in along[n]}
        return [
            Measure(
                Result(
                    found["time"],
                    {name: found[name][number] for name in axes},
                    axes,
                    elements,
                    dict.fromkeys(axes, ""),
                    frozenset(),
                ),
                rules.indicators,
                rules.scopes,
            )
            for number in range(len(rows))
        ]

    return measure
