"""Run a sweep: on this machine, as one shard of several, or on a Dask cluster.

The workers of a cluster need the same version of cqsim, and no file: the job carries
the model. A scheduler unpickles what it is sent: use it on trusted networks, or with
TLS.
"""

import multiprocessing
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cqsim.engine.identity import engine_name
from cqsim.errors import PlacedError
from cqsim.study.disk import BusyError, held, shard_held, unwritten
from cqsim.study.job import SweepJob
from cqsim.study.store import PARTITION, SweepStore, open_store
from cqsim.study.worker import Chunk, Floats, compiled, compute

CHUNK = 250
"""Runs, or points of an analysis, that are computed together."""

AHEAD = 3
"""Chunks waiting for each worker: none is idle, and memory stays bounded."""

RETRIES = 5
"""How often a chunk is given to another worker of a cluster when one is lost."""

Progress = Callable[[int, int], None]
"""Called with how many of how many runs are there."""

Span = tuple[int, int]
"""Runs from the first to before the last."""


class ClusterError(PlacedError):
    """A cluster cannot be used."""


@dataclass(frozen=True, slots=True)
class SweepOptions:
    """The options of running a sweep; none of them changes the results.

    Attributes
    ----------
    workers
        Processes on this machine.
    chunk
        The most runs that are computed together.
    shard
        The number of this shard, from 0, and how many there are: it runs the partitions
        whose number leaves this remainder.
    cluster
        The address of a Dask scheduler, or nothing.
    """

    workers: int = 1
    chunk: int = CHUNK
    shard: tuple[int, int] = (0, 1)
    cluster: str = ""


@dataclass(frozen=True, slots=True)
class SweepStatus:
    """How a sweep stands after a call of `run_sweep`.

    Attributes
    ----------
    computed
        The runs that this call computed; none where all were there.
    missing
        The runs that other shards still have to compute.
    seconds
        Wall time of the call.
    damage
        What was found damaged, one sentence each.
    """

    folder: Path
    runs: int
    computed: int
    missing: int
    seconds: float
    damage: tuple[str, ...]

    @property
    def finished(self) -> bool:
        """Whether all runs are there."""
        return not self.missing


def run_sweep(
    job: SweepJob,
    folder: Path,
    options: SweepOptions | None = None,
    progress: Progress | None = None,
) -> SweepStatus:
    """Run what is missing of a sweep, and finish its folder if nothing is any more.

    Raises
    ------
    StoreError
        The folder cannot be written, or another process works in it.
    FaultsError
        The folder holds another sweep.
    ClusterError
        The cluster cannot be reached, or computes with something else than this
        process.
    """
    began = time.perf_counter()
    options = options or SweepOptions()
    alone = options.shard[1] == 1
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritten(folder, error) from error
    with shard_held(folder, *options.shard):
        store = open_store(folder, job, clean=alone)
        damage = tuple(store.damage)
        computed = _run_missing(store, options, progress)
        if alone and not store.finished:
            store.finish()
    if not alone:
        store = _finish_if_last(folder, job)
    seconds = time.perf_counter() - began
    missing = store.missing_runs()
    return SweepStatus(folder, job.runs, computed, missing, seconds, damage)


def _finish_if_last(folder: Path, job: SweepJob) -> SweepStore:
    """Finish a sweep whose last shard this was; another one does it otherwise."""
    store = open_store(folder, job, clean=False)
    try:
        with held(folder):
            store = open_store(folder, job)
            if not store.missing() and not store.finished:
                store.finish()
    except BusyError:
        pass
    return store


def _run_missing(
    store: SweepStore, options: SweepOptions, progress: Progress | None
) -> int:
    """Run and write what is missing of a shard; return how many runs."""
    job, (index, count) = store.job, options.shard
    spans = [store.span(n) for n in store.missing() if n % count == index]
    chunks = [
        (start, min(start + options.chunk, last))
        for first, last in spans
        for start in range(first, last, options.chunk)
    ]
    ends = dict(spans)
    there = job.runs - store.missing_runs()
    computed = 0
    open_parts: dict[int, list[Chunk]] = {}
    if progress is not None:
        progress(there, job.runs)
    for part in _computed(job, chunks, options):
        first = part.first // PARTITION * PARTITION
        parts = open_parts.setdefault(first, [])
        parts.append(part)
        if sum(len(each.values) for each in parts) == ends[first] - first:
            store.write(_joined(open_parts.pop(first)))
        computed += len(part.values)
        if progress is not None:
            progress(there + computed, job.runs)
    return computed


