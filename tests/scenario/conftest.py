from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

TOWNS = Path(__file__).parents[1] / "reference" / "towns"
HEAD = 'id = "mine"\ntitle = { zh = "我的", en = "Mine" }\nmodel = "towns.mdl"\n'


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
