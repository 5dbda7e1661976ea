import numpy as np
import pytest
from numpy.typing import NDArray

from cqsim.case.case import Case
from cqsim.case.indicators import Indicators, Level
from cqsim.case.scopes import Geography
from cqsim.case.targets import Targets
from cqsim.engine.result import Runs
from cqsim.judge.measure import Measure

Floats = NDArray[np.float64]

RING_OF = {
    **dict.fromkeys(["yuzhong", "yubei"], "central"),
    "bishan": "integrating",
    "fuling": "fulcrum",
    "dazu": "bridgehead",
    "guangan": "northern",
}
REGIONS = tuple(RING_OF)
WHOLE_AREA = ("territorial emissions",)


ELEMENTS = {"region": REGIONS, "sector": ("primary", "secondary", "tertiary")}


def full_run(indicators: Indicators, end: int = 2035) -> Runs:
    """Return a run that has every variable of the indicators, growing by a half."""
    times = np.arange(2020.0, end + 1)
    growth = np.linspace(1.0, 1.5, times.size)
    values: dict[str, Floats] = {}
    axes: dict[str, tuple[str, ...]] = {}
    for indicator in indicators.values():
        for name in indicator.variables:
            if isinstance(indicator, Level) or name in WHOLE_AREA:
                axes[name] = ()
            else:
                axes[name] = ("region", "sector") if "sector" in name else ("region",)
    sizes = {"region": np.arange(1.0, len(REGIONS) + 1), "sector": np.ones(3)}
    for name, its in axes.items():
        array = growth
        for axis in its:
            array = np.multiply.outer(array, sizes[axis])
        values[name] = array
    return Runs(times, values, axes, ELEMENTS, {})


@pytest.fixture(scope="session")
def case() -> Case:
    """Return the shipped case with six of its regions."""
    case = Case.load().complete()
    case.__dict__["geography"] = Geography(case.geography.rows, RING_OF)
    return case


@pytest.fixture(scope="session")
def indicators(case: Case) -> Indicators:
    return case.indicators


@pytest.fixture(scope="session")
def targets(case: Case) -> Targets:
    return case.targets


@pytest.fixture(scope="session")
def run(indicators: Indicators) -> Runs:
    return full_run(indicators)


@pytest.fixture(scope="session")
def short_run(indicators: Indicators) -> Runs:
    return full_run(indicators, end=2030)


@pytest.fixture(scope="session")
def measure(run: Runs, case: Case) -> Measure:
    return Measure(run, case)
