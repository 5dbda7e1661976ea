"""`cqsim ledger`: rebuild the evidence ledger, or check it."""

import sys
from pathlib import Path

import click

from cqsim.resources import data_folder

MODEL_HELP = "Folder of the model; by default the one that cqsim came with."


@click.group(help="Build and check the evidence ledger.")
def command() -> None:
    """Group the two commands of the ledger."""


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
