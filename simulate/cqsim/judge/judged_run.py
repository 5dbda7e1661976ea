"""A scenario run and judged: in memory, as JSON, as a folder with a manifest."""

import json
import platform
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from cqsim import __version__
from cqsim.case.case import Case
from cqsim.case.scenario import Scenario
from cqsim.engine.clock import Clock
from cqsim.engine.folder import replaced
from cqsim.engine.identity import commit_of, file_sha256, sha256
from cqsim.engine.result import Runs
from cqsim.engine.series import write_series
from cqsim.engine.simulation import Engine, method_of, system_of
from cqsim.engine.simulation import run as run_model
from cqsim.judge.effects import settings_without_effect
from cqsim.judge.measure import IndicatorValue, Measure, table
from cqsim.judge.record import records, write_targets
from cqsim.judge.verdicts import Judgement, judge
from cqsim.language.syntax import canonical

LIBRARIES = ("duckdb", "llvmlite", "numpy", "pandas", "pydantic", "pysd", "xarray")


Hashes = tuple[tuple[Path, str], ...]
"""Files with the SHA-256 of their contents."""


@dataclass(frozen=True)
class JudgedRun:
    """A scenario with its run and its judgement.

    Attributes
    ----------
    scenario
        Its notes say also what of it changes nothing.
    boundary
        The scope outside of which regions count nowhere.
    data, registry
        The files that the model read, and those of the case, hashed before the run.
    wall_seconds
        What the run took.
    """

    scenario: Scenario
    clock: Clock
    boundary: str
    data: Hashes
    registry: Hashes
    result: Runs
    judgement: Judgement
    indicators: tuple[IndicatorValue, ...]
    wall_seconds: float
    engine: Engine

    @property
    def case(self) -> Case:
        """The case, with the scenario's own targets."""
        return self.scenario.case

    @cached_property
    def measure(self) -> Measure:
        """The run seen through the indicators, within the boundary."""
        return Measure(self.result, self.case, self.boundary)

    @property
    def times(self) -> dict[str, float]:
        """Start, end and step of the run."""
        saved, step = self.result.times, self.clock.step
        return {"start": float(saved[0]), "end": float(saved[-1]), "step": step}

    @property
    def warnings(self) -> tuple[str, ...]:
        """Caveats on the results, one sentence each."""
        set_over = tuple(
            f"the command line set {text} over the scenario"
            for text in self.scenario.overrides
        )
        return (
            *set_over,
            *self.scenario.notes,
            *self.result.warnings,
            *self.judgement.unjudged,
        )


def run_scenario(
    scenario: Scenario,
    boundary: str = "",
    progress: Callable[[float], None] | None = None,
    engine: Engine = "compiled",
) -> JudgedRun:
    """Return a scenario's run with its judgement.

    Parameters
    ----------
    boundary
        The scope outside of which regions count nowhere; the whole if not given.
    progress
        Called now and then with the part of the run, from 0 to 1, that is done.
    engine
        What integrates.

    Raises
    ------
    CqsimError
        The times do not go together, a register of the case is at fault, the model
        cannot be run, or the run diverges.
    """
    clock, case = scenario.clock, scenario.case
    system = system_of(scenario.model)
    data = _hashed(system.data_path(name) for name in system.files)
    registry = _hashed(case.registry.values())
    notes = (*scenario.notes, *_notes(scenario))
    boundary = boundary or case.whole
    if boundary != case.whole:
        notes = (*notes, f"regions outside of {boundary} count nowhere")
    began = time.perf_counter()
    result = run_model(
        scenario.model,
        scenario.settings,
        start=clock.start,
        until=clock.end,
        step=clock.step,
        progress=progress,
        engine=engine,
    )
    wall_seconds = time.perf_counter() - began
    judgement, rows = Judgement((), ()), list[IndicatorValue]()
    if case.indicators:
        measure = Measure(result, case, boundary)
        judgement = judge(measure, case.targets.values())
        rows = table(measure, case.indicators, case.sets, key_years(result, case))
    return JudgedRun(
        replace(scenario, notes=notes),
        clock,
        boundary,
        data,
        registry,
        result,
        judgement,
        tuple(rows),
        wall_seconds,
        engine,
    )


