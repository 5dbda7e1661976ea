"""What an analysis of sensitivity looks like: on a terminal, as CSV, as JSON."""

import csv
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from cqsim.study.columns import Column
from cqsim.study.description import description_of
from cqsim.study.sensitivity import Analysis
from cqsim.study.sweep_file import Sweep

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
    count = len(analysis.inputs)
    console.print(
        Text(f"{analysis.runs} 次运行 runs, {count} 个输入 inputs", style="bold")
    )
    for number, output in enumerate(analysis.outputs):
        console.print(Text(_title(words, output)), soft_wrap=True)
        for line in _lines(words, analysis, number, top):
            console.print(Text(f"    {line}"), soft_wrap=True)


def _lines(
    words: dict[str, Any], analysis: Analysis, number: int, top: int
) -> Iterator[str]:
    if analysis.indices:
        found = analysis.indices[number]
        for effect in found.effects[:top]:
            name = _input(words, effect.input)
            yield (
                f"{name}: S1 {effect.first:.2f} ± {effect.first_error:.2f}, "
                f"ST {effect.total:.2f} ± {effect.total_error:.2f}"
            )
        yield f"{found.verdict.zh} / {found.verdict.en}"
        return
    screened = analysis.screened
    order = screened.strength[number].argsort()[::-1]
    for place in order[:top]:
        strength, error = (
            screened.strength[number, place],
            screened.error[number, place],
        )
        name = _input(words, analysis.inputs[place])
        yield f"{name}: mu* {strength:.3g} ± {error:.2g}"


def _title(words: dict[str, Any], output: Column) -> str:
    kind = words["targets" if output.table == "targets" else "indicators"]
    title = kind.get(output.name, {}).get("title", {"zh": output.name, "en": ""})
    return f"{title['zh']} {title['en']} ({output.year:g}; {output.place})"


def _input(words: dict[str, Any], name: str) -> str:
    title = words["inputs"].get(name, {}).get("title")
    return f"{title['zh']} {name}" if title else f"其他输入 {name}"


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
