"""Carry out a sweep: on this machine, as one shard of several, or on a cluster."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cqsim.study.chunks import pieces, unwritten
from cqsim.study.cluster import on_cluster
from cqsim.study.local import on_this_machine
from cqsim.study.lock import BusyError, held, shard_held
from cqsim.study.opening import opened
from cqsim.study.plan import Plan
from cqsim.study.runs import Part
from cqsim.study.store import Store
from cqsim.study.worker import compute

CHUNK = 250
"""Runs of a chunk if nothing else is asked for: what a kill can cost a worker."""

Told = Callable[[int, int], None]
"""Told how many of how many runs are there."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a sweep is carried out; nothing of it changes what comes out.

    Attributes
    ----------
    workers
        Processes on this machine.
    chunk
        The most runs that are computed and written together.
    shard
        The number of this shard, from 0, and how many there are.
    cluster
        The address of a Dask scheduler, or nothing.
    """

    workers: int = 1
    chunk: int = CHUNK
    shard: tuple[int, int] = (0, 1)
    cluster: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a sweep stands at the end of one call.

    Attributes
    ----------
    computed
        The runs that this call computed; none where all were there.
    missing
        The runs that other shards still have to compute.
    faults
        What was found damaged, one sentence each.
    """

    folder: Path
    runs: int
    computed: int
    missing: int
    seconds: float
    faults: tuple[str, ...]

    @property
    def finished(self) -> bool:
        """Whether the dataset is whole."""
        return not self.missing


def carry_out(
    plan: Plan, folder: Path, manner: Manner, told: Told | None = None
) -> Ended:
    """Carry out what is missing of a sweep, and finish it if nothing is.

    Raises
    ------
    StoreError
        The folder cannot be written, or another process works in it.
    FaultsError
        The folder holds another sweep.
    """
    began = time.perf_counter()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritten(folder, error) from error
    with shard_held(folder, manner.shard):
        store = opened(folder, plan, clean=manner.shard[1] == 1)
        faults = tuple(store.faults)
        computed = _compute(store, manner, told) if not store.finished else 0
        if manner.shard[1] == 1:
            _finish(store)
    if manner.shard[1] > 1:
        store = _finish_if_last(folder, plan)
    missing = sum(last - first for first, last in store.missing())
    seconds = time.perf_counter() - began
    return Ended(folder, plan.runs, computed, missing, seconds, faults)


def _finish(store: Store) -> None:
    if store.finished:
        return
    store.seal()
    if not store.missing() and not store.chunks:
        store.finish()


def _finish_if_last(folder: Path, plan: Plan) -> Store:
    """Finish a sweep whose last shard this was; another one does it otherwise."""
    store = opened(folder, plan, clean=False)
    try:
        with held(folder):
            store = opened(folder, plan)
            _finish(store)
    except BusyError:
        return store
    return store


def _compute(store: Store, manner: Manner, told: Told | None) -> int:
    """Compute and write what is missing of this shard; return how many runs."""
    plan = store.plan
    todo = pieces(store.covered(), plan.runs, manner.chunk, manner.shard)
    done = there = plan.runs - sum(last - first for first, last in store.missing())
    if told is not None:
        told(done, plan.runs)
    for part in _parts(plan, todo, manner):
        store.add(part)
        if manner.shard[1] == 1:
            store.seal()
        done += len(part.values)
        if told is not None:
            told(done, plan.runs)
    return done - there


def _parts(plan: Plan, todo: list[tuple[int, int]], manner: Manner) -> Iterator[Part]:
    """Yield the pieces as they are computed, in any order."""
    if manner.cluster:
        yield from on_cluster(plan, todo, manner.cluster)
    elif manner.workers <= 1 or len(todo) <= 1:
        for first, last in todo:
            yield compute(plan, first, last)
    else:
        yield from on_this_machine(plan, todo, manner.workers)
