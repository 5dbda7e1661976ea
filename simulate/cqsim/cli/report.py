"""Reports and figures: the commands report, plot and verify."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cqsim.cli import options
from cqsim.cli.console import fraction_to, progress, show_notes

if TYPE_CHECKING:
    from cqsim.case.scenario import Scenario
    from cqsim.report.build import Stopwatch


@contextmanager
def _watched(*, hidden: bool) -> Iterator["Stopwatch"]:
    """Show how far a report is; what is given says afterwards what each stage took."""
    from cqsim.report.build import Stopwatch

    with progress(hidden=hidden) as advance:
        fraction_done = fraction_to(advance)
        yield Stopwatch(fraction_done and (lambda _, part: fraction_done(part)))


@click.command("report")
@click.argument("scenarios", nargs=-1, required=True, metavar="SCENARIO...")
@options.choice(
    "--lang",
    ["zh", "en", "both"],
    "Language of the report, the case's first by default; both makes two files.",
)
@options.flag("--brief", "Make the two-page version.")
@options.flag("--compare", "One report on all scenarios together.")
@options.path(
    "--sweep",
    "Folder of a finished sweep: adds probabilities, fans and what decides.",
    metavar="DIR",
    only="folders",
)
@click.option(
    "--date",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Date that the report bears; without it none, so that equal input gives "
    "equal bytes on any day.",
)
@options.out_option
@options.flag("--timings", "Print what each stage took.")
@options.quiet_option
def report(
    scenarios: tuple[str, ...],
    lang: str | None,
    brief: bool,
    compare: bool,
    sweep: Path | None,
    date: "click.DateTime | None",
    out: Path,
    timings: bool,
    quiet: bool,
) -> None:
    """Write the evaluation report of each SCENARIO as a PDF.

    SCENARIO is a scenario file, or the name of one that is shipped, such as baseline.
    The PDF carries its inputs; check it with: cqsim verify REPORT.pdf
    """
    from cqsim.case.scenario import read_scenarios
    from cqsim.engine.folder import refuse_unwritable

    chosen = read_scenarios(scenarios)
    groups = [chosen] if compare else [[scenario] for scenario in chosen]
    for group in groups:
        refuse_unwritable(out / group[0].id)
    day = f"{date:%Y-%m-%d}" if date else None
    for group in groups:
        with _watched(hidden=quiet) as watch:
            lines = _written(group, lang, brief, day, sweep, out, watch)
        if timings:
            lines += [
                f"{name:10} {took:6.1f} s" for name, took in watch.seconds.items()
            ]
        for line in [] if quiet else lines:
            click.echo(line)


def _written(
    group: "list[Scenario]",
    lang: str | None,
    brief: bool,
    day: str | None,
    sweep: Path | None,
    out: Path,
    watch: "Stopwatch",
) -> list[str]:
    """Make and write one report, and return what to say of it."""
    from cqsim.report.build import made_pdf, prepare, request_of
    from cqsim.report.bundle import write_whole

    made = prepare(request_of(group, day, brief, watch, sweep), watch)
    lines = [f"注意 Note: {warning}" for warning in made.warnings]
    name = "-".join(scenario.id for scenario in group)[:80]
    spoken = group[0].case.languages
    for language in spoken if lang == "both" else (lang or spoken[0],):
        path = out / group[0].id / f"{name}{'-brief' if brief else ''}-{language}.pdf"
        content = made_pdf(made, language, watch)
        write_whole(path, content)
        lines.append(f"报告 Report: {path} ({len(content) / 1e6:.1f} MB)")
    return lines


@click.command("plot")
@click.argument("scenario")
@click.argument("figures", nargs=-1, metavar="[FIGURE]...")
@options.flag("--list", "Print the names of the figures.", to="listed")
@options.choice(
    "--lang", ["zh", "en"], "Language of the figures, the case's first by default."
)
@options.choice("--format", ["svg", "png"], "Format of the files.", "svg", to="form")
@options.out_option
def plot(
    scenario: str,
    figures: tuple[str, ...],
    listed: bool,
    lang: str | None,
    form: str,
    out: Path,
) -> None:
    """Draw the FIGUREs of a SCENARIO's report, all of them if none is named."""
    from cqsim.case.scenario import read_scenario
    from cqsim.engine.folder import refuse_unwritable
    from cqsim.errors import UnknownNameError
    from cqsim.report.build import prepare, request_of
    from cqsim.report.bundle import write_whole
    from cqsim.report.figures.style import style
    from cqsim.report.typeset import as_png, as_svg

    chosen = read_scenario(scenario)
    language = lang or chosen.case.languages[0]
    folder = out / chosen.id / "figures"
    refuse_unwritable(folder.parent)
    with _watched(hidden=listed) as watch:
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
            figure = available[name](language)
        content = as_svg(figure) if form == "svg" else as_png(figure)
        path = folder / f"{name}-{language}.{form}"
        write_whole(path, content)
        click.echo(f"图 Figure: {path}")


@click.command("verify")
@click.argument("report", type=click.Path(path_type=Path))
def verify(report: Path) -> None:
    """Run REPORT, a PDF of cqsim report, again and check every printed number.

    Exit status 0: all agrees; 1: something differs, and is named; 2: this is no report.
    """
    from cqsim.report.verify import SHOWN
    from cqsim.report.verify import verify as verified

    with _watched(hidden=False) as watch:
        found = verified(report, watch)
    show_notes(found.notes)
    for finding in found.findings[:SHOWN]:
        click.echo(f"■ {finding.where}: {finding.what}")
    if len(found.findings) > SHOWN:
        click.echo(f"… and {len(found.findings) - SHOWN} more")
    if found.findings:
        click.echo(
            f"不一致 {len(found.findings)} differences: the report is not verified."
        )
        sys.exit(1)
    same = ", to the last byte" if found.same_bytes else ""
    click.echo(f"● 一致 All {found.numbers} numbers come out again{same}.")
