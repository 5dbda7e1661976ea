from pathlib import Path

import pytest

from cqsim.registry.indicators import Indicators, read_indicators
from cqsim.registry.targets import Targets, read_targets
from cqsim.resources import data_folder

MODEL = data_folder("model")


@pytest.fixture(scope="session")
def indicators() -> Indicators:
    return read_indicators(MODEL / "indicators.toml")


@pytest.fixture(scope="session")
def targets(indicators: Indicators) -> Targets:
    return read_targets(MODEL / "targets.toml", indicators, [])


@pytest.fixture(scope="session")
def raw() -> Path:
    folder = MODEL / "observed" / "raw"
    if not folder.is_dir():
        pytest.skip("the raw files are not there")
    return folder
