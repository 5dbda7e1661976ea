"""Options that mean the same in several commands."""

from pathlib import Path

import click

from cqsim.cli.words import BOUNDARIES

json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object instead."
)
quiet_option = click.option("--quiet", is_flag=True, help="Print nothing but errors.")
out_option = click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("out"),
    show_default=True,
    help="Folder in which the scenario's own folder is made.",
)
boundary_option = click.option(
    "--boundary",
    type=click.Choice(BOUNDARIES),
    default="metro",
    show_default=True,
    help="Regions that count: all 22, the 21 districts of Chongqing, or the centre.",
)