def _joined(parts: list[Chunk]) -> Chunk:
    """Return consecutive runs as one."""
    ordered = sorted(parts, key=lambda part: part.first)
    values = np.concatenate([part.values for part in ordered])
    lost = tuple(one for part in ordered for one in part.diverged)
    return Chunk(ordered[0].first, values, lost)


def _computed(
    job: SweepJob, chunks: list[Span], options: SweepOptions
) -> Iterator[Chunk]:
    """Yield chunks of runs as they are computed, in any order."""
    if not chunks:
        return iter(())
    if options.cluster:
        return _on_cluster(job, chunks, options.cluster)
    if options.workers <= 1 or len(chunks) == 1:
        return (compute(job, *chunk) for chunk in chunks)
    return _in_processes(job, chunks, options.workers)


_JOBS: deque[SweepJob] = deque(maxlen=1)
"""In a worker: the job that it was started with."""


def _in_processes(
    job: SweepJob, chunks: Iterable[Span], workers: int
) -> Iterator[Chunk]:
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, context, _start, (job,))
    try:
        waiting: set[Future[Chunk]] = set()
        left = iter(chunks)
        while True:
            while len(waiting) < AHEAD * workers and (chunk := next(left, None)):
                waiting.add(pool.submit(_chunk, *chunk))
            if not waiting:
                return
            ended, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in ended:
                yield future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _start(job: SweepJob) -> None:
    """Keep the job, and end this process when the one that started it is gone."""
    _JOBS.append(job)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _chunk(first: int, last: int) -> Chunk:
    return compute(_JOBS[0], first, last)


def _on_cluster(job: SweepJob, chunks: Iterable[Span], address: str) -> Iterator[Chunk]:
    """Yield chunks as they are computed; those of a lost worker run elsewhere."""
    place = f"--cluster {address}"
    try:
        from distributed import CancelledError, Client, as_completed
    except ImportError:
        what = "the package distributed is not installed"
        remedy = 'Install it with: pip install "cqsim[cluster]".'
        raise ClusterError(place, what, remedy) from None
    try:
        client = Client(address, timeout="20s", set_as_default=False)
    except (OSError, ValueError) as error:
        what = f"there is no scheduler ({' '.join(str(error).split())})"
        raise ClusterError(place, what, "Start one, or correct the address.") from None
    with client:
        _refuse_mismatched_workers(client, place)
        shared = client.scatter(job, broadcast=True, hash=False)
        left = iter(chunks)
        running = as_completed([], loop=client.loop)
        spans: dict[Any, Span] = {}

        def submit(span: Span | None) -> None:
            if span is not None:
                future = client.submit(
                    compute, shared, *span, pure=False, retries=RETRIES
                )
                spans[future.key] = span
                running.add(future)

        for _ in range(AHEAD * (sum(client.nthreads().values()) or 1)):
            submit(next(left, None))
        for future in running:
            span = spans.pop(future.key)
            try:
                part = future.result()
            except CancelledError:
                # The scheduler forgot it with a worker that was lost.
                submit(span)
                continue
            submit(next(left, None))
            yield part


def _refuse_mismatched_workers(client: Any, place: str) -> None:
    """Refuse workers whose numbers would be others."""
    own = engine_name()
    for worker, name in client.run(engine_name).items():
        if name != own:
            what = f"the worker {worker} computes with {name}, this process with {own}"
            raise ClusterError(place, what, "Install the same versions on both.")


def measure_points(job: SweepJob, points: Floats, workers: int = 1) -> Floats:
    """Return what points of the unit cube give from the first base: (point, column)."""
    slices = [points[n : n + CHUNK] for n in range(0, len(points), CHUNK)]
    if workers <= 1 or len(slices) == 1:
        return np.concatenate([_measured(job, some) for some in slices])
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, _start, (job,)) as pool:
        return np.concatenate(list(pool.map(_slice, slices)))


def _measured(job: SweepJob, points: Floats) -> Floats:
    bases = np.zeros(len(points), dtype=int)
    return compiled(job).at_points(points, bases).values


def _slice(points: Floats) -> Floats:
    return _measured(_JOBS[0], points)
