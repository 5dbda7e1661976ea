from pathlib import Path
from shutil import copytree

import pytest

from cqsim.model.model import Model
from cqsim.model.resolve import read_model

REFERENCE = Path(__file__).parents[1] / "reference" / "small"


@pytest.fixture
def small_path(tmp_path: Path) -> Path:
    """A copy of a small model that has every construct the reader tells apart."""
    return copytree(REFERENCE, tmp_path / "small") / "small.mdl"


@pytest.fixture
def small(small_path: Path) -> Model:
    return read_model(small_path)
