from collections.abc import Callable
from pathlib import Path
from shutil import copy, copytree

import pytest
from tests.planting import planted_in

from cqsim.model.resolve import read_model
from cqsim.units.equations import UnitFinding, check_equations
from cqsim.units.registry import Units, units_of

MODEL = Path(__file__).parents[2] / "model"

Check = Callable[[str, str, str], tuple[UnitFinding, ...]]


@pytest.fixture(scope="session")
def metro(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the shipped model with the vectors that it reads."""
    folder = tmp_path_factory.mktemp("units") / "model"
    folder.mkdir()
    copytree(MODEL / "initial", folder / "initial")
    copytree(MODEL / "observed", folder / "observed")
    for name in ("metro.mdl", "units.txt", *(f.name for f in MODEL.glob("*.toml"))):
        copy(MODEL / name, folder / name)
    return folder


@pytest.fixture(scope="session")
def metro_units(metro: Path) -> Units:
    return units_of(metro)


@pytest.fixture
def planted(metro: Path, metro_units: Units) -> Check:
    """Change one entry of the model, and return what the check of units finds."""

    def check(variable: str, old: str, new: str) -> tuple[UnitFinding, ...]:
        text = (metro / "metro.mdl").read_text(encoding="utf-8")
        path = metro / "planted.mdl"
        path.write_text(planted_in(text, variable, old, new), encoding="utf-8")
        return check_equations(read_model(path), metro_units).findings

    return check
