"""Who cites which source: ledger rows, regions, vectors, the model, its registries."""

import csv
import io
import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from cqsim.errors import InputFileError
from cqsim.ledger.raw_text import read_text
from cqsim.ledger.regions import RING_SOURCE

REGISTRIES = ("targets.toml", "levers.toml", "indicators.toml")
MODELS = "*.mdl"
"""Every model in the folder cites, whatever its name."""
SKETCH = "\\\\\\---///"
"""Where the equations of a Vensim file end and its drawing begins."""

SOURCE_LIST = re.compile(r"Source:\s*\\?\s*(\w+(?:\s*,\s*\\?\s*\w+)*)")
KEYS = ("source", "sources")
OBSERVED = (
    *("population", "age_sex", "migration", "economy", "energy", "air", "outcomes"),
    "literature",
)

Citation = tuple[str, str]
"""Id of a source, and who cites it."""


def citations(folder: Path) -> dict[str, tuple[str, ...]]:
    """Return who cites each source in a model folder, the files that are there.

    Constants and targets come before rows of the ledger, since they are what a reader
    looks for. The ledger files must be there; the others may be missing.
    """
    return _gathered([*_of_hand(folder), *_of_build(folder)])


def hand_citations(folder: Path) -> dict[str, tuple[str, ...]]:
    """Return who cites each source in what people write: the model and the registries.

    No build writes these files, so that they can be asked before one.
    """
    return _gathered(_of_hand(folder))


def _gathered(cited: Iterable[Citation]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for source, citer in cited:
        citers = found.setdefault(source, [])
        if citer not in citers:
            citers.append(citer)
    return {source: tuple(found[source]) for source in sorted(found)}


def _of_hand(folder: Path) -> Iterator[Citation]:
    for model in sorted(folder.glob(MODELS)):
        yield from _of_model(model)
    for name in REGISTRIES:
        if (folder / name).exists():
            yield from _of_registry(folder / name)


def _of_build(folder: Path) -> Iterator[Citation]:
    if (folder / "initial" / "provenance.csv").exists():
        yield from _of_vectors(folder / "initial" / "provenance.csv")
    yield from _of_regions(folder / "regions.csv")
    for name in OBSERVED:
        yield from _of_rows(folder / "observed" / f"{name}.csv")


def _of_rows(file: Path) -> Iterator[Citation]:
    names = ("region", "year", "variable", "parameter")
    for line, cells in _table(file, "source"):
        what = " ".join(cells[name] for name in names if name in cells)
        yield cells["source"], f"{file.name}:{line} ({what})"


def _of_regions(file: Path) -> Iterator[Citation]:
    yield RING_SOURCE, f"{file.name} (the rings)"
    for line, cells in _table(file, "region", "area_source"):
        yield cells["area_source"], f"{file.name}:{line} (area of {cells['region']})"


def _of_vectors(file: Path) -> Iterator[Citation]:
    for line, cells in _table(file, "file", "column", "sources"):
        vector = f"{cells['file']} {cells['column']}".strip()
        for source in re.split(r"[\s,;]+", cells["sources"].strip()):
            if source:
                yield source, f"initial/{file.name}:{line} ({vector})"


def _of_model(file: Path) -> Iterator[Citation]:
    text = read_text(file).split(SKETCH)[0]
    line = 1
    for block in text.split("|"):
        name = _left_side(block)
        for match in SOURCE_LIST.finditer(block):
            at = line + block.count("\n", 0, match.start())
            for source in re.findall(r"\w+", match[1]):
                yield source, f"{file.name}:{at} (constant '{name}')"
        line += block.count("\n")


def _left_side(block: str) -> str:
    without_mark = re.sub(r"^\s*\{[^}]*\}", "", block)
    left = re.split(r"=|:|~|\(", without_mark, maxsplit=1)[0]
    return " ".join(left.split())


def _of_registry(file: Path) -> Iterator[Citation]:
    try:
        table = tomllib.loads(read_text(file))
    except tomllib.TOMLDecodeError as error:
        what = f"the text is not TOML ({error})"
        raise InputFileError(file, 0, what, "Correct the line it names.") from None
    yield from _of_table(table, file.name, "")


def _of_table(value: object, file: str, path: str) -> Iterator[Citation]:
    if isinstance(value, list):
        for number, entry in enumerate(value):
            name = entry.get("id", number) if isinstance(entry, dict) else number
            yield from _of_table(entry, file, f"{path}.{name}" if path else str(name))
    if not isinstance(value, dict):
        return
    for key, entry in value.items():
        place = f"{path}.{key}" if path else key
        if key in KEYS or key.endswith(("_source", "_sources")):
            for source in _ids(entry):
                yield source, f"{file} ({place})"
        else:
            yield from _of_table(entry, file, place)


def _ids(entry: object) -> Iterable[str]:
    texts = entry if isinstance(entry, list) else [entry]
    for text in texts:
        if isinstance(text, str):
            yield from (part.strip() for part in text.split(",") if part.strip())


def _table(file: Path, *columns: str) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.DictReader(io.StringIO(read_text(file), newline=""))
    for column in columns:
        if column not in (reader.fieldnames or ()):
            what = f"there is no column '{column}'"
            raise InputFileError(file, 1, what, "Run `cqsim ledger build`.")
    for cells in reader:
        yield reader.line_num, cells
