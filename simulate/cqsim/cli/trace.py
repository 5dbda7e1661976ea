"""`cqsim trace`: where two runs first part."""

from typing import TYPE_CHECKING

import click

from cqsim.cli.options import json_option

if TYPE_CHECKING:
    from cqsim.case.load import Scenario
    from cqsim.engine.diagnosis import Trace
    from cqsim.engine.result import Runs
    from cqsim.engine.simulation import Engine


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
@click.option(
    "--most",
    type=click.IntRange(1),
    default=10,
    show_default=True,
    help="How many variables to name.",
)
@json_option
def command(
    first: str, second: str | None, tolerance: float, most: int, as_json: bool
) -> None:
    """Name the first variable and time at which two scenarios differ.

    FIRST and SECOND are scenario files, or names of shipped ones. With FIRST alone, the
    compiled engine is compared with PySD, which takes a minute.
    """
    from dataclasses import asdict

    from cqsim.case.load import read_scenario
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
        import json

        click.echo(json.dumps(asdict(found), ensure_ascii=False, indent=2))
        return
    click.echo(_text(found, most))


def _text(found: "Trace", most: int) -> str:
    """Return what a trace says, a line for each variable."""
    lines = [
        f"设定 Set:  {d.title} = {d.first:g} | {d.second:g} {d.unit}"
        for d in found.settings[:most]
    ]
    if not found.computed:
        return "\n".join([*lines, "两次运行相同 The runs are the same."])
    head = found.computed[0]
    lines.append(f"首个差异 First difference: {head.title}, {head.time:g}")
    lines += [
        f"  {d.title} = {d.first:.12g} | {d.second:.12g} {d.unit} (line {d.line})"
        for d in found.computed[:most]
    ]
    left = len(found.computed) - most
    if left > 0:
        lines.append(f"  … {left}")
    return "\n".join(lines)
