"""Engines that run a model file and return its series: ours and two peers."""

import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd

from comparing.series import Series, label

Engine = Callable[[Path], Series]


class RefusedError(Exception):
    """An engine says that it does not take the model; the text is what it said."""

    def __str__(self) -> str:
        return ": ".join(map(str, self.args))


def cqsim(path: Path) -> Series:
    """Return what this project gives.

    Raises
    ------
    RefusedError
        For an error of ours; any other is a crash.
    """
    import cqsim
    from cqsim.errors import CqsimError

    try:
        frame = cqsim.run(cqsim.read_model(path)).to_frame()
    except CqsimError as refusal:
        raise RefusedError(str(refusal)) from None
    return _of_frame(frame)


def pysd(path: Path) -> Series:
    """Return what PySD gives.

    Raises
    ------
    RefusedError
        For any error: PySD lets those of its parts through.
    """
    import pysd

    reads = pysd.read_vensim if path.suffix.casefold() == ".mdl" else pysd.read_xmile
    with _beside_links(path) as copy, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            frame = reads(str(copy)).run(flatten_output=True)
        except Exception as error:
            raise RefusedError(type(error).__name__, error) from None
    return _of_frame(frame)


@contextmanager
def _beside_links(path: Path) -> Iterator[Path]:
    """Yield a copy of a model among links to its neighbours: PySD writes beside it."""
    with tempfile.TemporaryDirectory(prefix="cqsim-") as folder:
        for neighbour in path.parent.iterdir():
            if neighbour != path:
                (Path(folder) / neighbour.name).symlink_to(neighbour.resolve())
        suffix = ".mdl" if path.suffix.casefold() == ".mdl" else ".xmile"
        yield Path(shutil.copy(path, Path(folder) / f"model_to_run{suffix}"))


def pysimlin(path: Path) -> Series:
    """Return what pysimlin gives; its `run` would search for loops for minutes.

    Raises
    ------
    RefusedError
        For any error.
    """
    import simlin

    try:
        simulation = simlin.load(path).simulate()
        simulation.run_to_end()
    except Exception as error:
        raise RefusedError(type(error).__name__, error) from None
    names = simulation.get_var_names()
    times = np.asarray(simulation.get_series("time"), dtype=float)
    values = {label(name): simulation.get_series(name) for name in names}
    return Series(times, values)


def _of_frame(frame: pd.DataFrame) -> Series:
    """Return the columns of a table whose index is the time."""
    times = frame.index.to_numpy(dtype=float)
    columns = {label(str(name)): n for n, name in enumerate(frame.columns)}
    table = frame.to_numpy(dtype=float)
    return Series(times, {name: table[:, n] for name, n in columns.items()})


PEERS: dict[str, Engine] = {"PySD": pysd, "pysimlin": pysimlin}
