from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

from cqsim.study.execute import SweepOptions, run_sweep
from cqsim.study.job import SweepJob, job_of
from cqsim.study.results import SweepResults, open_sweep
from cqsim.study.sweep import read_sweep

TOWNS = Path(__file__).parents[2] / "reference" / "towns"
HEAD = """
id = "mine"
title = { zh = "我的", en = "Mine" }
bases = BASES
"""
BODY = """
design = "latin_hypercube"
seed = 3
size = 60
input = [
    { constant = "death rate", low = 0.005, high = 0.05 },
    { constant = "birth rate", place = "outer", apply = "factor", low = 0.5, high = 2 },
    { lever = "service_access" },
]
[record]
regions = true
indicators = ["people", "urban_share"]
scopes = ["metro", "regions"]
variables = ["Population"]
variable_years = [2024]
"""

Write = Callable[..., Path]
Planned = Callable[..., SweepJob]


@pytest.fixture
def towns(tmp_path: Path) -> Path:
    return Path(copytree(TOWNS, tmp_path / "towns"))


@pytest.fixture
def write(towns: Path) -> Write:
    """Return what writes a sweep beside the three towns."""

    def _write(body: str = BODY, bases: str = '["base.toml"]') -> Path:
        path = towns / "sweep.toml"
        path.write_text(HEAD.replace("BASES", bases) + body, encoding="utf-8")
        return path

    return _write


@pytest.fixture
def body() -> str:
    """Return what most tests sweep: three inputs, sixty points."""
    return BODY


@pytest.fixture
def planned(write: Write) -> Planned:
    """Return what plans a sweep of the three towns."""

    def _planned(*given: str) -> SweepJob:
        return job_of(read_sweep(str(write(*given))))

    return _planned


@pytest.fixture
def stored(planned: Planned, tmp_path: Path) -> SweepResults:
    """Return that sweep, carried out."""
    run_sweep(planned(), tmp_path / "out", SweepOptions())
    return open_sweep(tmp_path / "out")
