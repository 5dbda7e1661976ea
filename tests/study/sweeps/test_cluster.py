import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from distributed import Client

import cqsim
from cqsim.study.execute import ClusterError, SweepOptions, run_sweep
from cqsim.study.job import SweepJob

Planned = Callable[..., SweepJob]

PATIENCE = 120
"""Seconds that a busy machine may take to start a scheduler and two workers."""


def hashes(folder: Path) -> list[str]:
    files = sorted((folder / "data").rglob("*.parquet"))
    return [sha256(path.read_bytes()).hexdigest() for path in files]


def dask(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "distributed.cli." + arguments[0], *arguments[1:]],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(
                [str(Path(cqsim.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
            ),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def worker(address: str, folder: Path) -> subprocess.Popen[bytes]:
    options = ("--nthreads", "1", "--no-dashboard", "--no-nanny")
    place = ("--local-directory", str(folder))
    return dask("dask_worker", address, *options, *place)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Return a real scheduler's address, and its two workers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    options = ("--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
    workers = [worker(address, tmp_path / f"w{n}") for n in range(2)]
    processes = [dask("dask_scheduler", *options), *workers]
    try:
        with Client(address, timeout=PATIENCE, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=PATIENCE)
        yield address, workers
    finally:
        for process in processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def test_a_scheduler_that_is_not_there_is_named(
    planned: Planned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hurried(address: str, **options: Any) -> Client:
        return Client(address, **{**options, "timeout": "1s"})

    monkeypatch.setattr("distributed.Client", hurried)
    with pytest.raises(ClusterError, match="there is no scheduler"):
        run_sweep(
            planned(), tmp_path / "out", SweepOptions(cluster="tcp://127.0.0.1:9")
        )


@pytest.mark.slow
def test_a_cluster_whose_worker_is_killed_gives_the_same_bytes(
    planned: Planned,
    body: str,
    tmp_path: Path,
    cluster: tuple[str, list[subprocess.Popen[bytes]]],
) -> None:
    address, workers = cluster
    plan = planned(body.replace("size = 60", "size = 2500"))
    run_sweep(plan, tmp_path / "local", SweepOptions(chunk=250))
    reports = []

    def told(done: int, total: int) -> None:
        reports.append(done)
        if len(reports) == 10:
            os.killpg(workers[0].pid, signal.SIGKILL)

    manner = SweepOptions(chunk=20, cluster=address)
    assert run_sweep(plan, tmp_path / "far", manner, told).finished
    assert workers[0].wait() == -signal.SIGKILL
    assert reports[-1] == 2500
    assert hashes(tmp_path / "far") == hashes(tmp_path / "local")
