"""`cqsim targets`: the register of targets, the plan's clauses, or their verdicts."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cqsim.cli.options import json_option
from cqsim.cli.words import BOUNDARIES, CLASS_TITLES

if TYPE_CHECKING:
    from cqsim.case.clauses import Clause

STATUSES = ("modelled", "proxy", "out of scope")


@click.command("targets")
@click.argument("targets", nargs=-1)
@click.option(
    "--class",
    "evidence",
    type=click.Choice(list(CLASS_TITLES)),
    help="Only targets of this class.",
)
@click.option("--year", type=int, metavar="YEAR", help="Only targets for this year.")
@click.option("--scope", metavar="SCOPE", help="Only targets of this area.")
@click.option(
    "--scenario", metavar="SCENARIO", help="Run this scenario and judge it by them."
)
@click.option(
    "--boundary",
    type=click.Choice(BOUNDARIES),
    default="metro",
    show_default=True,
    help="Regions that count when a scenario is judged.",
)
@click.option(
    "--plan", is_flag=True, help="List all clauses of the plan, and what is modelled."
)
@click.option(
    "--status",
    type=click.Choice(STATUSES),
    help="With --plan: only clauses of this status.",
)
@click.option(
    "--model",
    "model_path",
    type=click.Path(path_type=Path),
    help="Another model; its registers are looked for beside it.",
)
@json_option
def command(
    targets: tuple[str, ...],
    evidence: str | None,
    year: int | None,
    scope: str | None,
    scenario: str | None,
    boundary: str,
    plan: bool,
    status: str | None,
    model_path: Path | None,
    as_json: bool,
) -> None:
    """List TARGETS, all by default, with class, words, readings and source.

    With --scenario, each is judged: time gone, pace needed against pace so far, the
    verdict under every reading and boundary, and the regions furthest behind.
    """
    from cqsim.resources import data_folder

    path = model_path or data_folder("model") / "metro.mdl"
    if plan:
        _plan(path.parent, status, as_json)
        return
    filters = {"evidence": evidence, "year": year, "scope": scope}
    if scenario is not None:
        _judged(scenario, boundary, targets, filters, as_json)
    else:
        _register(path, targets, filters, as_json)


def _plan(folder: Path, status: str | None, as_json: bool) -> None:
    """Print the clauses of the plan."""
    from dataclasses import asdict

    from cqsim.case.clauses import read_clauses
    from cqsim.cli.target_tables import clause_lines

    clauses: Sequence[Clause] = [
        clause
        for clause in read_clauses(folder / "plan_clauses.csv")
        if status in (None, clause.status)
    ]
    if as_json:
        _print_json({"clauses": [asdict(clause) for clause in clauses]})
    else:
        _print_lines(clause_lines(clauses))


def _register(
    path: Path, names: tuple[str, ...], filters: dict[str, Any], as_json: bool
) -> None:
    """Print the register of targets."""
    from cqsim.case.case import Case
    from cqsim.case.targets import selected
    from cqsim.cli.target_tables import register_lines

    rules = Case.load(path)
    found = selected(rules.targets, names, **filters)
    if as_json:
        dumped = [each.model_dump(mode="json", by_alias=True) for each in found]
        _print_json({"targets": dumped})
    else:
        _print_lines(register_lines(found, rules.indicators))


def _judged(
    scenario: str,
    boundary: str,
    names: tuple[str, ...],
    filters: dict[str, Any],
    as_json: bool,
) -> None:
    """Run a scenario and print the verdicts on the targets chosen."""
    from cqsim.case.load import read_scenario
    from cqsim.case.targets import selected
    from cqsim.cli.verdict_tables import verdict_lines
    from cqsim.judge.details import detail_record, details_of
    from cqsim.judge.observed import read_observed
    from cqsim.study.compare import compared

    chosen = read_scenario(scenario)
    comparison = compared([chosen], boundary)
    wanted = {t.id for t in selected(comparison.rules.targets, names, **filters)}
    measure, judgement = comparison.measures[0], comparison.judgements[0]
    observed = read_observed(chosen.model.path.parent)
    found = [
        details_of(measure, verdict, observed)
        for verdict in judgement.verdicts
        if verdict.target.id in wanted
    ]
    unjudged = [text for text in judgement.unjudged if _names(text, wanted)]
    if as_json:
        records = [detail_record(each) for each in found]
        head = {"scenario": chosen.id, "boundary": boundary}
        _print_json({**head, "targets": records, "warnings": unjudged})
    else:
        lines = verdict_lines(found, comparison, whole=bool(names))
        _print_lines([*lines, *(f"注意 Note: {text}" for text in unjudged)])


def _names(text: str, wanted: set[str]) -> bool:
    return any(f"'{name}'" in text for name in wanted)


def _print_json(content: dict[str, Any]) -> None:
    import json

    click.echo(json.dumps(content, ensure_ascii=False, indent=2))


def _print_lines(lines: Any) -> None:
    from rich.console import Console

    console = Console(highlight=False, markup=False)
    for line in lines:
        console.print(line)
