"""`cqsim ledger`: rebuild the evidence ledger, or check it."""

import sys
from pathlib import Path

import click

from cqsim.resources import data_folder

MODEL_HELP = "Folder of the model; by default the one that cqsim came with."


@click.group(help="Build, check and extend the evidence ledger.")
def command() -> None:
    """Group the commands of the ledger."""


@command.command()
@click.argument("bulletin", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--model", type=click.Path(path_type=Path), help=MODEL_HELP)
def add(bulletin: Path, model: Path | None) -> None:
    """Add the published values of BULLETIN, a CSV, and say what they do to skill.

    Columns: region_id, year, variable, value, unit, source_id, note, and of a source
    that is new also title, publisher, date, address, kind. Any year and any part of
    the regions will do. Nothing is written when anything is wrong.
    """
    from cqsim.credibility.skill import skill_of
    from cqsim.ledger.bulletin import add_bulletin

    folder = model or data_folder("model")
    added = add_bulletin(folder, bulletin)
    click.echo(
        f"{added.rows} rows added; new sources: {', '.join(added.sources) or '–'}"
    )
    for text in added.settled:
        click.echo(f"settled: {text}")
    for name in added.built.written:
        click.echo(f"written: {folder / name}")
    skill = skill_of(folder)
    for finding in skill.results():
        word = "holds" if finding.holds else "FAILS" if finding.is_gate else "short"
        click.echo(f"{word}  {finding.title}: {finding.detail}")
    for name, kept in skill.kept:
        click.echo(
            f"{name}: {kept.series} of {kept.place} {kept.year}: forecast "
            f"{kept.model:.6g}, published {kept.observed:.6g}"
        )


@command.command()
@click.option("--check", is_flag=True, help="Write nothing; exit 1 on a difference.")
@click.option("--model", type=click.Path(path_type=Path), help=MODEL_HELP)
def build(check: bool, model: Path | None) -> None:
    """Rebuild observed rows, sources, regions and initial vectors from observed/raw.

    The same rows give the same bytes. Nothing is written when anything is wrong.
    """
    from cqsim.ledger.build import build as build_ledger

    folder = model or data_folder("model")
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


@command.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--model", type=click.Path(path_type=Path), help=MODEL_HELP)
def check(as_json: bool, model: Path | None) -> None:
    """Check sources, keys, units and totals; exit 1 where one does not hold."""
    from cqsim.ledger.check import check_ledger

    findings = check_ledger(model or data_folder("model"))
    if as_json:
        import json
        from dataclasses import asdict

        checks = [asdict(finding) for finding in findings]
        click.echo(json.dumps({"checks": checks}, ensure_ascii=False, indent=2))
    else:
        for finding in findings:
            click.echo(f"{'holds' if finding.holds else 'FAILS':5}  {finding.check}")
            if not finding.holds:
                click.echo(f"       {finding.detail}")
    if not all(finding.holds for finding in findings):
        sys.exit(1)
