"""What judging adds to a sweep: the engine alone, judged numbers, the command."""

import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from measuring.runs import SWEEP, compiled_sweep
from measuring.table import Cell, Section
from measuring.timing import in_fresh_process, least_in_turns, seconds

ALONE, JUDGED = "the engine alone", "measured and judged"
COMMAND = "cqsim sweep, 2 workers, with shares, fans and boxes"
_ROUNDS = 3


def judged(runs: int) -> Section:
    """Return what runs of a sweep take, without and with their judgement."""
    times = in_fresh_process(alone_and_judged, runs)
    times[COMMAND] = seconds(partial(_command, runs))
    rows: list[tuple[Cell, ...]] = [
        (name, took, took / runs * 1e3, took / times[ALONE])
        for name, took in times.items()
    ]
    columns = len(compiled_sweep().job.columns)
    return Section(
        "judged",
        "评价的代价 What judging adds",
        ("步骤 step", "秒 s", "每次毫秒 ms a run", "与单独计算之比 over the engine"),
        tuple(rows),
        (
            f"{runs} runs of the sweep `{SWEEP}`, {columns} numbers of each. The first "
            "two rows on one thread, compiled before, in turns; the command starts its "
            "processes, writes all runs, and sums them up.",
        ),
    )


def alone_and_judged(runs: int) -> dict[str, float]:
    """Return the seconds of the engine alone, and of the same runs judged."""
    sweep = compiled_sweep()
    sweep.chunk(0, 250)
    work = {
        ALONE: lambda: seconds(partial(_alone, sweep, runs)),
        JUDGED: lambda: seconds(partial(sweep.chunk, 0, runs)),
    }
    return least_in_turns(work, _ROUNDS)


def _alone(sweep: Any, runs: int) -> None:
    """Make the runs of a sweep, in the same chunks, and look at no number."""
    points = sweep.job.sweep.design.points(0, runs)
    for some in np.array_split(points, max(1, runs // 250)):
        sweep.run(sweep.settings_at(some, 0), 0)


def _command(runs: int) -> None:
    shipped = Path(__file__).parents[3] / "scenarios" / "sweeps" / f"{SWEEP}.toml"
    lines = shipped.read_text(encoding="utf-8").splitlines()
    lines = [f"size = {runs}" if x.startswith("size =") else x for x in lines]
    with tempfile.TemporaryDirectory(prefix="cqsim-") as name:
        path = Path(name) / shipped.name
        path.write_text("\n".join(lines), encoding="utf-8")
        words = ["sweep", "run", str(path), "--out", name, "--workers", "2", "--json"]
        code = "from cqsim.cli import main; main()"
        subprocess.run(
            [sys.executable, "-c", code, *words], check=True, capture_output=True
        )
