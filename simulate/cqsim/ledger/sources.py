"""Sources, and who cites them: ledger rows, regions, vectors, models, registries."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated

from cqsim.errors import InputFileError, UnknownNameError
from cqsim.ledger.observed import (
    ADDED_SOURCES,
    LedgerSettings,
    ledger_files,
    read_settings,
)
from cqsim.tables import (
    REWRITE,
    CsvLine,
    Filled,
    TableLine,
    TableRecord,
    csv_text,
    gather,
    one_of,
    read_lines,
    read_table,
    refuse_repeats,
)
from cqsim.textfile import read_text
from cqsim.tomlfile import read_document

KINDS = (
    *("official", "dataset", "paper", "newspaper", "aggregator", "analyst", "memory"),
)
"""In the order in which one is believed before the next."""

ANALYST = "analyst"
"""The id for judgement of the model's authors: it stays even before it is cited."""

REGISTRIES = ("targets.toml", "levers.toml", "indicators.toml")
MODELS = "*.mdl"
"""Every model in the folder cites, whatever its name."""
SKETCH = "\\\\\\---///"
"""Where the equations of a Vensim file end and its drawing begins."""
SOURCE_LIST = re.compile(r"Source:\s*\\?\s*(\w+(?:\s*,\s*\\?\s*\w+)*)")
KEYS = ("source", "sources")

Citation = tuple[str, str]
"""Id of a source, and who cites it."""


class LedgerSource(TableRecord):
    """Who says it: one line of sources.csv."""

    source_id: Filled
    kind: Annotated[Filled, one_of(*KINDS)]
    title: Filled
    publisher: str
    date: str
    address: str


def read_sources(observed: Path, settings: LedgerSettings) -> dict[str, LedgerSource]:
    """Return all sources, collected and added, by id.

    Raises
    ------
    InputFileError, FaultsError
        A kind is not known, or two lines give one id to different documents.
    """
    merged: dict[str, LedgerSource] = {}

    def merge(line: TableLine[LedgerSource]) -> None:
        source = line.record
        if source.source_id in settings.recalled:
            source = source.model_copy(update={"kind": "memory"})
        known = merged.setdefault(source.source_id, source)
        if known != source:
            what = f"the id '{source.source_id}' already names '{known.title}'"
            raise line.fault(what, "Give this source an id of its own.")

    for name in settings.sources:
        gather(merge, read_table(observed / name, LedgerSource))
    if ANALYST not in merged:
        what = f"there is no source '{ANALYST}', for judgement of the model's authors"
        remedy = "Put its line back."
        raise InputFileError(observed / ADDED_SOURCES, 0, what, remedy)
    return merged


def read_cited_sources(folder: Path) -> dict[str, LedgerSource]:
    """Return what `sources.csv` of a model folder holds, by id.

    Raises
    ------
    InputFileError, FaultsError
        The file is at fault, or an id stands twice.
    """
    lines = read_table(folder / "sources.csv", LedgerSource, remedy=REWRITE)
    refuse_repeats(lines, "id", lambda source: source.source_id)
    return {line.record.source_id: line.record for line in lines}


def pruned(
    sources: Mapping[str, LedgerSource], cited: Mapping[str, tuple[str, ...]]
) -> tuple[LedgerSource, ...]:
    """Return the sources that somebody cites, and `analyst`, sorted by id.

    Raises
    ------
    UnknownNameError
        A citation names no source; the message names who cites it.
    """
    for source_id, citers in sorted(cited.items()):
        if source_id not in sources:
            raise UnknownNameError(citers[0], "source", source_id, list(sources))
    return tuple(sources[source_id] for source_id in sorted({*cited, ANALYST}))


def sources_text(sources: Iterable[LedgerSource]) -> str:
    """Return the text of sources.csv."""
    rows = (tuple(source.model_dump().values()) for source in sources)
    return csv_text([tuple(LedgerSource.model_fields), *rows])


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
    found: dict[str, dict[str, None]] = {}
    for source, citer in cited:
        found.setdefault(source, {})[citer] = None
    return {source: tuple(found[source]) for source in sorted(found)}


def _of_hand(folder: Path) -> Iterator[Citation]:
    for model in sorted(folder.glob(MODELS)):
        yield from _of_model(model)
    for name in REGISTRIES:
        if (folder / name).exists():
            yield from _of_table(read_document(folder / name).data, name, "")


def _of_build(folder: Path) -> Iterator[Citation]:
    vectors = folder / "initial" / "provenance.csv"
    if vectors.exists():
        yield from _of_vectors(vectors)
    regions = folder / "regions.csv"
    rings_source = read_settings(folder).rings_source
    if rings_source:
        yield rings_source, f"{regions.name} (the rings)"
    for region in _lines(regions, "region"):
        where = f"{regions.name}:{region.number} (area of {region.cells['region']})"
        if source := region.cells.get("area_source"):
            yield source, where
    names = ("region", "year", "variable", "parameter")
    for file in (*ledger_files(folder), folder / "observed" / "literature.csv"):
        for row in _lines(file, "source"):
            what = " ".join(row.cells[name] for name in names if name in row.cells)
            yield row.cells["source"], f"{file.name}:{row.number} ({what})"


def _of_vectors(file: Path) -> Iterator[Citation]:
    for line in _lines(file, "file", "column", "sources"):
        name = f"{line.cells['file']} {line.cells['column']}".strip()
        for source in re.split(r"[\s,;]+", line.cells["sources"].strip()):
            if source:
                yield source, f"initial/{file.name}:{line.number} ({name})"


def _lines(file: Path, *columns: str) -> list[CsvLine]:
    return read_lines(file, columns, remedy=REWRITE)


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
