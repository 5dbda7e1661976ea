"""`cqsim verify`: run a report again from its attachments and compare."""

import sys
from pathlib import Path

import click


@click.command("verify")
@click.argument("report", type=click.Path(path_type=Path))
def command(report: Path) -> None:
    """Run REPORT, a PDF of cqsim report, again and check every printed number.

    Exit status 0: all agrees; 1: something differs, and is named; 2: this is no report.
    """
    from cqsim.cli.run import progress_bar
    from cqsim.report.build import Stopwatch
    from cqsim.report.verify import SHOWN, verify

    with progress_bar(hidden=False) as progress:
        heard = (lambda _, part: progress(part)) if progress else None
        found = verify(report, Stopwatch(heard))
    for note in found.notes:
        click.echo(f"注意 Note: {note}", err=True)
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