def _hashed(paths: Iterable[Path]) -> Hashes:
    return tuple((path, file_sha256(path)) for path in paths)


def _notes(scenario: Scenario) -> Iterator[str]:
    """Yield what of a scenario has no effect, but where the command line said so."""
    notes = [note for note in scenario.notes if note.startswith("--set")]
    for sentence in settings_without_effect(scenario):
        title = sentence.partition(" changes nothing")[0].removeprefix("constants.")
        if not any(title.casefold() in canonical(note) for note in notes):
            yield sentence


def key_years(result: Runs, case: Case) -> list[int]:
    """Return the years that tables show: the case's, and the run's first and last."""
    saved = {int(time) for time in result.times if float(time).is_integer()}
    ends = {min(saved), max(saved)} if saved else set()
    return sorted(saved & set(case.years.key) | ends)


def write_folder(run: JudgedRun, parent: Path, *, csv: bool = False) -> list[Path]:
    """Write a run's folder below `parent`, all or nothing, and return its files.

    Raises
    ------
    OutputError
        It cannot be written; what was there is unchanged.
    """
    folder = parent / run.scenario.id
    with replaced(folder) as fresh:
        rows = fresh / "series.csv" if csv else None
        parquet = fresh / "series.parquet"
        write_series(run.scenario.model, run.result, parquet, rows)
        write_targets(run.judgement, fresh / "targets.csv")
        _write_manifest(fresh, manifest(run))
        names = sorted(path.name for path in fresh.iterdir())
    return [folder / name for name in names]


def record_of(run: JudgedRun, files: list[Path]) -> dict[str, Any]:
    """Return what `cqsim run --json` prints."""
    scenario = run.scenario
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
        "time": run.times,
        "targets": records(run.judgement, run.case),
        "indicators": [
            {name: getattr(each, name) for name in each.__slots__}
            for each in run.indicators
        ],
        "files": [path.as_posix() for path in files],
        "warnings": list(run.warnings),
    }


def manifest(run: JudgedRun) -> dict[str, Any]:
    """Return what a run was made from: files with hashes, settings, versions, platform.

    `wall_seconds` is the only entry that differs between two runs of the same input
    with the same installation.
    """
    scenario = run.scenario
    model = scenario.model
    return {
        "cqsim": __version__,
        "scenario": {"id": scenario.id, "files": _hashes(scenario.files.items())},
        "model": {"path": model.path.as_posix(), "sha256": model.sha256},
        "data": _hashes(run.data),
        "registry": _hashes(run.registry),
        "settings": _plain(scenario.settings),
        "levers": _plain(scenario.levers),
        "overrides": list(scenario.overrides),
        "time": run.times,
        "solver": method_of(system_of(model)),
        "engine": run.engine,
        "seed": None,
        "commit": commit_of(model.path),
        "python": platform.python_version(),
        "platform": f"{sys.platform}-{platform.machine()}",
        "libraries": {name: _version(name) for name in LIBRARIES},
        "warnings": list(run.warnings),
        "wall_seconds": round(run.wall_seconds, 3),
    }


def _write_manifest(folder: Path, content: Mapping[str, Any]) -> None:
    """Write a manifest with the hashes of the other files of its folder."""
    outputs = {
        path.name: sha256(path.read_bytes())
        for path in sorted(folder.iterdir())
        if path.is_file() and path.name != "manifest.json"
    }
    text = json.dumps({**content, "outputs": outputs}, ensure_ascii=False, indent=2)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8", newline="\n")


def _hashes(files: Iterable[tuple[Path, str]]) -> list[dict[str, str]]:
    return [{"path": path.as_posix(), "sha256": digest} for path, digest in files]


def _plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: dict(value) if isinstance(value, Mapping) else value
        for name, value in settings.items()
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
