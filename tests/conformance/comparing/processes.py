"""One model in a process of its own, with limits of time and memory."""

import os
import resource
import time
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Literal

from comparing.engines import Engine, RefusedError
from comparing.series import Series

_LOADED = ["cqsim.engine.program", "pandas", "pysd"]
"""What the server of processes has loaded, so that a process starts at once."""

Kind = Literal["ran", "refused", "crash", "slow"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one process may take: seconds by the clock, and bytes of memory."""

    seconds: float = 60.0
    memory: int = 4 * 2**30


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a model fared in an engine.

    Attributes
    ----------
    said
        What the engine said where it did not run.
    series
        Where it ran.
    seconds
        From the first look at the file to the last number.
    """

    kind: Kind
    said: str = ""
    series: Series | None = None
    seconds: float = 0.0


def run_alone(engine: Engine, path: Path, limits: Limits, cache: Path) -> Outcome:
    """Return what an engine does with a model, whatever the model holds.

    Parameters
    ----------
    cache
        The folder of cqsim's cache.
    """
    context = get_context("forkserver")
    context.set_forkserver_preload(_LOADED)
    receive, send = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(engine, path, limits, cache, send))
    process.start()
    send.close()
    try:
        if not receive.poll(limits.seconds):
            return Outcome("slow", f"no end in {limits.seconds:g} s")
        outcome: Outcome = receive.recv()
    except EOFError:
        process.join()
        return Outcome("crash", f"the process ended with {process.exitcode}")
    finally:
        process.kill()
        process.join()
        receive.close()
    return outcome


def _work(
    engine: Engine, path: Path, limits: Limits, cache: Path, send: Connection
) -> None:
    os.environ["CQSIM_CACHE"] = str(cache)
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    # What the libraries say belongs to no report.
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    before = time.perf_counter()
    try:
        outcome = Outcome("ran", "", engine(path), time.perf_counter() - before)
    except RefusedError as refusal:
        outcome = Outcome("refused", str(refusal), None, time.perf_counter() - before)
    except BaseException as error:
        outcome = Outcome("crash", f"{type(error).__name__}: {error}")
    send.send(outcome)
