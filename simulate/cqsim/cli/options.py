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
file_option = click.option(
    "--file",
    "files",
    multiple=True,
    metavar="NAME=PATH",
    help='A data file that lies elsewhere, by the name in the model: "?data=x.xlsx".',
)
boundary_option = click.option(
    "--boundary",
    type=click.Choice(BOUNDARIES),
    default="metro",
    show_default=True,
    help="Regions that count: all 22, the 21 districts of Chongqing, or the centre.",
)


def files_of(given: tuple[str, ...]) -> dict[str, Path]:
    """Return the data files that `--file` names, by their names in the model."""
    found = {}
    for text in given:
        name, equals, path = text.partition("=")
        if not equals or not name.strip() or not path.strip():
            message = f"'{text}' is not NAME=PATH, such as ?data=values.xlsx"
            raise click.BadParameter(message, param_hint="--file")
        found[name.strip()] = Path(path.strip())
    return found
