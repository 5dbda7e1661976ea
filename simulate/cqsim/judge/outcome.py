"""A scenario run and judged: in memory, as JSON, as a folder with a manifest."""

import json
import platform
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from cqsim import __version__
from cqsim.case.case import Case
from cqsim.case.scenario import Scenario
from cqsim.engine.clock import Clock
from cqsim.engine.columns import tidy
from cqsim.engine.commit import commit_of
from cqsim.engine.folder import replaced
from cqsim.engine.identity import file_sha256, sha256
from cqsim.engine.result import Runs
from cqsim.engine.series import write_series
from cqsim.engine.simulation import Engine, method_of, run, system_of
from cqsim.judge.idle import idle_settings
from cqsim.judge.measure import IndicatorValue, Measure, table
from cqsim.judge.record import record, write_targets
from cqsim.judge.verdicts import Judgement, judge
from cqsim.language.syntax import canonical

LIBRARIES = ("duckdb", "llvmlite", "numpy", "pandas", "pydantic", "pysd", "xarray")


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a run is made from, its files hashed before it starts."""

    scenario: Scenario
    data: tuple[tuple[Path, str], ...]
    registry: tuple[tuple[Path, str], ...]

    @classmethod
    def of(cls, scenario: Scenario) -> "Inputs":
        """Return the inputs of a scenario.

        Raises
        ------
        InputFileError
            The model or a data file of it cannot be read.
        """
        system = system_of(scenario.model)
        data = [system.data_path(name) for name in system.files]
        registry = scenario.case.registry.values()
        return cls(
            scenario,
            tuple((path, file_sha256(path)) for path in data),
            tuple((path, file_sha256(path)) for path in registry),
        )


@dataclass(frozen=True, slots=True)
class Task:
    """A scenario about to be run: its times, what judges it, what it is made from.

    Regions outside of `boundary` count nowhere in indicators and targets.
    """

    scenario: Scenario
    clock: Clock
    rules: Case
    inputs: Inputs
    boundary: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """A task with its run and its judgement; `wall_seconds` is what the run took."""

    task: Task
    result: Runs
    judgement: Judgement
    indicators: tuple[IndicatorValue, ...]
    wall_seconds: float
    engine: Engine = "compiled"

    @property
    def scenario(self) -> Scenario:
        """The scenario."""
        return self.task.scenario

    @property
    def times(self) -> dict[str, float]:
        """Start, end and step of the run."""
        saved, step = self.result.times, self.task.clock.step
        return {"start": float(saved[0]), "end": float(saved[-1]), "step": step}

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader of the numbers has to know, one sentence each."""
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


def prepared(scenario: Scenario, boundary: str = "") -> Task:
    """Return a scenario with all that its run needs, read and checked.

    What of the scenario changes nothing is added to its notes.

    Raises
    ------
    CqsimError
        The times do not go together, or a registry beside the model is at fault.
    """
    clock = scenario.clock
    rules = scenario.case
    inputs = Inputs.of(scenario)
    notes = (*scenario.notes, *_unsaid(scenario, idle_settings(scenario, clock, rules)))
    boundary = boundary or rules.whole
    if boundary != rules.whole:
        notes = (*notes, f"regions outside of {boundary} count nowhere")
    return Task(replace(scenario, notes=notes), clock, rules, inputs, boundary)


def _unsaid(scenario: Scenario, idle: tuple[str, ...]) -> Iterator[str]:
    """Yield what is idle, less the settings of the command line already said to be."""
    said = [note for note in scenario.notes if note.startswith("--set")]
    for sentence in idle:
        title = sentence.partition(" changes nothing")[0].removeprefix("constants.")
        if not any(title.casefold() in canonical(note) for note in said):
            yield sentence


def carried_out(
    task: Task,
    progress: Callable[[float], None] | None = None,
    engine: Engine = "compiled",
) -> Outcome:
    """Return a task with its run and its judgement.

    Parameters
    ----------
    engine
        What integrates.

    Raises
    ------
    CqsimError
        The model cannot be run, or the run diverges.
    """
    began = time.perf_counter()
    result = run(
        task.scenario.model,
        task.scenario.settings,
        start=task.clock.start,
        until=task.clock.end,
        step=task.clock.step,
        progress=progress,
        engine=engine,
    )
    wall_seconds = time.perf_counter() - began
    rules = task.rules
    if not rules.indicators:
        return Outcome(task, result, Judgement((), ()), (), wall_seconds, engine)
    measure = Measure(result, rules, task.boundary)
    judgement = judge(measure, rules.targets.values())
    years = key_years(result, rules)
    rows = table(measure, rules.indicators, rules.sets, years)
    return Outcome(task, result, judgement, tuple(rows), wall_seconds, engine)


def key_years(result: Runs, case: Case) -> list[int]:
    """Return the years that tables show: the case's, and the run's first and last."""
    saved = {int(time) for time in result.times if float(time).is_integer()}
    ends = {min(saved), max(saved)} if saved else set()
    return sorted(saved & set(case.years.key) | ends)


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
        rows = fresh / "series.csv" if csv else None
        write_series(columns, fresh / "series.parquet", rows)
        write_targets(outcome.judgement.verdicts, fresh / "targets.csv")
        write_manifest(
            fresh,
            manifest(
                outcome.task.inputs,
                outcome.times,
                outcome.warnings,
                outcome.wall_seconds,
                outcome.engine,
            ),
        )
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
        "targets": [record(each) for each in outcome.judgement.verdicts],
        "indicators": [
            {name: getattr(each, name) for name in each.__slots__}
            for each in outcome.indicators
        ],
        "files": [path.as_posix() for path in files],
        "warnings": list(outcome.warnings),
    }


def manifest(
    inputs: Inputs,
    times: Mapping[str, float],
    warnings: tuple[str, ...],
    wall_seconds: float,
    engine: str,
) -> dict[str, Any]:
    """Return what a run was made from: files with hashes, settings, versions, platform.

    `wall_seconds` is the only entry that differs between two runs of the same input
    with the same installation.
    """
    scenario = inputs.scenario
    model = scenario.model
    return {
        "cqsim": __version__,
        "scenario": {"id": scenario.id, "files": _hashes(scenario.files.items())},
        "model": {"path": model.path.as_posix(), "sha256": model.sha256},
        "data": _hashes(inputs.data),
        "registry": _hashes(inputs.registry),
        "settings": _plain(scenario.settings),
        "levers": _plain(scenario.levers),
        "overrides": list(scenario.overrides),
        "time": dict(times),
        "solver": method_of(system_of(model)),
        "engine": engine,
        "seed": None,
        "commit": commit_of(model.path),
        "python": platform.python_version(),
        "platform": f"{sys.platform}-{platform.machine()}",
        "libraries": {name: _version(name) for name in LIBRARIES},
        "warnings": list(warnings),
        "wall_seconds": round(wall_seconds, 3),
    }


def write_manifest(folder: Path, content: Mapping[str, Any]) -> None:
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
