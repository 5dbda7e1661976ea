"""pysimlin, a simulator in Rust: its runs of our models."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measuring.timing import seconds

READ = re.compile(
    r"^(?P<name>[\w ]+)(\[(?P<subscripts>[\w,]+)\])?=\n"
    r"\tGET DIRECT \w+\('(?P<file>[^']+)', ',', ('A', )?'(?P<column>[A-Z])2\*?'\)",
    re.MULTILINE,
)


def inlined(text: str, folder: Path) -> str:
    """Return a Vensim text with the numbers of its data files, which pysimlin needs.

    A variable of two tables names them one by one, as pysimlin takes one table each.

    Parameters
    ----------
    folder
        Where the text's CSV files are.
    """
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
        lengths = [ranges[axis] for axis in axes]
        numbers = _numbers(rows, ord(read["column"]) - ord("A"), lengths)
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


def _numbers(rows: list[list[str]], column: int, lengths: Sequence[int]) -> str:
    """Return cells in Vensim's spelling of a number, a vector or a table."""
    height, width = (*lengths, 1, 1)[:2]
    cells = [row[column : column + width] for row in rows[:height]]
    if len(lengths) < 2:
        return ",".join(cell for (cell,) in cells)
    return ";".join(map(",".join, cells)) + ";"


@dataclass(frozen=True, slots=True)
class Simlin:
    """A model that pysimlin has read and compiled."""

    simulation: Any

    @classmethod
    def of(cls, path: Path) -> "Simlin":
        """Return the model of a file."""
        import simlin

        # Its `run` would search for feedback loops, for minutes.
        return cls(simlin.load(path).simulate())

    def seconds(self) -> float:
        """Return the time of one run."""
        self.simulation.reset()
        return seconds(self.simulation.run_to_end)

    def series(self, name: str) -> Any:
        """Return the values (time,) of a variable, or of an element in brackets."""
        return self.simulation.get_series(name.lower().replace(" ", "_"))
