"""A run of a sweep as a scenario file that gives the same run again."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from cqsim.case.scenario import Scenario, read_scenario
from cqsim.engine.simulation import run as simulate
from cqsim.judge.measure import Measure
from cqsim.resources import data_folder
from cqsim.study.columns import values_of
from cqsim.study.disk import StoreError, write_file
from cqsim.study.job import SweepJob, job_of
from cqsim.study.results import SweepResults, open_sweep
from cqsim.study.store import refuse_differing
from cqsim.study.sweep import Sweep, read_sweep
from cqsim.study.worker import compiled


def scenario_text(sweep: Sweep, job: SweepJob, run: int, extends: str) -> str:
    """Return one run as the text of a scenario.

    Parameters
    ----------
    extends
        How the file names the base scenario.
    """
    runs_of = compiled(job)
    point, base = divmod(run, len(sweep.bases))
    settings = runs_of.settings_at(sweep.design.points(point, point + 1), base)
    lines = [
        f"# {_one_line(sweep.title['zh'])} / {_one_line(sweep.title['en'])}: run {run}",
        f"# 由 cqsim sweep extract 写出;种子 {sweep.design.seed}。"
        f" Written by cqsim sweep extract; seed {sweep.design.seed}.",
        f'id = "{sweep.id[:40]}-run-{run}"',
        f'title = {{ zh = "{_plain(sweep.title["zh"])}:第 {run} 次", '
        f'en = "{_plain(sweep.title["en"])}: run {run}" }}',
        f'extends = "{_plain(extends)}"',
        "",
        "[constants]",
    ]
    for name in sorted(settings):
        axes = runs_of.system.variables[name].axes
        elements = [axis.elements for axis in axes]
        lines.append(_line(name, settings[name][0], elements))
    return "\n".join(lines) + "\n"


def _line(name: str, values: Any, elements: list[tuple[str, ...]]) -> str:
    """Return one constant; numbers as Python writes them, which is exact."""
    if not elements:
        return f'"{_plain(name)}" = {_number(float(values))}'
    cells = ", ".join(
        f'"{",".join(e[n] for e, n in zip(elements, place, strict=True))}" = '
        f"{_number(float(values[place]))}"
        for place in np.ndindex(values.shape)
    )
    return f'"{_plain(name)}" = {{ {cells} }}'


def _number(value: float) -> str:
    text = repr(value)
    if "e" in text and "." not in text:
        return text.replace("e", ".0e")
    return text


def _plain(text: str) -> str:
    """Return a text as it stands between the quotes of TOML."""
    return json.dumps(text, ensure_ascii=False)[1:-1].replace("\x7f", "\\u007f")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def extracted(
    folder: Path, run: int, out: Path | None = None, file: str | None = None
) -> tuple[Path, bool]:
    """Write a run of a finished sweep as a scenario; return whether it reproduces it.

    Parameters
    ----------
    out
        The scenario's file; by default in the folder of the sweep.
    file
        The sweep's file, where it is not where it was.

    Raises
    ------
    StoreError
        There is no such run, or it diverged.
    FaultsError
        The model, the data or the sweep's file has changed since.
    """
    stored = open_sweep(folder)
    sweep = read_sweep(file or stored.description["path"])
    job = job_of(sweep)
    refuse_differing(folder, job, "the sweep was made from something else")
    if run >= job.runs:
        what = f"it has no run {run}"
        raise StoreError(folder, what, f"Its runs are 0 to {job.runs - 1}.")
    if run in stored.diverged.index:
        lost = stored.diverged.loc[run]
        what = f"run {run} diverged at {lost['lost_time']:g} ({lost['lost_variable']})"
        remedy = "Its inputs are in the table `inputs`."
        raise StoreError(folder, what, remedy)
    path = out or folder / f"run-{run}.toml"
    base = sweep.bases[run % len(sweep.bases)].path
    text = scenario_text(sweep, job, run, _extends(base, path))
    write_file(path, text.encode(), "the scenario")
    scenario = read_scenario(str(path.resolve()))
    return path, _values(scenario, job) == _stored_values(stored, run)


def _extends(base: Path, path: Path) -> str:
    """Return how a scenario in `path` names its base: by name if it is shipped."""
    if base.resolve().parent == data_folder("scenarios").resolve():
        return base.stem
    return Path(os.path.relpath(base.resolve(), path.resolve().parent)).as_posix()


Value = tuple[str, str, str, str, float]
"""What a number is of: table, name, alternative, place and year."""


def _values(scenario: Scenario, job: SweepJob) -> dict[Value, float]:
    """Return what `cqsim run` of a scenario gives for the columns of a sweep."""
    result = simulate(
        scenario.model,
        scenario.settings,
        start=scenario.start,
        until=scenario.end,
        step=scenario.step,
    )
    (values,) = values_of(Measure(result, scenario.case), job.columns)
    return {
        (
            column.table,
            column.name,
            column.alternative,
            column.place,
            column.year,
        ): value
        for column, value in zip(job.columns, values.tolist(), strict=True)
        if not np.isnan(value)
    }


def _stored_values(stored: SweepResults, run: int) -> dict[Value, float]:
    """Return what a sweep stored of a run."""
    found: dict[Value, float] = {}
    for table in stored.tables:
        if table == "inputs":
            continue
        name, place = table[:-1], "place" if table == "variables" else "scope"
        other = "alternative" if table == "targets" else "''"
        query = f"select {name}, {other}, {place}, year, value from {table}"
        for *key, year, value in stored.rows(f"{query} where run = ?", [run]):
            found[table, key[0], key[1], key[2], float(year)] = float(value)
    return found
