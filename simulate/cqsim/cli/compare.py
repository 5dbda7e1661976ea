"""`cqsim compare`: scenarios side by side, and what made the difference."""

import click

from cqsim.cli.options import boundary_option, json_option


@click.command("compare")
@click.argument("scenarios", nargs=-1, required=True)
@json_option
@boundary_option
@click.option(
    "--year",
    "years",
    type=int,
    multiple=True,
    metavar="YEAR",
    help="Year whose differences are told apart. Repeatable; 2025 and 2035 by default.",
)
@click.option(
    "--by",
    "indicators",
    multiple=True,
    metavar="INDICATOR",
    help="Indicator whose difference is told apart by levers. Repeatable.",
)
@click.option("--start", type=int, metavar="YEAR", help="First year of the runs.")
@click.option("--until", type=int, metavar="YEAR", help="Last year of the runs.")
def command(
    scenarios: tuple[str, ...],
    as_json: bool,
    boundary: str,
    years: tuple[int, ...],
    indicators: tuple[str, ...],
    start: int | None,
    until: int | None,
) -> None:
    """Run SCENARIOS and lay them side by side; the others are compared to the first.

    Each difference is told apart exactly: by the levers that differ (Shapley values),
    CO2 by people, output, energy and carbon, the urban share by flows of people.
    """
    from cqsim.case.load import read_scenario
    from cqsim.cli.compare_tables import print_analysis
    from cqsim.study.analysis import analysed
    from cqsim.study.analysis import as_json as json_of
    from cqsim.study.compare import chosen, compared

    found = [read_scenario(name).with_time(start, until) for name in scenarios]
    comparison = compared(found, boundary)
    analysis = analysed(comparison, *chosen(comparison, years, indicators))
    if as_json:
        import json

        click.echo(json.dumps(json_of(analysis), ensure_ascii=False, indent=2))
    else:
        print_analysis(analysis)
