import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cqsim.case.scenario import read_scenario
from cqsim.report.build import (
    Prepared,
    ReportJob,
    Stopwatch,
    made_pdf,
    prepare,
    request_of,
)
from cqsim.study.results import SweepResults

BASELINE = Path(__file__).parents[2] / "scenarios" / "baseline.toml"
TARGET = "urban_share_2025"
RUNS = 400

Swept = Callable[..., SweepResults]


@dataclass
class Made:
    """The report of the baseline, made once for all tests of this folder."""

    request: ReportJob
    prepared: Prepared

    @cached_property
    def zh(self) -> bytes:
        return made_pdf(self.prepared, "zh", Stopwatch())

    @cached_property
    def en(self) -> bytes:
        return made_pdf(self.prepared, "en", Stopwatch())

    @cached_property
    def texts(self) -> dict[str, list[str]]:
        """The text of every page by language."""
        from pypdf import PdfReader

        return {
            language: [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]
            for language, pdf in (("zh", self.zh), ("en", self.en))
        }


@pytest.fixture(scope="session")
def made() -> Made:
    request = request_of([read_scenario(str(BASELINE))], None, False, Stopwatch())
    return Made(request, prepare(request, Stopwatch()))


@pytest.fixture(scope="session")
def brief(made: Made) -> Prepared:
    control = {**made.request.control, "brief": True}
    request = replace(made.request, control=control, brief=True)
    return prepare(request, Stopwatch())


@pytest.fixture(scope="session")
def brief_pdf(brief: Prepared) -> bytes:
    return made_pdf(brief, "zh", Stopwatch())


@pytest.fixture(scope="session")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Swept:
    """Return what stores a sweep of two inputs with the runs that meet its target."""

    def _swept(
        first: Any, second: Any, met: Any, design: str = "random"
    ) -> SweepResults:
        folder = tmp_path_factory.mktemp("sweep")
        _store(folder, first, second, met)
        words = {name: {"zh": name, "en": name} for name in ("first", "second", TARGET)}
        rule = {"operator": ">=", "required": 80.0, "title": words[TARGET]}
        more: dict[str, Any] = {"readings": {}, "alternatives": {}, "weather": {}}
        description = {
            "title": {"zh": "抽样", "en": "Sample"},
            "share": {"zh": "比例", "en": "share of futures"},
            "targets": {TARGET: rule | more},
            "target_order": [TARGET],
            "inputs": {name: {"title": words[name]} for name in ("first", "second")},
        }
        text = json.dumps(description)
        (folder / "description.json").write_text(text, encoding="utf-8")
        (folder / "finished.json").write_text("{}", encoding="utf-8")
        manifest = {
            "base_order": ["baseline"],
            "sweep": {"points": len(first), "design": design},
        }
        return SweepResults(folder, manifest, description)

    return _swept


@pytest.fixture(scope="session")
def stored(swept: Swept) -> SweepResults:
    """Return a sweep whose target is met where the first input is below 0.3."""
    first, second = np.random.default_rng(1).uniform(0.0, 1.0, (2, RUNS))
    return swept(first, second, first < 0.3)


def _store(folder: Path, first: Any, second: Any, met: Any) -> None:
    """Write the tables `inputs` and `targets` of a sweep, a thousand runs a part."""
    import duckdb
    import pandas as pd

    runs = np.arange(len(first))
    empty = pd.Series([None] * len(first), dtype="string")
    frame = pd.DataFrame(
        {
            **{"run": runs, "point": runs, "scenario": "baseline"},
            **{"lost_time": np.nan, "lost_variable": empty},
            **{"first": first, "second": second},
            **{"target": TARGET, "alternative": "", "scope": "metro", "year": 2025.0},
            "value": np.where(met, 81.0, 79.0),
        }
    )
    own = list(frame.columns)
    tables = {"inputs": own[:7], "targets": ["run", *own[7:]]}
    with duckdb.connect(":memory:") as connection:
        for begin in range(0, len(frame), 1000):
            part = folder / "data" / f"part-{begin:07}"
            part.mkdir(parents=True)
            connection.register("given", frame.iloc[begin : begin + 1000])
            for table, columns in tables.items():
                path = part / f"{table}.parquet"
                connection.execute(
                    f"copy (select {', '.join(columns)} from given) to '{path}' "
                    "(format parquet)"
                )
