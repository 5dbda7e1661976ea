"""Scenarios run and judged: the commands run, compare, targets and trace."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from cqsim.cli import options
from cqsim.cli.console import TextTable, fraction_to, progress, show, show_json
from cqsim.cli.options import boundary_option, json_option

if TYPE_CHECKING:
    from rich.text import Text

    from cqsim.case.case import Case
    from cqsim.case.scenario import Scenario
    from cqsim.engine.result import Runs
    from cqsim.engine.simulation import Engine


@click.command("run")
@click.argument("scenario")
@json_option
@options.flag("--csv", "Write series.csv beside series.parquet.")
@options.out_option
@options.several(
    "--set",
    'Set a constant, also of one region: "fertility[fuling]=1.1".',
    "CONSTANT=VALUE",
    to="settings",
)
@options.start_option
@options.until_option
@options.choice(
    "--engine",
    ["compiled", "pysd"],
    "What integrates: our compiled program, or PySD itself to compare with.",
    "compiled",
)
@boundary_option
@options.file_option
@options.flag("--verbose", "Print all indicators by area, in full.")
@options.quiet_option
def run(
    scenario: str,
    as_json: bool,
    csv: bool,
    out: Path,
    settings: tuple[str, ...],
    start: int | None,
    until: int | None,
    engine: Literal["compiled", "pysd"],
    boundary: str | None,
    files: tuple[str, ...],
    verbose: bool,
    quiet: bool,
) -> None:
    """Run SCENARIO and judge it against its targets.

    SCENARIO is a scenario file, or the name of one that is shipped, such as baseline.
    Results are written to out/<scenario>/ when the run has ended.
    """
    from cqsim.case.scenario import read_scenario
    from cqsim.engine.folder import refuse_unwritable
    from cqsim.judge.judged_run import record_of, run_scenario, write_folder

    chosen = read_scenario(scenario, files=options.files_of(files))
    within = options.boundary_of(chosen.case, boundary)
    chosen = chosen.with_overrides(settings).with_time(start, until)
    refuse_unwritable(out / chosen.id)
    with progress(hidden=quiet or as_json) as advance:
        outcome = run_scenario(chosen, within, fraction_to(advance), engine)
    record = record_of(outcome, write_folder(outcome, out, csv=csv))
    if as_json:
        show_json(record)
    elif not quiet:
        from cqsim.cli.views import DisplayNames, run_view

        show(*run_view(record, DisplayNames(outcome.case, within), verbose=verbose))


@click.command("compare")
@click.argument("scenarios", nargs=-1, required=True)
@json_option
@boundary_option
@options.several(
    "--year",
    "Year whose differences are attributed; by default the years that the plan runs "
    "to and looks out to.",
    "YEAR",
    to="years",
    of=int,
)
@options.several(
    "--by",
    "Indicator whose difference is attributed to levers.",
    "INDICATOR",
    to="indicators",
)
@options.start_option
@options.until_option
def compare(
    scenarios: tuple[str, ...],
    as_json: bool,
    boundary: str | None,
    years: tuple[int, ...],
    indicators: tuple[str, ...],
    start: int | None,
    until: int | None,
) -> None:
    """Run SCENARIOS and lay them side by side; the others are compared to the first.

    Each difference is attributed exactly: to the levers that differ (Shapley values),
    CO2 by people, output, energy and carbon, the urban share by flows of people.
    """
    from cqsim.case.scenario import read_scenarios
    from cqsim.study.compare import analysed, chosen, compared, record_of

    found = [each.with_time(start, until) for each in read_scenarios(scenarios)]
    within = options.boundary_of(found[0].case, boundary)
    comparison = compared(found, within)
    record = record_of(analysed(comparison, *chosen(comparison, years, indicators)))
    if as_json:
        show_json(record)
        return
    from cqsim.cli.study_views import compare_view
    from cqsim.cli.views import DisplayNames

    names = DisplayNames(comparison.case, within)
    one = found[0]
    show(
        *compare_view(
            record,
            names,
            comparison.decompositions,
            lambda change: _change_title(one, change),
            lambda name: _own_value(one, name),
        ),
        *(f"注意 Note: {each.id}: {note}" for each in found for note in each.notes),
    )


def _change_title(scenario: "Scenario", change: str) -> str:
    from cqsim.cli.views import both

    kind, _, name = change.partition(".")
    known = {"levers": scenario.known_levers, "shocks": scenario.known_shocks}
    found: Any = known.get(kind, {}).get(name)
    return both(found.title) if found else change


def _own_value(scenario: "Scenario", name: str) -> Mapping[str, float]:
    from cqsim.model.values import constant_values

    variable = scenario.model.variable(name)
    if variable is None or variable.kind != "constant":
        return {}
    own = constant_values(scenario.model, variable)
    return {",".join(each.elements): each.value for each in own}


@click.command("targets")
@click.argument("targets", nargs=-1)
@click.option(
    "--class", "evidence", metavar="CLASS", help="Only targets of this class."
)
@click.option("--year", type=int, metavar="YEAR", help="Only targets for this year.")
@click.option("--scope", metavar="SCOPE", help="Only targets of this area.")
@click.option(
    "--scenario", metavar="SCENARIO", help="Run this scenario and judge it by them."
)
@boundary_option
@options.flag("--plan", "List all clauses of the plan, and what is modelled.")
@options.choice(
    "--status",
    ["modelled", "proxy", "out of scope"],
    "With --plan: only clauses of this status.",
)
@options.model_option
@json_option
def targets(
    targets: tuple[str, ...],
    evidence: str | None,
    year: int | None,
    scope: str | None,
    scenario: str | None,
    boundary: str | None,
    plan: bool,
    status: str | None,
    model_path: Path | None,
    as_json: bool,
) -> None:
    """List TARGETS, all by default, with class, words, readings and source.

    With --scenario, each is judged: time gone, pace needed against pace so far, the
    verdict under every reading and boundary, and the regions furthest behind.
    """
    from cqsim.cli.views import (
        DisplayNames,
        both,
        clauses_view,
        judged_view,
        register_view,
    )

    options.refuse_without("--scenario", scenario, boundary=boundary)
    options.refuse_without("--plan", plan, status=status)
    filters: dict[str, Any] = {"evidence": evidence, "year": year, "scope": scope}
    tables: Iterable[TextTable | Text]
    if plan:
        case = options.case_of(model_path)
        case.needed("plan_clauses.csv", "cqsim targets --plan")
        listed = [
            _with_simplified(each.model_dump(), case)
            for each in case.clauses
            if status in (None, each.status)
        ]
        record: dict[str, Any] = {"clauses": listed}
        tables = clauses_view(listed)
    elif scenario is not None:
        from cqsim.case.scenario import read_scenario

        judged = read_scenario(scenario)
        within = options.boundary_of(judged.case, boundary)
        _refuse_class(judged.case, evidence)
        record = _judged(judged, within, targets, filters)
        title = both(judged.title, " / ")
        names = DisplayNames(judged.case, within)
        tables = judged_view(record, title, names, in_full=bool(targets))
    else:
        from cqsim.case.targets import selected

        case = options.case_of(model_path)
        _refuse_class(case, evidence)
        chosen = selected(case.targets, targets, **filters)
        dumped = [
            _with_simplified(each.model_dump(mode="json", by_alias=True), case)
            for each in chosen
        ]
        record, tables = {"targets": dumped}, register_view(dumped, DisplayNames(case))
    if as_json:
        show_json(record)
    else:
        show(*tables)


def _with_simplified(entry: dict[str, Any], case: "Case") -> dict[str, Any]:
    """Return an entry with its quote in simplified characters beside the copy's."""
    return {**entry, "quote_simplified": case.simplified(entry["quote"])}


