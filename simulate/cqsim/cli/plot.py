"""`cqsim plot`: the figures of the report as single files, for slides."""

from pathlib import Path

import click

from cqsim.cli.options import out_option


@click.command("plot")
@click.argument("scenario")
@click.argument("figures", nargs=-1, metavar="[FIGURE]...")
@click.option("--list", "listed", is_flag=True, help="Print the names of the figures.")
@click.option(
    "--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["svg", "png"]),
    default="svg",
    show_default=True,
)
@out_option
def command(
    scenario: str,
    figures: tuple[str, ...],
    listed: bool,
    lang: str,
    form: str,
    out: Path,
) -> None:
    """Draw the FIGUREs of a SCENARIO's report, all of them if none is named."""
    from cqsim.case.load import read_scenario
    from cqsim.cli.run import progress_bar
    from cqsim.engine.folder import refuse_unwritable
    from cqsim.errors import UnknownNameError
    from cqsim.report.build import Stopwatch, prepare, request_of
    from cqsim.report.figures.style import style
    from cqsim.report.typeset import as_png, as_svg
    from cqsim.report.writing import write_whole

    chosen = read_scenario(scenario)
    folder = out / chosen.id / "figures"
    refuse_unwritable(folder.parent)
    with progress_bar(hidden=listed) as progress:
        heard = (lambda _, part: progress(part)) if progress else None
        watch = Stopwatch(heard)
        made = prepare(request_of([chosen], None, False, watch), watch)
    available = made.figures
    for name in figures:
        if name not in available:
            where = "cqsim plot"
            raise UnknownNameError(where, "figure", name, list(available))
    if listed:
        click.echo("\n".join(available))
        return
    for name in figures or available:
        with style():
            figure = available[name](lang)
        content = as_svg(figure) if form == "svg" else as_png(figure)
        path = folder / f"{name}-{lang}.{form}"
        write_whole(path, content)
        click.echo(f"图 Figure: {path}")
