"""`cqsim report`: the evaluation report as a PDF."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cqsim.cli.options import out_option, quiet_option

if TYPE_CHECKING:
    from cqsim.case.load import Scenario
    from cqsim.report.build import Stopwatch


@click.command("report")
@click.argument("scenarios", nargs=-1, required=True, metavar="SCENARIO...")
@click.option(
    "--lang",
    type=click.Choice(["zh", "en", "both"]),
    default="zh",
    show_default=True,
    help="Language of the report; both makes two files.",
)
@click.option("--brief", is_flag=True, help="Make the two-page version.")
@click.option("--compare", is_flag=True, help="One report on all scenarios together.")
@click.option(
    "--sweep",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Folder of a finished sweep: adds probabilities, fans and what decides.",
)
@click.option(
    "--date",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Date that the report bears; without it none, so that equal input gives "
    "equal bytes on any day.",
)
@out_option
@click.option("--timings", is_flag=True, help="Print what each stage took.")
@quiet_option
def command(
    scenarios: tuple[str, ...],
    lang: str,
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
    from cqsim.case.load import read_scenario
    from cqsim.cli.run import progress_bar
    from cqsim.engine.folder import refuse_unwritable
    from cqsim.report.build import Stopwatch

    chosen = [read_scenario(name) for name in scenarios]
    groups = [chosen] if compare else [[scenario] for scenario in chosen]
    for group in groups:
        refuse_unwritable(out / group[0].id)
    day = f"{date:%Y-%m-%d}" if date else None
    for group in groups:
        with progress_bar(hidden=quiet) as progress:
            heard = (lambda _, part: progress(part)) if progress else None
            watch = Stopwatch(heard)
            lines = _written(group, lang, brief, day, sweep, out, watch)
        if timings:
            lines += [
                f"{name:10} {took:6.1f} s" for name, took in watch.seconds.items()
            ]
        for line in [] if quiet else lines:
            click.echo(line)


def _written(
    group: "list[Scenario]",
    lang: str,
    brief: bool,
    day: str | None,
    sweep: Path | None,
    out: Path,
    watch: "Stopwatch",
) -> list[str]:
    """Make and write one report, and return what to say of it."""
    from cqsim.report.build import made_pdf, prepare, request_of
    from cqsim.report.phrases import LANGUAGES
    from cqsim.report.writing import write_whole

    made = prepare(request_of(group, day, brief, watch, sweep), watch)
    lines = [f"注意 Note: {warning}" for warning in made.warnings]
    name = "-".join(scenario.id for scenario in group)[:80]
    for language in LANGUAGES if lang == "both" else (lang,):
        path = out / group[0].id / f"{name}{'-brief' if brief else ''}-{language}.pdf"
        content = made_pdf(made, language, watch)
        write_whole(path, content)
        lines.append(f"报告 Report: {path} ({len(content) / 1e6:.1f} MB)")
    return lines
