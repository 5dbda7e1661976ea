"""How the model of the area grows with the number of runs: time and memory."""

from collections.abc import Sequence
from functools import cache, partial
from typing import Any

from cqsim.engine.program import LANES
from measuring.table import Cell, Section
from measuring.timing import in_fresh_process, least, peak_memory, seconds

SWEEP = "uncertainty"
"""The shipped sweep whose constants differ from run to run."""

_ROUNDS, _BUDGET = 5, 3.0
_MEASURED = 1000


def by_runs(sizes: Sequence[int], memory: int) -> Section:
    """Return what ensembles of these numbers of runs take, each in its own process.

    Parameters
    ----------
    memory : MiB
        Of outputs that are kept in memory; what is beyond goes to files.
    """
    numbers, targets, measuring = in_fresh_process(indicators)
    rows = [
        in_fresh_process(measured, size, threads, memory)
        for size in sizes
        for threads in (1, 2)
    ]
    return Section(
        "runs",
        "运行次数的影响 Scaling in runs",
        (
            "次数 runs",
            "线程 threads",
            "共计秒 s in all",
            "每次毫秒 ms a run",
            "内存峰值 peak MiB",
            "输出 MiB of outputs",
            "说明 remarks",
        ),
        tuple(rows),
        (
            f"metro.mdl from 2020 to 2035, the constants of the sweep `{SWEEP}` drawn "
            f"anew for each run, compiled before. Recorded: the {numbers} numbers a "
            "year that the target indicators are computed from.",
            f"`memory` of run_many is {memory} MiB: outputs beyond it go to files. The "
            "peak is that of the whole process, samples and programs with it.",
            f"The {targets} target numbers of a run, from what is recorded: "
            f"{measuring * 1e3:.2f} ms more, of {_MEASURED} runs together.",
        ),
    )


@cache
def compiled_sweep() -> Any:
    """Return the sweep with its model compiled."""
    from cqsim.study.job import job_of
    from cqsim.study.sweep import read_sweep
    from cqsim.study.worker import compiled

    return compiled(job_of(read_sweep(SWEEP)))


def _columns() -> list[Any]:
    """Return the numbers that judge the targets of the area, their readings too."""
    return [
        column
        for column in compiled_sweep().job.columns
        if column.table == "targets" and column.alternative != "region"
    ]


def _asked(runs: int) -> tuple[Any, dict[str, Any], list[str]]:
    """Return the model, what runs set of it, and what the target indicators need."""
    from cqsim.case.indicators import variables_behind

    sweep = compiled_sweep()
    asked = [column.indicator for column in _columns()]
    wanted = variables_behind(sweep.case.indicators, asked)
    settings = sweep.settings_at(sweep.job.sweep.design.points(0, runs), 0)
    return sweep.system, settings, list(wanted)


def measured(runs: int, threads: int, memory: int) -> tuple[Cell, ...]:
    """Return the row of one ensemble; in a fresh process, so that memory is its own."""
    from cqsim.engine.simulation import run_many

    clock = compiled_sweep().job.clock
    how = {"clock": clock, "threads": threads, "check_ranges": False}
    work = partial(run_many, *_asked(runs), memory=memory * 2**20, **how)
    few = run_many(*_asked(LANES), lanes=LANES, **how)
    try:
        whole = least(work, _ROUNDS, _BUDGET)
    except OSError as error:
        why = f"not measured: {error.strerror or error}"
        return (runs, threads, None, None, None, None, why)
    rows = sum(values[0, 0].size for values in few.values.values())
    outputs = rows * len(few.times) * runs * 8 / 2**20
    said = "beyond the limit: in files" if outputs > memory else ""
    return (runs, threads, whole, whole / runs * 1e3, peak_memory(), outputs, said)


def indicators() -> tuple[int, int, float]:
    """Return the numbers recorded a year, those that judge, and their seconds a run."""
    from cqsim.engine.simulation import run_many
    from cqsim.judge.measure import Measure

    sweep = compiled_sweep()
    clock = sweep.job.clock
    ensemble = run_many(*_asked(_MEASURED), clock=clock, check_ranges=False)
    values = dict(ensemble.values)
    columns = _columns()

    def judge() -> None:
        measure = Measure(ensemble, sweep.case)
        for column in columns:
            measure.within(column.boundary).paths(column.indicator, column.place)

    numbers = sum(v[0, 0].size for v in values.values())
    took = min(seconds(judge) for _ in range(3)) / _MEASURED
    return numbers, len(columns), took
