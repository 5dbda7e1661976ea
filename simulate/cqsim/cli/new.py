"""`cqsim new`: write a small complete case to start from."""

import re
from pathlib import Path

import click

from cqsim.errors import PlacedError
from cqsim.resources import LANGUAGES

TEMPLATE = Path(__file__).parents[1] / "templates" / "case"


class FolderError(PlacedError):
    """A folder that a case cannot be written into."""


@click.command("new")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--lang",
    type=click.Choice([*LANGUAGES, "both"]),
    default="both",
    show_default=True,
    help="The languages of its titles.",
)
def new(folder: Path, lang: str) -> None:
    """Write a small complete case into FOLDER: replace it piece by piece.

    Three islands, two levers, two targets, two scenarios, a sweep and a report. In the
    folder every command takes this case in place of the shipped one.
    """
    if folder.exists() and any(folder.iterdir()):
        what = "the folder is not empty"
        raise FolderError(folder, what, "Name one that is not there yet.")
    for source in sorted(TEMPLATE.rglob("*")):
        if source.is_file():
            target = folder / source.relative_to(TEMPLATE)
            target.parent.mkdir(parents=True, exist_ok=True)
            text = source.read_text(encoding="utf-8")
            target.write_text(in_language(text, lang, source.suffix), encoding="utf-8")
    click.echo(f"{folder / 'README.md'}: read it first")


def in_language(text: str, lang: str, suffix: str) -> str:
    """Return a file of the template with the titles of one language, or of both."""
    other = {"zh": "en", "en": "zh"}.get(lang)
    if other is None:
        return text
    if suffix == ".toml":
        return re.sub(rf'(, )?\b{other} = "[^"]*"(?(1)|, )', "", text)
    if suffix != ".csv":
        return text
    rows = [line.split(",") for line in text.splitlines()]
    left = [n for n, head in enumerate(rows[0]) if head.split("_")[-1] != other]
    return "".join(",".join(row[n] for n in left) + "\n" for row in rows)
