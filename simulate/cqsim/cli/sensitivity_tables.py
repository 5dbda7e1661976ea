"""What an analysis of sensitivity looks like: on a terminal, as CSV, as JSON."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from cqsim.cli.layout import WIDTH, cut, filled
from cqsim.study.columns import Column
from cqsim.study.description import description_of
from cqsim.study.sensitivity import Analysis
from cqsim.study.sweep_file import Sweep

CELL, WIDE = 17, 24
"""Widths of a number with its error: of a share, and in the output's own unit."""

SMALLEST = 0.005
"""Smallest share in the variance that is shown."""

COLUMNS = (
    "table", "name", "scope", "year", "input", "first", "first_error", "total",
    "total_error", "mu_star", "mu_star_error", "sigma", "converged",
)  # fmt: skip


def refuse_points(points: int) -> None:
    """Refuse a number of base points that Sobol' sequences cannot be cut at."""
    if points and (points < 8 or points & (points - 1)):
        message = f"{points} is no power of two from 8 on."
        raise click.BadParameter(message, param_hint="--points")


def print_analysis(sweep: Sweep, analysis: Analysis, top: int) -> None:
    """Print, for each output, the inputs that matter most, and the verdict."""
    console = Console(highlight=False)
    words = description_of(sweep)
    runs, count = analysis.runs, len(analysis.inputs)
    head = f"{runs} 次运行,{count} 个输入。 {runs} runs, {count} inputs."
    console.print(Text(head, style="bold"))
    outputs = analysis.outputs
    order = {name: place for place, name in enumerate(words["target_order"])}
    shown = sorted(range(len(outputs)), key=lambda n: order.get(outputs[n].name, 999))
    for number in shown:
        console.print(Padding(Text(_title(words, outputs[number])), (1, 0, 0, 0)))
        lines = _shares if analysis.indices else _screened
        for line in lines(words, analysis, number, top):
            console.print(Padding(Text(line), (0, 0, 0, 2)))


def _shares(
    words: dict[str, Any], analysis: Analysis, number: int, top: int
) -> Iterator[str]:
    """Yield the inputs with the largest shares in the variance, then the verdict."""
    found = analysis.indices[number]
    shown = [effect for effect in found.effects[:top] if effect.total >= SMALLEST]
    for effect in shown:
        cells = (
            f"S1 {effect.first:.2f} ± {effect.first_error:.2f}",
            f"ST {effect.total:.2f} ± {effect.total_error:.2f}",
        )
        yield _row(_input(words, effect.input), cells)
    if not shown:
        yield "各输入的份额均不足0.01 No input has a share of 0.01"
    yield found.verdict.zh
    yield found.verdict.en


def _screened(
    words: dict[str, Any], analysis: Analysis, number: int, top: int
) -> Iterator[str]:
    """Yield the inputs that move an output most in the screening."""
    found = analysis.screened
    strengths, errors = found.strength[number], found.error[number]
    for place in strengths.argsort()[::-1][:top]:
        cell = f"mu* {strengths[place]:.3g} ± {errors[place]:.2g}"
        yield _row(_input(words, analysis.inputs[place]), (cell,), WIDE)


def _row(name: str, cells: Sequence[str], cell_width: int = CELL) -> str:
    """Return a name and its numbers, these below those of other rows."""
    width = WIDTH - 2 - cell_width * len(cells)
    numbers = "".join(filled(cell, cell_width, right=True) for cell in cells)
    return f"{filled(cut(name, width - 1), width)}{numbers}"


def _title(words: dict[str, Any], output: Column) -> str:
    kind = words["targets" if output.table == "targets" else "indicators"]
    title = kind.get(output.name, {}).get("title", {"zh": output.name, "en": ""})
    return f"{title['zh']} {title['en']} ({output.year:g}; {output.place})"


def _input(words: dict[str, Any], name: str) -> str:
    title = words["inputs"].get(name, {}).get("title")
    return f"{title['zh']} {name}" if title else f"其余输入合计 {name}"


def rows(analysis: Analysis) -> Iterator[dict[str, Any]]:
    """Yield a row for each output and input."""
    for number, output in enumerate(analysis.outputs):
        head = {
            "table": output.table,
            "name": output.name,
            "scope": output.place,
            "year": int(output.year),
        }
        indices = analysis.indices[number] if analysis.indices else None
        effects = {e.input: e for e in indices.effects} if indices else {}
        names = [*analysis.inputs, *(n for n in effects if n not in analysis.inputs)]
        for name in names:
            row = {**head, "input": name}
            if name in effects:
                row |= asdict(effects[name])
                row["converged"] = indices is not None and indices.verdict.converged
            if name in analysis.inputs:
                place = analysis.inputs.index(name)
                row["mu_star"] = float(analysis.screened.strength[number, place])
                row["mu_star_error"] = float(analysis.screened.error[number, place])
                row["sigma"] = float(analysis.screened.spread[number, place])
            yield row


def write_csv(path: Path, analysis: Analysis) -> None:
    """Write a row for each output and input."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows(analysis))


def json_of(analysis: Analysis) -> dict[str, Any]:
    """Return what `--json` prints."""
    return {
        "runs": analysis.runs,
        "inputs": list(analysis.inputs),
        "kept": list(analysis.kept),
        "outputs": [
            {
                "name": output.name,
                "scope": output.place,
                "year": int(output.year),
                "verdict": asdict(analysis.indices[number].verdict)
                if analysis.indices
                else None,
            }
            for number, output in enumerate(analysis.outputs)
        ],
        "indices": list(rows(analysis)),
    }
