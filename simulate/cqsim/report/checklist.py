"""The reporting checklist: `reports/checklist.toml`, answered or visibly open."""

from pathlib import Path

from cqsim.report.plan import Title
from cqsim.resources import data_folder
from cqsim.tomlfile import load, read_document
from cqsim.tomlschema import Frozen


class Item(Frozen):
    """A question of a reporting guideline; without an answer it is open."""

    list: str
    question: Title
    answer: Title | None = None
    where: Title | None = None


class _File(Frozen):
    item: tuple[Item, ...]


def read_checklist(path: Path | None = None) -> tuple[Item, ...]:
    """Return the items in the file's order.

    Raises
    ------
    FaultsError
        A key is unknown, missing or wrong; each with its place.
    """
    file = path or data_folder("reports") / "checklist.toml"
    return load(read_document(file), _File).item
