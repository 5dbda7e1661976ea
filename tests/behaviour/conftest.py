"""The shipped model, compiled once, and its data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cqsim.engine.kernel import Kernel, compile_model
from cqsim.engine.measure import Measure
from cqsim.engine.rules import Rules, read_rules
from cqsim.model.lower import read
from cqsim.model.text import read_model_text
from cqsim.model.variables import Model
from cqsim.registry.levers import Levers, read_levers
from cqsim.registry.scopes import SCOPES
from cqsim.resources import data_folder

Floats = NDArray[np.float64]
Settings = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Runs:
    """Runs of the model as indicators see them, one after the other."""

    model: Model
    times: Floats
    values: Mapping[str, Floats]
    axes: Mapping[str, tuple[str, ...]]

    def one(self, number: int) -> "OneRun":
        """Return one of the runs."""
        return OneRun(self, number)


@dataclass(frozen=True, slots=True)
class OneRun:
    """One run, in the form that a measure reads."""

    runs: Runs
    number: int

    @property
    def times(self) -> Floats:
        """The saved times."""
        return self.runs.times

    def __getitem__(self, name: str) -> Floats:
        """Return a variable (time, *axes)."""
        return self.runs.values[name][self.number]


@pytest.fixture(scope="session")
def folder() -> Path:
    return data_folder("model")


@pytest.fixture(scope="session")
def model(folder: Path) -> Model:
    return read_model_text(folder / "metro.mdl")


@pytest.fixture(scope="session")
def levers(folder: Path) -> Levers:
    return read_levers(folder / "levers.toml")


@pytest.fixture(scope="session")
def rules(model: Model) -> Rules:
    return read_rules(model)


@pytest.fixture(scope="session")
def kernel(folder: Path) -> Kernel:
    return compile_model(read(folder / "metro.mdl"))


@pytest.fixture(scope="session")
def baseline(kernel: Kernel) -> dict[str, Floats]:
    """Return the default run, every variable (run, time, *axes)."""
    return kernel.run({})


@pytest.fixture(scope="session")
def from_2010(kernel: Kernel) -> dict[str, Floats]:
    """Return the run from one census to the next, every variable."""
    return kernel.run({"INITIAL TIME": 2010, "FINAL TIME": 2020})
