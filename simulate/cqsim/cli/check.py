"""`cqsim check`: whether the model deserves belief."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from cqsim.documentation.checked import Checked


@click.command("check")
@click.argument("model", required=False, type=click.Path(path_type=Path))
@click.option(
    "--units", "only_units", is_flag=True, help="Check units only, of any model."
)
@click.option("--failing", is_flag=True, help="Show only what does not hold.")
@click.option(
    "--page",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the findings as a page, as docs/credibility.md.",
)
@click.option(
    "--keep",
    "is_kept",
    is_flag=True,
    help="Keep the findings beside MODEL, for reports.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    model: Path | None,
    only_units: bool,
    failing: bool,
    page: Path | None,
    is_kept: bool,
    as_json: bool,
) -> None:
    """Check MODEL, by default the shipped one; exit 1 where a gate fails.

    Units, evidence, extreme conditions, accounts, bounds, responses, integration and
    skill. With --units alone MODEL may be any Vensim or XMILE file.
    """
    from cqsim.resources import data_folder

    path = model or data_folder("model") / "metro.mdl"
    if only_units:
        if page is not None or is_kept:
            what = "--page and --keep are of the whole check: leave out --units."
            raise click.UsageError(what)
        _check_units(path, as_json)
        return
    from cqsim.documentation.checked import check_model
    from cqsim.documentation.credibility_page import credibility_page

    checked = check_model(path)
    if page is not None:
        from cqsim.credibility.skill import trials_of

        text = credibility_page(checked, trials_of(path.parent), path.parent)
        page.write_text(text, encoding="utf-8", newline="\n")
    if is_kept:
        from cqsim.report.validation import keep

        keep(path, checked.findings, checked.skill)
    if as_json:
        from dataclasses import asdict

        found = [asdict(finding) for finding in checked.findings]
        whole = {"passes": checked.passes, "findings": found}
        click.echo(json.dumps(whole, ensure_ascii=False, indent=2))
    else:
        _print(checked, failing)
    if not checked.passes:
        sys.exit(1)


def _print(checked: "Checked", failing: bool) -> None:
    for finding in checked.findings:
        if failing and finding.holds:
            continue
        verdict = "holds" if finding.holds else "FAILS" if finding.is_gate else "short"
        style = {"FAILS": "red", "short": "yellow"}.get(verdict)
        head = click.style(f"{verdict:6}", fg=style)
        click.echo(f"{head}{finding.group:11}{finding.title}: {finding.detail}")
    wrong = sum(not f.holds and f.is_gate for f in checked.findings)
    short = sum(not f.holds and not f.is_gate for f in checked.findings)
    click.echo(
        f"{len(checked.findings)} checks: {wrong} gates fail, {short} fall short."
    )


def _check_units(path: Path, as_json: bool) -> None:
    from dataclasses import asdict

    from cqsim.case.unit_check import check_units

    check = check_units(path)
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
