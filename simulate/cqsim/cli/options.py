"""Options that mean the same in several commands."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

if TYPE_CHECKING:
    from cqsim.case.case import Case

Option = Callable[[Callable[..., Any]], Callable[..., Any]]
YEAR = click.IntRange(0, 9999)


def flag(name: str, words: str, *, to: str = "") -> Option:
    """Return an option that is there or not; `to` names its parameter."""
    return click.option(name, *_named(to), is_flag=True, help=words)


def several(
    name: str, words: str, metavar: str | None = None, *, to: str, of: Any = str
) -> Option:
    """Return an option that may be repeated."""
    return click.option(
        name, to, type=of, multiple=True, metavar=metavar, help=f"{words} Repeatable."
    )


def path(
    name: str,
    words: str,
    default: str | None = None,
    metavar: str | None = None,
    *,
    to: str = "",
    only: Literal["files", "folders", ""] = "",
) -> Option:
    """Return an option that takes a file or folder, or only one of the two."""
    kind = click.Path(
        path_type=Path, dir_okay=only != "files", file_okay=only != "folders"
    )
    return click.option(
        name,
        *_named(to),
        type=kind,
        default=None if default is None else Path(default),
        show_default=default is not None,
        metavar=metavar,
        help=words,
    )


def choice(
    name: str,
    values: Sequence[str],
    words: str,
    default: str | None = None,
    *,
    to: str = "",
) -> Option:
    """Return an option that takes one of some words."""
    return click.option(
        name,
        *_named(to),
        type=click.Choice(values),
        default=default,
        show_default=default is not None,
        help=words,
    )


def count(
    name: str,
    words: str,
    default: int | None,
    *,
    least: int = 1,
    most: int | None = None,
    metavar: str | None = None,
) -> Option:
    """Return an option that takes a whole number."""
    return click.option(
        name,
        type=click.IntRange(least, most),
        default=default,
        show_default=default is not None,
        metavar=metavar,
        help=words,
    )


def _named(parameter: str) -> tuple[str, ...]:
    return (parameter,) if parameter else ()


json_option = flag("--json", "Print one JSON object instead.", to="as_json")
quiet_option = flag("--quiet", "Print nothing but errors.")
out_option = path("--out", "Folder in which the scenario's own folder is made.", "out")
file_option = several(
    "--file",
    'A data file that lies elsewhere, by the name in the model: "?data=x.xlsx".',
    "NAME=PATH",
    to="files",
)
boundary_option = click.option(
    "--boundary",
    metavar="SCOPE",
    help="Regions that count in indicators and targets; all by default.",
)
model_option = path(
    "--model",
    "Another model; its registers are looked for beside it.",
    to="model_path",
)
folder_option = path(
    "--model",
    "Folder of the model, in place of the shipped one.",
    to="folder",
)
start_option, until_option = (
    click.option(
        f"--{name}", type=YEAR, metavar="YEAR", help=f"{words} year of the run."
    )
    for name, words in (("start", "First"), ("until", "Last"))
)
workers_option = count("--workers", "Processes on this machine.", 1, most=1024)


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


def one_of(given: str, known: Iterable[str], option: str) -> str:
    """Return what an option was given, which the case must know.

    Raises
    ------
    BadParameter
        The case does not know it.
    """
    if given not in known:
        message = f"'{given}' is not one of {', '.join(map(repr, known))}."
        raise click.BadParameter(message, param_hint=option)
    return given


def refuse_without(needed: str, given: object, **others: object) -> None:
    """Refuse options that say nothing where another one is not given.

    Raises
    ------
    UsageError
        One of the others is given, and the needed one is not.
    """
    for name, value in others.items():
        if value and not given:
            message = f"--{name} says nothing without {needed}."
            raise click.UsageError(message)


def boundary_of(case: "Case", given: str | None) -> str:
    """Return the regions that count: those of `--boundary`, or all of the case."""
    return one_of(given or case.whole, case.boundaries, "--boundary")


def case_of(given: Path | None) -> "Case":
    """Return the case of a model or folder, or of the working folder.

    Raises
    ------
    InputFileError
        There is no such model or folder, or the file is no model.
    """
    from cqsim.case.case import MODELS, Case
    from cqsim.errors import InputFileError
    from cqsim.resources import case_file

    if given is not None:
        if not given.exists():
            what = "there is no such file or folder"
            raise InputFileError(given, 0, what, "Name a model, or its folder.")
        if given.suffix.lower() not in (*MODELS, ".toml") and given.is_file():
            remedy = f"Name one that ends in {', '.join(MODELS)}, or a folder."
            raise InputFileError(given, 0, "this file is no model", remedy)
    return Case.load(given or case_file(Path()))


def model_folder(given: Path | None) -> Path:
    """Return the folder of a model that is given, or that of the case."""
    return given or case_of(None).model_path.parent
