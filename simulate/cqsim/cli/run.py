"""`cqsim run`: run a scenario, judge it, write its results."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import click

from cqsim.cli.options import (
    boundary_option,
    file_option,
    files_of,
    json_option,
    out_option,
    quiet_option,
)

YEAR = click.IntRange(0, 9999)


@click.command("run")
@click.argument("scenario")
@json_option
@click.option("--csv", is_flag=True, help="Write series.csv beside series.parquet.")
@out_option
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="CONSTANT=VALUE",
    help='Set a constant, also of one region: "fertility[fuling]=1.1". Repeatable.',
)
@click.option("--start", type=YEAR, metavar="YEAR", help="First year of the run.")
@click.option("--until", type=YEAR, metavar="YEAR", help="Last year of the run.")
@click.option(
    "--engine",
    type=click.Choice(["compiled", "pysd"]),
    default="compiled",
    show_default=True,
    help="What integrates: our compiled program, or PySD itself to compare with.",
)
@boundary_option
@file_option
@click.option("--verbose", is_flag=True, help="Print all indicators by ring, in full.")
@quiet_option
def command(
    scenario: str,
    as_json: bool,
    csv: bool,
    out: Path,
    settings: tuple[str, ...],
    start: int | None,
    until: int | None,
    engine: Literal["compiled", "pysd"],
    boundary: str,
    files: tuple[str, ...],
    verbose: bool,
    quiet: bool,
) -> None:
    """Run SCENARIO and judge it against the plan's targets.

    SCENARIO is a scenario file, or the name of one that is shipped, such as baseline.
    Results are written to out/<scenario>/ when the run has ended.
    """
    from cqsim.case.load import read_scenario
    from cqsim.case.overrides import overridden
    from cqsim.cli.summary import summary_lines
    from cqsim.cli.tables import print_outcome, whole_lines
    from cqsim.engine.folder import refuse_unwritable
    from cqsim.judge.outcome import as_json as json_of
    from cqsim.judge.outcome import carried_out, prepared, written

    chosen = overridden(
        read_scenario(scenario, files=files_of(files)), settings
    ).with_time(start, until)
    task = prepared(chosen, boundary)
    refuse_unwritable(out / chosen.id)
    with progress_bar(hidden=quiet or as_json) as progress:
        outcome = carried_out(task, progress, engine)
    paths = written(outcome, out, csv=csv)
    if as_json:
        import json

        click.echo(json.dumps(json_of(outcome, paths), ensure_ascii=False, indent=2))
    elif not quiet:
        lines = whole_lines if verbose else summary_lines
        print_outcome(outcome, paths, lines(outcome))


@contextmanager
def progress_bar(*, hidden: bool) -> Iterator[Callable[[float], None] | None]:
    """Show on a terminal's standard error which part of a run is done."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if hidden or not console.is_terminal:
        yield None
        return
    columns = (TextColumn("模拟 Running"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("run", total=1.0)
        yield lambda done: bar.update(task, completed=done)
