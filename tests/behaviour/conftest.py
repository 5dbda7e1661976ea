"""The shipped model, compiled once, and its data."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import cqsim
from cqsim.case.case import Case
from cqsim.case.levers import Levers
from cqsim.compile.ir import System
from cqsim.compile.lower import read_system
from cqsim.judge.measure import Measure
from cqsim.model.model import Model

Floats = NDArray[np.float64]
Simulate = Callable[..., dict[str, Floats]]
Measured = Callable[[Sequence[Mapping[str, float]]], list[Measure]]


@pytest.fixture(scope="session")
def levers(folder: Path) -> Levers:
    return Case.load(folder).levers


@pytest.fixture(scope="session")
def rules(model: Model) -> Case:
    return Case.of(model)


@pytest.fixture(scope="session")
def system(folder: Path) -> System:
    return read_system(folder / "metro.mdl")


@pytest.fixture(scope="session")
def simulate(system: System) -> Simulate:
    """Return what runs settings together: the times, and arrays (run, time, *axes)."""

    def run(
        rows: Mapping[str, Any] | Sequence[Mapping[str, Any]],
        names: Sequence[str] | None = None,
    ) -> dict[str, Floats]:
        given = [rows] if isinstance(rows, Mapping) else rows
        found = cqsim.run_many(system, given, names, check_ranges=False)
        return {"time": found.times, **found.values}

    return run


@pytest.fixture(scope="session")
def baseline(simulate: Simulate) -> dict[str, Floats]:
    """Return the default run: every variable, (1, time, *axes)."""
    return simulate({})


@pytest.fixture(scope="session")
def from_2010(simulate: Simulate) -> dict[str, Floats]:
    """Return the run from one census to the next, every variable."""
    return simulate({"INITIAL TIME": 2010, "FINAL TIME": 2020})


@pytest.fixture(scope="session")
def measured(system: System, rules: Case) -> Measured:
    """Return what runs settings together and measures each run by the indicators."""

    def measure(rows: Sequence[Mapping[str, float]]) -> list[Measure]:
        found = cqsim.run_many(system, rows, check_ranges=False)
        return [Measure(r, rules) for r in found.each()]

    return measure
