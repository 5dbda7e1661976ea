"""How every test runs: the same examples each time, and no clock in a verdict."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copytree

import pytest
from hypothesis import settings

from cqsim.compile.ir import System
from cqsim.compile.lower import read_system
from cqsim.documentation.credibility import Checked, check_model
from cqsim.model.model import Model
from cqsim.model.resolve import read_model
from cqsim.resources import data_folder

settings.register_profile("cqsim", deadline=None, derandomize=True)
settings.load_profile("cqsim")

CONTROL = """
FINAL TIME = {end} ~ Year ~ |
INITIAL TIME = 0 ~ Year ~ |
SAVEPER = {save} ~ Year ~ |
TIME STEP = {step} ~ Year ~ |
"""

TOWNS = Path(__file__).parent / "reference" / "towns"

Write = Callable[..., Path]
Make = Callable[..., System]


@pytest.fixture(scope="session")
def folder() -> Path:
    """Return the folder of the model that is shipped."""
    return data_folder("model")


@pytest.fixture(scope="session")
def model(folder: Path) -> Model:
    """Return the text of the model that is shipped, read."""
    return read_model(folder / "metro.mdl")


@pytest.fixture(scope="session")
def checked(folder: Path) -> Checked:
    """Return what the checks of the shipped model find; who asks is in one group."""
    return check_model(folder / "metro.mdl")


@pytest.fixture(scope="session")
def write_model() -> Write:
    """Return what writes equations in Vensim's language into a folder, with a clock."""

    def write(
        folder: Path,
        equations: str,
        end: float | str = 4,
        step: float | str = 1,
        save: float | str = "TIME STEP",
    ) -> Path:
        path = folder / "model.mdl"
        clock = CONTROL.format(end=end, step=step, save=save)
        path.write_text("{UTF-8}\n" + equations + clock, encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="session", autouse=True)
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep machine code out of the user's cache, in one for all tests and workers."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "cache"
    folder.mkdir(mode=0o700, exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CQSIM_CACHE", str(folder))
        yield


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep machine code of a test to the test, in the folder that is returned."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("CQSIM_CACHE", str(folder))
    return folder


@pytest.fixture
def towns(tmp_path: Path) -> Path:
    """Return a copy of the model of three towns, in a folder of its own."""
    return Path(copytree(TOWNS, tmp_path / "towns")) / "towns.mdl"


@pytest.fixture
def system_of(tmp_path: Path, write_model: Write) -> Make:
    """Return what makes a system from equations in Vensim's language."""

    def make(equations: str, end: float = 4, step: float = 1) -> System:
        return read_system(write_model(tmp_path, equations, end, step))

    return make
