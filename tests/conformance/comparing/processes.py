"""One model in a process of its own, with limits of time and memory."""

import math
import os
import resource
import signal
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

_PATIENCE = 20
"""So many times its limit of work a process may take by the clock."""

Kind = Literal["ran", "refused", "crash", "slow"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one process may take: seconds of a processor, and bytes of memory."""

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
        Of a processor, from the first look at the file to the last number.
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
        # Something may wait instead of working; on a busy machine work waits too.
        if not receive.poll(_PATIENCE * limits.seconds):
            return Outcome("slow", "it waits")
        outcome: Outcome = receive.recv()
    except EOFError:
        process.join()
        if process.exitcode == -signal.SIGXCPU:
            return Outcome("slow", f"no end in {limits.seconds:g} s")
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
    seconds = math.ceil(limits.seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, 2 * seconds))
    # What the libraries say belongs to no report.
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    before = time.process_time()
    try:
        outcome = Outcome("ran", "", engine(path), time.process_time() - before)
    except RefusedError as refusal:
        outcome = Outcome("refused", str(refusal), None, time.process_time() - before)
    except BaseException as error:
        outcome = Outcome("crash", f"{type(error).__name__}: {error}")
    send.send(outcome)
