from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

from cqsim.case.case import Case
from cqsim.case.indicators import Indicators
from cqsim.case.targets import Targets
from cqsim.resources import data_folder

MODEL = data_folder("model")
TOWNS = Path(__file__).parents[1] / "reference" / "towns"
HEAD = 'id = "mine"\ntitle = { zh = "我的", en = "Mine" }\nmodel = "towns.mdl"\n'


@pytest.fixture(scope="session")
def indicators() -> Indicators:
    return Case.load().indicators


@pytest.fixture(scope="session")
def targets(indicators: Indicators) -> Targets:
    return Case.load().targets


@pytest.fixture(scope="session")
def raw() -> Path:
    folder = MODEL / "observed" / "raw"
    if not folder.is_dir():
        pytest.skip("the raw files are not there")
    return folder


@pytest.fixture
def towns(tmp_path: Path) -> Path:
    """Return a copy of the folder of the model of three towns."""
    return Path(copytree(TOWNS, tmp_path / "towns"))


@pytest.fixture
def write(towns: Path) -> Callable[..., str]:
    """Return what writes a scenario beside the towns and returns its path."""

    def _write(body: str = "", name: str = "mine.toml", head: str = HEAD) -> str:
        path = towns / name
        path.write_text(head + body, encoding="utf-8")
        return str(path)

    return _write
