"""`cqsim sensitivity`: which inputs targets and indicators respond to."""

from pathlib import Path

import click

from cqsim.cli.options import json_option


@click.command("sensitivity")
@click.argument("file")
@click.option(
    "--indicator",
    "indicators",
    multiple=True,
    help="Of this indicator too. Repeatable.",
)
@click.option("--scope", default="metro", show_default=True, help="Of the indicators.")
@click.option(
    "--year",
    "years",
    type=int,
    multiple=True,
    default=(2025, 2030, 2035),
    show_default=True,
    help="Of the indicators. Repeatable.",
)
@click.option(
    "--points",
    type=int,
    default=512,
    show_default=True,
    help="Base points of the Sobol' indices, a power of two; 0 for screening alone.",
)
@click.option("--trajectories", type=click.IntRange(4), default=16, show_default=True)
@click.option(
    "--keep",
    type=click.IntRange(1),
    default=30,
    show_default=True,
    help="Inputs with an index of their own; the rest share one.",
)
@click.option("--workers", type=click.IntRange(1, 1024), default=1, show_default=True)
@click.option(
    "--top",
    type=click.IntRange(1),
    default=4,
    show_default=True,
    help="Inputs to print of each output.",
)
@click.option("--csv", type=click.Path(path_type=Path), help="Write all indices here.")
@json_option
def command(
    file: str,
    indicators: tuple[str, ...],
    scope: str,
    years: tuple[int, ...],
    points: int,
    trajectories: int,
    keep: int,
    workers: int,
    top: int,
    csv: Path | None,
    as_json: bool,
) -> None:
    """Say which inputs of the sweep FILE matter, to every target and by year.

    Elementary effects (Morris) screen all inputs; the strongest get Sobol' indices of
    first and total order with intervals, and a word on whether they have converged.
    """
    from cqsim.cli.sensitivity_tables import (
        json_of,
        print_analysis,
        refuse_points,
        write_csv,
    )
    from cqsim.study.sensitivity import Asked, analyse
    from cqsim.study.sweep_file import read_sweep

    refuse_points(points)
    sweep = read_sweep(file)
    asked = Asked(
        indicators, scope, years, trajectories, points, keep, workers, sweep.design.seed
    )
    analysis = analyse(sweep, asked, _told)
    if csv is not None:
        write_csv(csv, analysis)
    if as_json:
        import json

        click.echo(json.dumps(json_of(analysis), ensure_ascii=False, indent=2))
    else:
        print_analysis(sweep, analysis, top)


def _told(done: int) -> None:
    click.echo(f"{done} runs", err=True)
