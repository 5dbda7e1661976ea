"""Runs in their thousands: the commands sweep and sensitivity."""

import csv
import json
from pathlib import Path
from typing import Any

import click

from cqsim.cli import options
from cqsim.cli.console import progress, show, show_json, show_notes
from cqsim.cli.options import json_option


class DefaultGroup(click.Group):
    """A group whose first argument may be a file: then it is the command `run`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is named, or `run` with all arguments."""
        if args and args[0] not in self.commands:
            args = ["run", *args]
        return super().resolve_command(ctx, args)


def _shard_of(text: str) -> tuple[int, int]:
    """Return the number of a shard, from 0, and how many there are."""
    number, _, count = text.partition("/")
    if number.isdigit() and count.isdigit() and 1 <= int(number) <= int(count):
        return int(number) - 1, int(count)
    message = f"'{text}' is no shard. Write 2/4 for the second of four."
    raise click.BadParameter(message, param_hint="--shard")


@click.group("sweep", cls=DefaultGroup, no_args_is_help=True)
def sweep() -> None:
    """Run a sweep, query it, or take one run out of it.

    cqsim sweep FILE [OPTIONS] runs FILE; see cqsim sweep run --help.
    """


@sweep.command("run")
@click.argument("file")
@options.path("--out", "Folder in which the sweep's own folder is made.", "out/sweeps")
@options.workers_option
@options.count(
    "--chunk", "Runs that are computed and written together.", 250, most=100000
)
@click.option(
    "--shard",
    default="1/1",
    metavar="I/N",
    help="Do only this share of the work; others do the rest, in the same folder.",
)
@click.option(
    "--cluster",
    default="",
    metavar="tcp://HOST:PORT",
    help="Compute on the workers of this Dask scheduler.",
)
@json_option
@options.quiet_option
def run(
    file: str,
    out: Path,
    workers: int,
    chunk: int,
    shard: str,
    cluster: str,
    as_json: bool,
    quiet: bool,
) -> None:
    """Run the sweep of FILE: what is there is kept, what is missing is computed.

    FILE is a sweep file, or the name of one that is shipped, such as uncertainty.
    """
    from cqsim.study.execute import SweepOptions, run_sweep
    from cqsim.study.job import job_of
    from cqsim.study.results import open_sweep
    from cqsim.study.summary import summarise, sweep_record
    from cqsim.study.sweep import read_sweep

    found = read_sweep(file)
    folder = out / found.id
    how = SweepOptions(workers, chunk, _shard_of(shard), cluster)
    with progress(hidden=quiet, counted=True) as advance:
        ended = run_sweep(job_of(found), folder, how, advance)
    results = open_sweep(folder) if ended.finished else None
    summary = summarise(results) if results else None
    faults = summary.faults if summary else ()
    show_notes((*found.notes, *ended.damage, *faults))
    record = sweep_record(ended, summary)
    if as_json:
        show_json(record)
    elif not quiet:
        from cqsim.cli.study_views import sweep_view
        from cqsim.cli.views import DisplayNames

        names = DisplayNames(found.bases[0].case)
        show(*sweep_view(record, names, results.description if results else {}))


@sweep.command("query")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.argument("select")
@options.flag("--json", "Print rows as JSON.", to="as_json")
@options.path("--csv", "Write the rows here.")
def query(folder: Path, select: str, as_json: bool, csv: Path | None) -> None:
    """Ask the tables of FOLDER: inputs, targets, indicators, variables.

    SELECT is SQL as DuckDB has it:
    "select year, median(value) from indicators where scope = 'SCOPE' group by year".
    """
    from cqsim.study.results import open_sweep

    sweep = open_sweep(folder)
    if as_json and csv is None:
        click.echo(json.dumps(sweep.records(select), ensure_ascii=False))
        return
    frame = sweep.sql(select)
    if csv is not None:
        frame.to_csv(csv, index=False, lineterminator="\n")
        click.echo(f"{csv}: {len(frame)} rows")
    else:
        click.echo(frame.to_string(index=False, max_rows=200))


@sweep.command("extract")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--run", "number", type=click.IntRange(0), required=True, help="The run.")
@options.path("--out", "The scenario file.")
@click.option("--sweep", "file", help="The sweep's file, where it has been moved.")
def extract(folder: Path, number: int, out: Path | None, file: str | None) -> None:
    """Write one run of FOLDER as a scenario: cqsim run then gives it to the bit.

    It is run before this is said; exit 1 where a number differs.
    """
    from cqsim.study.extract import extracted

    path, same = extracted(folder, number, out, file)
    words = "the stored run, bit for bit" if same else "NOT the stored run"
    click.echo(f"{path}: cqsim run gives {words}")
    if not same:
        raise SystemExit(1)


@sweep.command("export")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--iamc", type=click.Path(path_type=Path), required=True, help="The CSV file."
)
def export(folder: Path, iamc: Path) -> None:
    """Write the indicators of FOLDER as an IAMC table, which pyam reads."""
    from cqsim.study.results import open_sweep

    rows = open_sweep(folder).to_iamc(iamc)
    click.echo(f"{iamc}: {rows} rows")


def _refuse_points(points: int) -> None:
    """Refuse a number of base points that Sobol' sequences cannot be cut at."""
    if points and (points < 8 or points & (points - 1)):
        message = f"{points} is no power of two from 8 on."
        raise click.BadParameter(message, param_hint="--points")


@click.command("sensitivity")
@click.argument("file")
@options.several("--indicator", "Of this indicator too.", to="indicators")
@click.option("--scope", help="Of the indicators; all regions by default.")
@options.several(
    "--year",
    "Of the indicators; by default from the end of the plan to its outlook.",
    to="years",
    of=int,
)
@options.count(
    "--points",
    "Base points of the Sobol' indices, a power of two; 0 for screening alone.",
    512,
    least=0,
)
@options.count(
    "--trajectories", "Of the screening: each changes every input once.", 16, least=4
)
@options.count("--keep", "Inputs with an index of their own; the rest share one.", 30)
@options.workers_option
@options.count("--top", "Inputs to print of each output.", 4)
@options.path("--csv", "Write all indices here.")
@json_option
def sensitivity(
    file: str,
    indicators: tuple[str, ...],
    scope: str | None,
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
    from cqsim.study.description import description_of
    from cqsim.study.sensitivity import SensitivitySettings, analyse
    from cqsim.study.sweep import read_sweep

    _refuse_points(points)
    options.refuse_without("--indicator", indicators, scope=scope, year=years)
    found = read_sweep(file)
    settings = SensitivitySettings(
        indicators=indicators,
        scope=scope or "",
        years=years,
        trajectories=trajectories,
        points=points,
        keep=keep,
        workers=workers,
        seed=found.design.seed,
    )
    record = analyse(found, settings, lambda done: click.echo(f"{done} runs", err=True))
    if csv is not None:
        _write_indices(csv, record["indices"])
    if as_json:
        show_json(record)
    else:
        from cqsim.cli.study_views import sensitivity_view

        show(*sensitivity_view(record, description_of(found), top))


INDEX_COLUMNS = (
    *("table", "name", "scope", "year", "input", "first", "first_error", "total"),
    *("total_error", "mu_star", "mu_star_error", "sigma", "converged"),
)


def _write_indices(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write a row for each output and input."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, INDEX_COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