def _refuse_class(case: "Case", evidence: str | None) -> None:
    if evidence is not None:
        options.one_of(evidence, case.classes, "--class")


def _judged(
    scenario: "Scenario", boundary: str, names: tuple[str, ...], filters: dict[str, Any]
) -> dict[str, Any]:
    """Run a scenario and return the verdicts on the chosen targets."""
    from cqsim.case.targets import selected
    from cqsim.judge.progress import details_of, read_observed
    from cqsim.judge.record import detail_record, record_without
    from cqsim.study.compare import compared

    comparison = compared([scenario], boundary)
    wanted = {t.id for t in selected(comparison.case.targets, names, **filters)}
    measure, judgement = comparison.measures[0], comparison.judgements[0]
    observed = read_observed(scenario.case)
    return {
        "scenario": scenario.id,
        "boundary": boundary,
        "targets": [
            detail_record(details_of(measure, verdict, observed))
            for verdict in judgement.verdicts
            if verdict.target.id in wanted
        ]
        + [
            record_without(each, comparison.case)
            for each in judgement.without
            if each.target.id in wanted
        ],
        "warnings": [
            text
            for text in judgement.unjudged
            if any(f"'{name}'" in text for name in wanted)
        ],
    }


@click.command("trace")
@click.argument("first")
@click.argument("second", required=False)
@click.option(
    "--tolerance",
    type=click.FloatRange(0, 1),
    default=1e-9,
    show_default=True,
    help="Relative difference up to which values are the same.",
)
@options.count("--most", "How many variables to name.", 10)
@json_option
def trace(
    first: str, second: str | None, tolerance: float, most: int, as_json: bool
) -> None:
    """Name the first variable and time at which two scenarios differ.

    FIRST and SECOND are scenario files, or names of shipped ones. With FIRST alone, the
    compiled engine is compared with PySD, which takes a minute.
    """
    from cqsim.case.scenario import read_scenario
    from cqsim.engine.diagnosis import traced
    from cqsim.engine.simulation import run, system_of

    def run_of(scenario: "Scenario", engine: "Engine" = "compiled") -> "Runs":
        return run(
            scenario.model,
            scenario.settings,
            start=scenario.start,
            until=scenario.end,
            step=scenario.step,
            save="step" if second else None,
            engine=engine,
        )

    one = read_scenario(first)
    other = run_of(one, "pysd") if second is None else run_of(read_scenario(second))
    found = traced(system_of(one.model), run_of(one), other, tolerance)
    if as_json:
        show_json(asdict(found))
        return
    for each in found.settings[:most]:
        click.echo(
            f"设定 Set:  {each.title} = {each.first:g} | {each.second:g} {each.unit}"
        )
    if not found.computed:
        click.echo("两次运行相同 The runs are the same.")
        return
    head = found.computed[0]
    click.echo(f"首个差异 First difference: {head.title}, {head.time:g}")
    for each in found.computed[:most]:
        click.echo(
            f"  {each.title} = {each.first:.12g} | {each.second:.12g} {each.unit} "
            f"(line {each.line})"
        )
    if len(found.computed) > most:
        click.echo(f"  … {len(found.computed) - most}")
