"""A scenario run, and what is said of it: in memory, as JSON, as a folder."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cqsim.engine.columns import tidy
from cqsim.engine.folder import replaced
from cqsim.engine.manifest import manifest, write_manifest
from cqsim.engine.result import Result
from cqsim.engine.series import write_series
from cqsim.engine.simulation import run
from cqsim.engine.span import Span
from cqsim.scenario.load import Scenario


@dataclass(frozen=True, slots=True)
class Outcome:
    """A scenario with its run; `wall_seconds` is how long the run took."""

    scenario: Scenario
    result: Result
    step: float
    wall_seconds: float

    @property
    def times(self) -> dict[str, float]:
        """Start, end and step of the run."""
        saved = self.result.times
        return {"start": float(saved[0]), "end": float(saved[-1]), "step": self.step}


def check(scenario: Scenario) -> Span:
    """Return the times of a scenario's run, known to go together.

    Raises
    ------
    CqsimError
        They do not.
    """
    return Span(scenario.start, scenario.end, scenario.step).checked(scenario.model)


def carried_out(
    scenario: Scenario, progress: Callable[[float], None] | None = None
) -> Outcome:
    """Return a scenario with its run.

    Raises
    ------
    CqsimError
        The model cannot be run, or the run diverges.
    """
    began = time.perf_counter()
    result = run(
        scenario.model,
        scenario.settings,
        start=scenario.start,
        until=scenario.end,
        step=scenario.step,
        progress=progress,
    )
    step = check(scenario).step or float("nan")
    return Outcome(scenario, result, step, time.perf_counter() - began)


def written(outcome: Outcome, parent: Path, *, csv: bool = False) -> list[Path]:
    """Write a run's folder below `parent` as a whole, and return its files.

    Raises
    ------
    OutputError
        It cannot be written; what was there is unchanged.
    """
    folder = parent / outcome.scenario.id
    with replaced(folder) as fresh:
        columns = tidy(outcome.scenario.model, outcome.result)
        table = fresh / "series.csv" if csv else None
        write_series(columns, fresh / "series.parquet", table)
        content = manifest(
            outcome.scenario,
            outcome.times,
            outcome.result.warnings,
            outcome.wall_seconds,
        )
        write_manifest(fresh, content)
        names = sorted(path.name for path in fresh.iterdir())
    return [folder / name for name in names]


def as_json(outcome: Outcome, files: list[Path]) -> dict[str, Any]:
    """Return what `cqsim run --json` prints."""
    scenario = outcome.scenario
    return {
        "scenario": {
            "id": scenario.id,
            "title": dict(scenario.title),
            "sha256": scenario.sha256,
        },
        "model": {
            "path": scenario.model.path.as_posix(),
            "sha256": scenario.model.sha256,
        },
        "time": outcome.times,
        "targets": [],
        "indicators": [],
        "files": [path.as_posix() for path in files],
        "warnings": list(outcome.result.warnings),
    }
