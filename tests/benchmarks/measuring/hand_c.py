"""The hand-written C of the benchmark model: the limit to approach."""

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

BENCHMARKS = Path(__file__).parents[1]
FLAGS = ("-O3", "-march=native", "-mprefer-vector-width=512")
"""What all C is compiled with."""

_BATCHED = ("-DVM", "-DB=32")
_RUNS = 512


class MissingError(Exception):
    """A contestant cannot take part; the text says why."""


@dataclass(frozen=True, slots=True)
class HandWritten:
    """The compiled program."""

    program: Path

    def seconds(self) -> float:
        """Return the least time of three batches, for one run."""
        return float(_found(r"min ([0-9.]+)", self._told("3"))) * 1e-6

    def numbers(self) -> list[float]:
        """Return the totals, and population and product of one region, at the end."""
        told = self._told("1")
        names = ("pop", "product", "CE", r"pop\[1\]", r"grp\[22\]")
        return [float(_found(rf" {name} (\S+)", told)) for name in names]

    def _told(self, times: str) -> str:
        command = [str(self.program), str(_RUNS), times]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return done.stdout


def hand_written(folder: Path) -> HandWritten:
    """Return the hand-written C, compiled into a folder.

    Raises
    ------
    MissingError
        There is no C compiler, or it does not compile.
    """
    program = folder / "hand_written"
    source = BENCHMARKS / "bench_model.c"
    compiled([source], program, (*FLAGS, *_BATCHED))
    return HandWritten(program)


def compiled(sources: Sequence[Path], program: Path, flags: Sequence[str]) -> None:
    """Compile a program.

    Raises
    ------
    MissingError
        There is no C compiler, or it does not compile.
    """
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        why = "no C compiler was found"
        raise MissingError(why)
    command = [compiler, *flags, *map(str, sources), "-o", str(program), "-lm"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        why = f"it does not compile: {first_fault(done.stderr)}"
        raise MissingError(why)


def first_fault(said: str) -> str:
    """Return the first line of what a tool said that names an error, shortened."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    faults = [line for line in lines if re.search("error", line, re.IGNORECASE)]
    return ([*faults, *lines, "nothing was said"])[0][:160]


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match is not None, text
    return match.group(1)
