"""How long things take: the least of several measurements that take turns.

Other work on the machine only ever adds time, so the least is nearest to the truth; and
taking turns gives each contestant the same good and bad moments.
"""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import ParamSpec, TypeVar

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")


def seconds(work: Callable[[], object]) -> float:
    """Return how long something takes by the clock."""
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


def least_in_turns(
    contestants: Mapping[str, Callable[[], float]], rounds: int
) -> dict[str, float]:
    """Return the least of what each contestant measured, one after another in turns.

    Parameters
    ----------
    contestants
        Each returns the seconds that it took.
    """
    found: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, measure in contestants.items():
            found[name].append(measure())
    return {name: min(times) for name, times in found.items()}


def least(work: Callable[[], object], rounds: int, budget: float) -> float:
    """Return the least time of something; it is not begun again beyond the budget.

    Parameters
    ----------
    budget : seconds
    """
    times = [seconds(work)]
    while len(times) < rounds and sum(times) < budget:
        times.append(seconds(work))
    return min(times)


def in_fresh_process(
    work: Callable[Asked, Answer], *given: Asked.args, **named: Asked.kwargs
) -> Answer:
    """Return what a function of a module returns in a process of its own.

    Its memory is then its own too: see `peak_memory`.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *given, **named).result()


def peak_memory() -> float:
    """Return the most memory that this process has had resident, in MiB.

    Linux counts it for the program that runs now. Elsewhere it may include what the
    process was before it became this program.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        lines = status.read_text(encoding="utf-8").splitlines()
        peak = next(line for line in lines if line.startswith("VmHWM:"))
        return int(peak.split()[1]) / 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
