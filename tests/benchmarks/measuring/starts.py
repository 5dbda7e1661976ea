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
        for number in range(2):
            new = folder / str(number)
            found[FIRST].append(spent(new / "cache", new / "code"))
            found[COLD].append(spent(new / "cold", new / "code"))
        old = folder / "0"
        found[WARM] = [spent(old / "cold", old / "code") for _ in range(rounds)]
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


def spent(cache: Path, code: Path) -> Spent:
    """Return what one process takes.

    Parameters
    ----------
    cache
        The folder of cqsim's cache, made if it is not there.
    code
        The folder of Python's byte code, made if it is not there.

    Raises
    ------
    RuntimeError
        It fails; the text is what it said.
    """
    start = "from cqsim.cli import main; main()"
    command = [sys.executable, "-c", start, "run", str(SCENARIO)]
    command += ["--out", str(code.parent / "out")]
    paths = [str(PROJECT / "simulate"), os.environ.get("PYTHONPATH", "")]
    environment = {
        **os.environ,
        "CQSIM_CACHE": str(cache),
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "PYTHONPYCACHEPREFIX": str(code),
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    used, before = os.times(), time.perf_counter()
    done = subprocess.run(command, capture_output=True, check=False, env=environment)
    wall, after = time.perf_counter() - before, os.times()
    if done.returncode:
        raise RuntimeError(done.stderr.decode(errors="replace"))
    user = after.children_user - used.children_user
    return Spent(wall, user + after.children_system - used.children_system)
