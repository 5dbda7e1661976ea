"""The evidence behind the model's numbers: the commands of `cqsim ledger`."""

import sys
from dataclasses import asdict
from pathlib import Path

import click

from cqsim.cli import options
from cqsim.cli.check import show_finding, show_preregistered
from cqsim.cli.console import show_json


@click.group("ledger")
def ledger() -> None:
    """Build, check and extend the evidence ledger."""


@ledger.command()
@click.argument("bulletin", type=click.Path(path_type=Path, dir_okay=False))
@options.folder_option
def add(bulletin: Path, folder: Path | None) -> None:
    """Add the published values of BULLETIN, a CSV, and say what they do to skill.

    Columns: region_id, year, variable, value, unit, source_id, note, and of a source
    that is new also title, publisher, date, address, kind. Any year and any part of
    the regions will do. Nothing is written when anything is wrong.
    """
    from cqsim.case.case import Case
    from cqsim.credibility.skill import skill_of
    from cqsim.ledger.bulletin import add_bulletin

    folder = options.model_folder(folder)
    added = add_bulletin(folder, bulletin)
    click.echo(
        f"{added.rows} rows added; new sources: {', '.join(added.sources) or '–'}"
    )
    for text in added.settled:
        click.echo(f"settled: {text}")
    for name in added.built.written:
        click.echo(f"written: {folder / name}")
    skill = skill_of(Case.load(folder))
    for each in skill.results():
        text = f"{each.title}: {each.detail}"
        show_finding(text, holds=each.holds, is_gate=each.is_gate)
    show_preregistered(skill)


@ledger.command()
@options.flag("--check", "Write nothing; exit 1 on a difference.")
@options.folder_option
def build(check: bool, folder: Path | None) -> None:
    """Rebuild observed rows, sources, regions and initial vectors from observed/raw.

    The same rows give the same bytes. Nothing is written when anything is wrong.
    """
    from cqsim.ledger.build import build_ledger

    folder = options.model_folder(folder)
    built = build_ledger(folder, check)
    for name in built.written:
        click.echo(f"{'differs' if check else 'written'}: {folder / name}")
    click.echo(
        f"{built.rows} ledger rows, {built.rejected} raw rows rejected; "
        f"{len(built.written)} files {'differ' if check else 'written'}."
    )
    if check and built.written:
        click.echo("Run `cqsim ledger build` and commit what it writes.", err=True)
        sys.exit(1)


@ledger.command()
@options.json_option
@options.folder_option
def check(as_json: bool, folder: Path | None) -> None:
    """Check sources, keys, units and totals; exit 1 where one does not hold."""
    from cqsim.ledger.check import check_ledger

    findings = check_ledger(options.model_folder(folder))
    if as_json:
        show_json({"checks": [asdict(finding) for finding in findings]})
    else:
        for each in findings:
            detail = "" if each.holds else f": {each.detail}"
            show_finding(f"{each.check}{detail}", holds=each.holds)
    if not all(each.holds for each in findings):
        sys.exit(1)
