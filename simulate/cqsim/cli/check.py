"""`cqsim check`: whether the model deserves belief."""

import json
import sys
from pathlib import Path

import click


@click.command("check")
@click.argument("model", required=False, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(model: Path | None, as_json: bool) -> None:
    """Check MODEL, by default the shipped one; exit 1 where a check fails.

    MODEL may be any Vensim or XMILE file.
    """
    from dataclasses import asdict

    from cqsim.resources import data_folder
    from cqsim.units.check import check_units

    check = check_units(model or data_folder("model") / "metro.mdl")
    if as_json:
        click.echo(json.dumps(asdict(check), ensure_ascii=False, indent=2))
    else:
        for finding in check.findings:
            click.echo(str(finding))
        click.echo(
            f"{check.equations} equations and {check.table_units} units of tables "
            f"checked; {len(check.findings)} findings."
        )
    if check.findings:
        sys.exit(1)
