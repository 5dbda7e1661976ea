"""The shipped scenarios, run once."""

import pytest

from cqsim.case.case import Case
from cqsim.case.scenario import read_scenario
from cqsim.model.model import Model
from cqsim.study.compare import Comparison, compared
from cqsim.study.reach import LeverEffects, lever_effects

SCENARIOS = (
    *("baseline", "plan", "delayed", "integration", "green"),
    *("growth", "ageing", "guangan", "stress", "stagnation"),
)


@pytest.fixture(scope="session")
def comparison() -> Comparison:
    return compared([read_scenario(name) for name in SCENARIOS])


@pytest.fixture(scope="session")
def effects(model: Model) -> LeverEffects:
    return lever_effects(Case.of(model))
