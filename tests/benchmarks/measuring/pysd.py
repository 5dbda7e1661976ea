"""PySD: its runs, measured by a few of their steps."""

import shutil
import tempfile
import warnings
from functools import partial
from pathlib import Path

from measuring.timing import seconds


def pysd_seconds(model: Path, steps: int) -> float:
    """Return the time that PySD takes for one step of a model."""
    import pysd

    with tempfile.TemporaryDirectory() as name, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        folder = Path(shutil.copytree(model.parent, Path(name) / "model"))
        found = pysd.read_vensim(str(folder / model.name))
        step, start = found["TIME STEP"], found["INITIAL TIME"]
        times = [
            seconds(partial(found.run, final_time=start + step * count, saveper=step))
            for count in (1, 1 + steps)
        ]
    return (times[1] - times[0]) / steps
