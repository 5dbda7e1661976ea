"""The shipped scenarios, run once."""

from pathlib import Path

import pytest

from cqsim.engine.rules import read_rules
from cqsim.model.text import read_model_text
from cqsim.model.variables import Model
from cqsim.resources import data_folder
from cqsim.scenario.levers import levers_of
from cqsim.scenario.load import read_scenario
from cqsim.study.compare import Comparison, compared
from cqsim.study.lever_effects import LeverEffects, lever_effects

SCENARIOS = (
    *("baseline", "plan", "delayed", "integration", "green"),
    *("growth", "ageing", "guangan", "stress", "stagnation"),
)


@pytest.fixture(scope="session")
def folder() -> Path:
    return data_folder("model")


@pytest.fixture(scope="session")
def model(folder: Path) -> Model:
    return read_model_text(folder / "metro.mdl")


@pytest.fixture(scope="session")
def comparison() -> Comparison:
    return compared([read_scenario(name) for name in SCENARIOS])


@pytest.fixture(scope="session")
def effects(model: Model) -> LeverEffects:
    return lever_effects(model, levers_of(model), read_rules(model))
