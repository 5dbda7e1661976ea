"""How runs grow with the number of regions: the benchmark model, lengthened."""

import os
import re
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from measuring.engines import MODEL, OUTPUTS, samples_of
from measuring.table import Section
from measuring.timing import in_fresh_process, least, peak_memory, seconds

REGIONS = 22
"""Regions of the benchmark model."""

RUNS = 32
_ROUNDS, _BUDGET = 5, 5.0


def lengthened(text: str, copies: int) -> str:
    """Return the benchmark model with every region so many times over.

    The range of regions and every list of values by region are repeated. Money from
    outside, the one amount that all regions share, is multiplied, so that each copy
    gets what its original got: it has the same numbers, and the totals are multiples.
    """
    if copies == 1:
        return text
    count = REGIONS * copies
    digits = len(str(count))
    names = ", ".join(f"D{number:0{digits}}" for number in range(1, count + 1))
    text, ranges = re.subn(r"(?<=district:\n\t)D01, .*D22", names, text)
    text, lists = re.subn(
        rf"(?<=\t)[^\s,]+(?:, [^\s,]+){{{REGIONS - 1}}}(?=\n)",
        lambda found: ", ".join([found[0]] * copies),
        text,
    )
    amount = re.compile(r"(?<=^external fund base=\n\t)[0-9.]+", re.MULTILINE)
    text, amounts = amount.subn(lambda found: str(float(found[0]) * copies), text)
    assert (ranges, amounts) == (1, 1)
    assert lists
    return text


def by_regions(sizes: Sequence[int]) -> Section:
    """Return what models of these numbers of regions take, each in its own process.

    Parameters
    ----------
    sizes
        Multiples of 22.
    """
    rows = tuple(in_fresh_process(measured, size) for size in sizes)
    return Section(
        "regions",
        "地区数的影响 Scaling in regions",
        (
            "地区 regions",
            "读取秒 s to read",
            "编译秒 s to compile",
            "单次运行秒 s a single run",
            "集合每次毫秒 ms a run of an ensemble",
            "每次每地区微秒 µs a run and region",
            "内存峰值 peak MiB",
        ),
        rows,
        (
            "bench_model.mdl with its regions repeated: each copy has the numbers of "
            "its original, the totals are multiples. Nothing is cached before: reading "
            "is parsing and lowering, compiling is of the ensemble's program.",
            f"Ensembles of {RUNS} runs (half of it from 1 000 regions) on one thread. "
            "The gravity sums over pairs of regions grow with the square; distances "
            "differ from run to run, so the area of a tile leaves the caches.",
        ),
    )


def measured(size: int) -> tuple[float, ...]:
    """Return the row of one size; in a fresh process, so that memory is its own."""
    from cqsim.compile.lower import read_system
    from cqsim.engine.program import FEW, lanes_for
    from cqsim.engine.simulation import run_many

    copies, rest = divmod(size, REGIONS)
    if rest or not copies:
        message = f"{size} regions: no multiple of {REGIONS}"
        raise ValueError(message)
    with tempfile.TemporaryDirectory(prefix="cqsim-") as name:
        os.environ["CQSIM_CACHE"] = str(Path(name) / "cache")
        path = Path(name) / "lengthened.mdl"
        text = lengthened(MODEL.read_text(encoding="utf-8"), copies)
        path.write_text(text, encoding="utf-8")
        reading = seconds(lambda: read_system(path))
        system = read_system(path)
        runs = RUNS if size < 1000 else RUNS // 2
        run = partial(run_many, system, clock={"save": 1.0}, threads=1)
        samples = samples_of(system, runs)
        many = partial(run, samples, OUTPUTS, lanes=lanes_for(system, FEW))
        first = seconds(many)
        together = least(many, _ROUNDS, _BUDGET) / runs
        compiling = max(0.0, first - together * runs)
        memory = peak_memory()
        run([{}], OUTPUTS)
        single = least(lambda: run([{}], OUTPUTS), _ROUNDS, _BUDGET)
    each = together / size * 1e6
    return (size, reading, compiling, single, together * 1e3, each, memory)
