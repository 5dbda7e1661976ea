from pathlib import Path
from shutil import copytree

import pytest

from cqsim.model.text import read_model_text
from cqsim.model.variables import Model

REFERENCE = Path(__file__).parents[1] / "reference" / "small"


@pytest.fixture
def small_path(tmp_path: Path) -> Path:
    """A copy of a small model that has every construct the reader tells apart."""
    return copytree(REFERENCE, tmp_path / "small") / "small.mdl"


@pytest.fixture
def small(small_path: Path) -> Model:
    return read_model_text(small_path)
