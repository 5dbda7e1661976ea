from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

from cqsim.model import lower
from cqsim.model.system import System

TOWNS = Path(__file__).parents[1] / "reference" / "towns"


@pytest.fixture(autouse=True)
def _own_cache(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keep what is translated in tests out of the user's cache."""
    folder = tmp_path_factory.getbasetemp() / "cache"
    folder.mkdir(mode=0o700, exist_ok=True)
    monkeypatch.setenv("CQSIM_CACHE", str(folder))


@pytest.fixture
def towns(tmp_path: Path) -> Path:
    """Return a copy of the model of three towns, in a folder of its own."""
    return Path(copytree(TOWNS, tmp_path / "towns")) / "towns.mdl"


CONTROL = """
FINAL TIME = {end} ~ Year ~ |
INITIAL TIME = 0 ~ Year ~ |
SAVEPER = TIME STEP ~ Year ~ |
TIME STEP = {step} ~ Year ~ |
"""


@pytest.fixture
def system_of(tmp_path: Path) -> Callable[..., System]:
    """Return what makes a system from equations in Vensim's language."""

    def make(equations: str, end: float = 4, step: float = 1) -> System:
        path = tmp_path / "model.mdl"
        text = "{UTF-8}\n" + equations + CONTROL.format(end=end, step=step)
        path.write_text(text, encoding="utf-8")
        return lower.read(path)

    return make
