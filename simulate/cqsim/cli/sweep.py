"""`cqsim sweep`: run a scenario many times, and ask what came out."""

from pathlib import Path

import click

from cqsim.cli.options import json_option, quiet_option


class DefaultGroup(click.Group):
    """A group whose first argument may be a file: then it is the command `run`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is named, or `run` with all arguments."""
        if args and args[0] not in self.commands:
            args = ["run", *args]
        return super().resolve_command(ctx, args)


def _shard(
    ctx: click.Context,  # noqa: ARG001
    param: click.Parameter,  # noqa: ARG001
    value: str,
) -> tuple[int, int]:
    number, slash, count = value.partition("/")
    if (
        slash
        and number.isdigit()
        and count.isdigit()
        and 1 <= int(number) <= int(count)
    ):
        return int(number) - 1, int(count)
    message = f"'{value}' is no shard. Write 2/4 for the second of four."
    raise click.BadParameter(message)


@click.group("sweep", cls=DefaultGroup, no_args_is_help=True)
def command() -> None:
    """Run a sweep, query it, or take one run out of it.

    cqsim sweep FILE [OPTIONS] runs FILE; see cqsim sweep run --help.
    """


@command.command("run")
@click.argument("file")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("out/sweeps"),
    show_default=True,
    help="Folder in which the sweep's own folder is made.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 1024),
    default=1,
    show_default=True,
    help="Processes on this machine.",
)
@click.option(
    "--chunk",
    type=click.IntRange(1, 100_000),
    default=250,
    show_default=True,
    help="Runs that are computed and written together.",
)
@click.option(
    "--shard",
    callback=_shard,
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
@quiet_option
def run(
    file: str,
    out: Path,
    workers: int,
    chunk: int,
    shard: tuple[int, int],
    cluster: str,
    as_json: bool,
    quiet: bool,
) -> None:
    """Run the sweep of FILE: what is there is kept, what is missing is computed.

    FILE is a sweep file, or the name of one that is shipped, such as uncertainty.
    """
    from cqsim.cli.sweep_progress import progress
    from cqsim.cli.sweep_tables import print_ended, print_summary
    from cqsim.study.plan import plan_of
    from cqsim.study.stored import open_sweep
    from cqsim.study.summary import as_json as json_of
    from cqsim.study.summary import summarised
    from cqsim.study.sweep import Manner, carry_out
    from cqsim.study.sweep_file import read_sweep

    sweep = read_sweep(file)
    folder = out / sweep.id
    manner = Manner(workers, chunk, shard, cluster)
    with progress(hidden=quiet) as told:
        ended = carry_out(plan_of(sweep), folder, manner, told)
    summary = summarised(open_sweep(folder)) if ended.finished else None
    faults = (*sweep.notes, *ended.faults, *(summary.faults if summary else ()))
    for fault in faults:
        click.echo(f"注意 Note: {fault}", err=True)
    if as_json:
        import json

        click.echo(json.dumps(json_of(ended, summary), ensure_ascii=False, indent=2))
    elif not quiet:
        print_ended(ended)
        if summary is not None:
            print_summary(summary)


@command.command("query")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.argument("select")
@click.option("--json", "as_json", is_flag=True, help="Print rows as JSON.")
@click.option("--csv", type=click.Path(path_type=Path), help="Write the rows here.")
def query(folder: Path, select: str, as_json: bool, csv: Path | None) -> None:
    """Ask the tables of FOLDER: inputs, targets, indicators, variables.

    SELECT is SQL as DuckDB has it:
    "select year, median(value) from indicators where scope = 'metro' group by year".
    """
    from cqsim.study.stored import open_sweep

    sweep = open_sweep(folder)
    if as_json and csv is None:
        import json

        click.echo(json.dumps(sweep.records(select), ensure_ascii=False))
        return
    frame = sweep.sql(select)
    if csv is not None:
        frame.to_csv(csv, index=False, lineterminator="\n")
        click.echo(f"{csv}: {len(frame)} rows")
    else:
        click.echo(frame.to_string(index=False, max_rows=200))


@command.command("extract")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--run", "number", type=click.IntRange(0), required=True, help="The run.")
@click.option("--out", type=click.Path(path_type=Path), help="The scenario file.")
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


@command.command("export")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--iamc", type=click.Path(path_type=Path), required=True, help="The CSV file."
)
def export(folder: Path, iamc: Path) -> None:
    """Write the indicators of FOLDER as an IAMC table, which pyam reads."""
    from cqsim.study.stored import open_sweep

    rows = open_sweep(folder).to_iamc(iamc)
    click.echo(f"{iamc}: {rows} rows")
