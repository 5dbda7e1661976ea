"""The model is portable: pysimlin, another simulator, gives its numbers.

pysimlin 0.8 reads no data files, so it gets a copy in which each GET DIRECT is the
numbers that it reads, and in which a variable of two tables names them one by one.
"""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import simlin

import cqsim

READ = re.compile(
    r"^(?P<name>[\w ]+)(\[(?P<subscripts>[\w,]+)\])?=\n"
    r"\tGET DIRECT \w+\('(?P<file>[^']+)', ',', ('A', )?'(?P<column>[A-Z])2\*?'\)",
    re.MULTILINE,
)
DIFFERENT = {
    "coal reserve openings",
    "Coal reserve capacity",
    "Coal reserve under construction",
    "gas storage openings",
    "Gas storage capacity",
    "Gas storage under construction",
}
"""Two DELAY FIXED, and the stocks that they fill: pysimlin reads DELAY FIXED as its
DELAY with one order of material, which lets the input out bit by bit from the start.
Vensim lets it out unchanged, a delay later.
"""


def inlined(text: str, folder: Path) -> str:
    """Return the model's text with the numbers of its data files."""
    ranges = {
        name: len(elements.split(","))
        for name, elements in re.findall(r"^(\w+): (.*)$", text, re.MULTILINE)
    }
    for alias, name in re.findall(r"^(\w+) <-> (\w+)$", text, re.MULTILINE):
        ranges[alias] = ranges[name]

    def written(read: re.Match[str]) -> str:
        name, subscripts = read["name"], (read["subscripts"] or "").split(",")
        rows = _rows(folder / read["file"])
        if "LOOKUPS" in read[0]:
            return f"{name}(\n\t{','.join(f'({x},{y})' for x, y, *_ in rows)})"
        axes = [axis for axis in subscripts if axis in ranges]
        numbers = _numbers(rows, ord(read["column"]) - ord("A"), axes, ranges)
        own = [part for part in subscripts if part not in axes]
        left = read[0].split("=\n")[0]
        if not axes or not own:
            return f"{left}=\n\t{numbers}"
        table = f"{name} {' '.join(own)}[{','.join(axes)}]"
        return f"{table}=\n\t{numbers}\n\t~~|\n{left}=\n\t{table}"

    return READ.sub(written, text)


def _rows(file: Path) -> list[list[str]]:
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.reader(opened))[1:]


def _numbers(
    rows: list[list[str]], column: int, axes: list[str], ranges: dict[str, int]
) -> str:
    lengths = [ranges[axis] for axis in axes]
    height = lengths[0] if lengths else 1
    width = lengths[1] if len(lengths) > 1 else 1
    cells = [row[column : column + width] for row in rows[:height]]
    if len(axes) < 2:
        return ",".join(cell for (cell,) in cells)
    return ";".join(map(",".join, cells)) + ";"


def variables(frame: pd.DataFrame) -> Iterator[tuple[str, list[str]]]:
    """Yield each variable and its columns."""
    columns = pd.Series(frame.columns)
    for name, own in columns.groupby(columns.str.split("[").str[0]):
        yield str(name), list(own)


def test_pysimlin_gives_the_models_numbers_but_for_its_fixed_delays(
    folder: Path, tmp_path: Path
) -> None:
    path = tmp_path / "metro.mdl"
    text = (folder / "metro.mdl").read_text(encoding="utf-8")
    path.write_text(inlined(text, folder), encoding="utf-8")
    theirs = simlin.load(path).simulate()
    theirs.run_to_end()
    ours = cqsim.run(folder / "metro.mdl").to_frame()
    different = set()
    for name, columns in variables(ours):
        wanted = ours[columns].to_numpy()
        keys = [column.lower().replace(" ", "_") for column in columns]
        found = np.stack([theirs.get_series(key) for key in keys], axis=1)
        # A share that is the difference of near numbers is as exact as they are.
        if np.max(np.abs(found - wanted)) > 1e-13 * np.max(np.abs(wanted)) + 1e-15:
            different.add(name)
    assert different == DIFFERENT
