"""Run the pieces of a sweep in processes of this machine."""

import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait

import numpy as np

from cqsim.study.plan import Plan
from cqsim.study.runs import Floats, Part
from cqsim.study.worker import compute, workshop

AHEAD = 2
"""Pieces waiting for each worker: none is idle, and memory stays bounded."""

_PLANS: deque[Plan] = deque(maxlen=1)
"""In a worker: the plan that it was started with."""


def on_this_machine(
    plan: Plan, todo: list[tuple[int, int]], workers: int
) -> Iterator[Part]:
    """Yield the pieces as they are computed."""
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, context, _start, (plan,))
    try:
        waiting: set[Future[Part]] = set()
        left = iter(todo)
        while True:
            while len(waiting) < AHEAD * workers and (piece := next(left, None)):
                waiting.add(pool.submit(_piece, *piece))
            if not waiting:
                return
            ended, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in ended:
                yield future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _start(plan: Plan) -> None:
    """Keep the plan, and end this process when the one that started it is gone."""
    _PLANS.append(plan)
    threading.Thread(target=_follow, daemon=True).start()


def _follow() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _piece(first: int, last: int) -> Part:
    return compute(_PLANS[0], first, last)


SLICE = 250
"""Points that a worker measures at once."""


def measured_here(plan: Plan, points: Floats) -> Floats:
    """Return what points of the unit cube give from the first base: (point, column)."""
    shop = workshop(plan)
    parts = []
    for first in range(0, len(points), SLICE):
        some = points[first : first + SLICE]
        parts.append(shop.measured(some, np.zeros(len(some), dtype=int)).values)
    return np.concatenate(parts)


def measured_in_processes(plan: Plan, points: Floats, workers: int) -> Floats:
    """Return the same as `measured_here`, from several processes."""
    context = multiprocessing.get_context("spawn")
    slices = [points[n : n + SLICE] for n in range(0, len(points), SLICE)]
    with ProcessPoolExecutor(workers, context, _start, (plan,)) as pool:
        return np.concatenate(list(pool.map(_slice, slices)))


def _slice(points: Floats) -> Floats:
    return measured_here(_PLANS[0], points)
