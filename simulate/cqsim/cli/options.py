"""Options that mean the same in several commands."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])
BOUNDARIES = ("metro", "cq21", "central")
"""What `--boundary` may be: the regions that count in indicators and targets."""
YEAR = click.IntRange(0, 9999)

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
    default=BOUNDARIES[0],
    show_default=True,
    help="Regions that count in indicators and targets.",
)
model_option = click.option(
    "--model",
    "model_path",
    type=click.Path(path_type=Path),
    help="Another model; its registers are looked for beside it.",
)
folder_option = click.option(
    "--model",
    "folder",
    type=click.Path(path_type=Path),
    help="Folder of the model, in place of the shipped one.",
)
start_option = click.option(
    "--start", type=YEAR, metavar="YEAR", help="First year of the run."
)
until_option = click.option(
    "--until", type=YEAR, metavar="YEAR", help="Last year of the run."
)


def years_option(words: str) -> Callable[[F], F]:
    """Return the option `--year`, which may be repeated."""
    return click.option(
        "--year", "years", type=int, multiple=True, metavar="YEAR", help=words
    )


def workers_option(words: str) -> Callable[[F], F]:
    """Return the option `--workers`."""
    return click.option(
        "--workers",
        type=click.IntRange(1, 1024),
        default=1,
        show_default=True,
        help=words,
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


def model_file(given: Path | None) -> Path:
    """Return the model that is given, or the shipped one."""
    from cqsim.resources import data_folder

    return given or data_folder("model") / "metro.mdl"


def model_folder(given: Path | None) -> Path:
    """Return the folder of a model that is given, or of the shipped one."""
    return given or model_file(None).parent
