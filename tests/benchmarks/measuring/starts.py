"""How long a user waits for `cqsim run`: whole processes, cold and warm."""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from measuring.table import Cell, Section

PROJECT = Path(__file__).parents[3]
SCENARIO = PROJECT / "scenarios" / "baseline.toml"
FIRST, COLD, WARM = "first, nothing compiled", "cold, empty cache", "warm"


@dataclass(frozen=True, slots=True)
class Spent:
    """What one process took: seconds by the clock and of the processor."""

    wall: float
    processor: float


def starts(rounds: int) -> Section:
    """Return what whole processes of `cqsim run scenarios/baseline.toml` take."""
    with tempfile.TemporaryDirectory(prefix="cqsim-") as name:
        folder = Path(name)
        found: dict[str, list[Spent]] = {FIRST: [], COLD: [], WARM: []}
        for number in range(min(rounds, 2)):
            cache = folder / f"cache{number}"
            code = {"PYTHONPYCACHEPREFIX": str(folder / f"code{number}")}
            found[FIRST].append(spent(cache, folder, code))
            # The folder's own byte code, which an earlier process may not have left.
            if not number:
                spent(cache, folder)
            found[COLD].append(spent(folder / f"other{number}", folder))
        found[WARM] = [spent(folder / "other0", folder) for _ in range(rounds)]
    return Section(
        "starts",
        "启动 Cold and warm start",
        ("启动 start", "总秒数 s by the clock", "处理器秒数 s of the processor"),
        tuple(_row(name, times) for name, times in found.items()),
        (
            "Whole processes of `cqsim run scenarios/baseline.toml`, which writes all "
            "its files; the least of several.",
            "First: neither cqsim's cache nor byte code of any library is there, which "
            "Python compiles too. Cold: only cqsim's cache is empty.",
        ),
    )


def _row(name: str, times: list[Spent]) -> tuple[Cell, ...]:
    wall = min(one.wall for one in times)
    return (name, wall, min(one.processor for one in times))


def spent(cache: Path, folder: Path, more: dict[str, str] | None = None) -> Spent:
    """Return what one process takes with a cache folder, made if it is not there.

    Raises
    ------
    RuntimeError
        It fails; the text is what it said.
    """
    start = "from cqsim.cli import main; main()"
    command = [sys.executable, "-c", start, "run", str(SCENARIO)]
    command += ["--out", str(folder / "out")]
    paths = [str(PROJECT / "simulate"), os.environ.get("PYTHONPATH", "")]
    given = {
        "CQSIM_CACHE": str(cache),
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
    }
    environment = {**os.environ, **given, **(more or {})}
    used, before = os.times(), time.perf_counter()
    done = subprocess.run(command, capture_output=True, check=False, env=environment)
    wall, after = time.perf_counter() - before, os.times()
    if done.returncode:
        raise RuntimeError(done.stderr.decode(errors="replace"))
    user = after.children_user - used.children_user
    return Spent(wall, user + after.children_system - used.children_system)
