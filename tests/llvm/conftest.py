from pathlib import Path
from shutil import copytree

import pytest

TOWNS = Path(__file__).parents[1] / "reference" / "towns"


@pytest.fixture(autouse=True)
def own_cache(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keep what is translated out of the user's cache, in one for all tests."""
    folder = tmp_path_factory.getbasetemp() / "cache"
    folder.mkdir(mode=0o700, exist_ok=True)
    monkeypatch.setenv("CQSIM_CACHE", str(folder))


@pytest.fixture
def towns(tmp_path: Path) -> Path:
    """Return a copy of the model of three towns, in a folder of its own."""
    return Path(copytree(TOWNS, tmp_path / "towns")) / "towns.mdl"
