"""`cqsim skill`: how good the model's forecasts were, beside two naive ones."""

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from cqsim.credibility.scores import Coverage, Score
    from cqsim.credibility.skill import Skill

COLUMNS = (
    *("series", "place", "from", "n", "RMSE", "last", "line", "MAPE %", "R²", "R² Δ"),
    *("U", "U^M", "U^S", "U^C", "CRPS", "last", "line", "50/80/95 %"),
)


@click.command("skill")
@click.option(
    "--model",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the model, in place of the shipped one.",
)
@click.option("--regions", is_flag=True, help="Show every region.")
@click.option(
    "--keep",
    "is_kept",
    is_flag=True,
    help="Keep forecasts of the next years in the model's folder, to be scored later.",
)
@click.option(
    "--intervals",
    is_flag=True,
    help="Also say how often what came lies inside of intervals of a posterior.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    folder: Path | None, regions: bool, is_kept: bool, intervals: bool, as_json: bool
) -> None:
    """Score the model on years that it was not fitted to.

    Runs from the census of 2020 (and rebased on 2021), compares with what was
    published, and with two naive forecasts: the last value, and a straight line.
    """
    from cqsim.credibility.skill import keep_forecasts, skill_of
    from cqsim.resources import data_folder

    folder = folder or data_folder("model")
    if is_kept:
        click.echo(f"kept: {keep_forecasts(folder)}")
    skill = skill_of(folder)
    found = _coverages(folder) if intervals else []
    if as_json:
        data = _as_data(skill, found)
        click.echo(json.dumps(data, ensure_ascii=False, indent=2))
        return
    _print(skill, regions)
    for row in found:
        inside = "/".join(f"{100 * part:.0f}" for part in row.inside.values())
        click.echo(
            f"{row.series} from {row.origin}, {row.form}: {row.count} forecasts, "
            f"{inside} % inside of 50/80/95 %: {row.verdict}"
        )


def _coverages(folder: Path) -> "list[Coverage]":
    from cqsim.credibility.scores import coverages
    from cqsim.credibility.skill import DRAWS, predictive_forecasts
    from cqsim.errors import InputFileError

    found = coverages(predictive_forecasts(folder))
    if not found:
        what = "there are no draws of a posterior"
        remedy = "Sample one: cqsim calibrate --posterior."
        raise InputFileError(folder / DRAWS, 0, what, remedy)
    return found


def _as_data(skill: "Skill", intervals: "list[Coverage]") -> dict[str, object]:
    from dataclasses import asdict

    def plain(value: object) -> object:
        if isinstance(value, float) and not math.isfinite(value):
            return None
        if isinstance(value, dict):
            return {str(key): plain(each) for key, each in value.items()}
        return value

    lists: dict[str, tuple[Any, ...] | list[Any]] = {
        "areas": skill.areas,
        "all_regions": skill.pooled,
        "regions": skill.regions,
        "forecasts": skill.forecasts,
        "hindcast": skill.misses,
        "kept": [forecast for _, forecast in skill.kept],
        "intervals": intervals,
    }
    return {
        name: [{k: plain(v) for k, v in asdict(entry).items()} for entry in entries]
        for name, entries in lists.items()
    }


def _print(skill: "Skill", regions: bool) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(width=None if Console().is_terminal else 160)
    table = Table(*COLUMNS, title="Skill: RMSE and CRPS of the model, last value, line")
    chosen = (*skill.areas, *skill.pooled, *(skill.regions if regions else ()))
    for score in chosen:
        table.add_row(*_cells(score))
    console.print(table)
    for finding in skill.results():
        word = "better" if finding.holds else "WORSE"
        if finding.check.startswith("hindcast"):
            word = "within" if finding.holds else "OUTSIDE"
        console.print(f"{word:8}{finding.title}: {finding.detail}", soft_wrap=True)
    for name, forecast in skill.kept:
        console.print(
            f"kept in {name}: {forecast.series} of {forecast.place} {forecast.year}: "
            f"{forecast.model:.5g}, published {forecast.observed:.5g}",
            soft_wrap=True,
        )


def _cells(score: "Score") -> tuple[str, ...]:
    numbers = (
        *(score.rmse, score.rmse_last, score.rmse_line, score.mape, score.r2),
        *(score.r2_change, score.theil, score.bias, score.variance, score.covariance),
        *(score.crps, score.crps_last, score.crps_line),
    )
    shown = ("–" if math.isnan(n) else f"{n:.3g}" for n in numbers)
    inside = "/".join(f"{100 * part:.0f}" for part in score.coverage.values())
    first = (score.series, score.place, str(score.origin), str(score.count))
    return (*first, *shown, inside)
