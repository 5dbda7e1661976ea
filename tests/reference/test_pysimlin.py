"""The model is portable: pysimlin, another simulator, gives its numbers.

pysimlin 0.8 reads no data files, so it gets a copy in which each GET DIRECT is the
numbers that it reads.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

import cqsim
from measuring.pysimlin import Simlin, inlined


def variables(frame: pd.DataFrame) -> Iterator[tuple[str, list[str]]]:
    """Yield each variable and its columns."""
    columns = pd.Series(frame.columns)
    for name, own in columns.groupby(columns.str.split("[").str[0]):
        yield str(name), list(own)


def test_pysimlin_gives_the_models_numbers(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "metro.mdl"
    text = (folder / "metro.mdl").read_text(encoding="utf-8")
    path.write_text(inlined(text, folder), encoding="utf-8")
    theirs = Simlin.of(path)
    theirs.seconds()
    ours = cqsim.run(folder / "metro.mdl").to_frame()
    different = set()
    for name, columns in variables(ours):
        wanted = ours[columns].to_numpy()
        found = np.stack([theirs.series(column) for column in columns], axis=1)
        # A share that is the difference of near numbers is as exact as they are.
        if np.max(np.abs(found - wanted)) > 1e-13 * np.max(np.abs(wanted)) + 1e-15:
            different.add(name)
    assert not different
