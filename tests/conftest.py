"""How every test runs: the same examples each time, and no clock in a verdict."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from cqsim.model import lower
from cqsim.model.system import System

settings.register_profile("cqsim", deadline=None, derandomize=True)
settings.load_profile("cqsim")

CONTROL = """
FINAL TIME = {end} ~ Year ~ |
INITIAL TIME = 0 ~ Year ~ |
SAVEPER = TIME STEP ~ Year ~ |
TIME STEP = {step} ~ Year ~ |
"""

Make = Callable[..., System]


@pytest.fixture
def system_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Return what makes a system from equations in Vensim's language."""
    monkeypatch.setenv("CQSIM_CACHE", str(tmp_path / "cache"))

    def make(equations: str, end: float = 4, step: float = 1) -> System:
        path = tmp_path / "model.mdl"
        text = "{UTF-8}\n" + equations + CONTROL.format(end=end, step=step)
        path.write_text(text, encoding="utf-8")
        return lower.read(path)

    return make
