"""Sources: the collected files made one, kept as far as somebody cites them."""

from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from cqsim.errors import InputFileError, UnknownNameError
from cqsim.ledger.raw_text import Line, gather, read_lines

ADDED = "sources_added.csv"
FILES = (
    *("raw/sources_population.csv", "raw/sources_economy.csv"),
    *("raw/sources_environment.csv", ADDED),
)
"""In `observed`: three collected files, and what the model's authors cite besides."""

KINDS = (
    *("official", "dataset", "paper", "newspaper", "aggregator", "memory", "analyst"),
)
"""In the order in which one is believed before the next."""

RECALLED = ("mem", "MEM", "S_memory")
"""Ids of what was only remembered; whatever their files say, their kind is memory."""


@dataclass(frozen=True, slots=True)
class Source:
    """Who says it: one line of sources.csv."""

    source_id: str
    kind: str
    title: str
    publisher: str
    date: str
    address: str


ANALYST = "analyst"
"""The id for judgement of the model's authors: it stays even before it is cited."""

COLUMNS = tuple(entry.name for entry in fields(Source))


def read_sources(observed: Path) -> dict[str, Source]:
    """Return all sources, collected and added, by id.

    Raises
    ------
    InputFileError
        A kind is not known, or two lines give one id to different documents.
    """
    merged: dict[str, Source] = {}
    for name in FILES:
        _merge(merged, read_lines(observed / name, COLUMNS))
    if ANALYST not in merged:
        what = f"there is no source '{ANALYST}', for judgement of the model's authors"
        remedy = "Put its line back."
        raise InputFileError(observed / FILES[-1], 0, what, remedy)
    return merged


def _merge(merged: dict[str, Source], lines: Iterable[Line]) -> None:
    def source(line: Line) -> Source:
        found = _source(line)
        known = merged.setdefault(found.source_id, found)
        if known != found:
            what = f"the id '{found.source_id}' already names '{known.title}'"
            raise line.fault(what, "Give this source an id of its own.")
        return found

    gather(source, lines)


def _source(line: Line) -> Source:
    source_id = line.filled("source_id")
    kind = "memory" if source_id in RECALLED else line.filled("kind")
    if kind not in KINDS:
        what = f"there is no kind of source '{kind}'"
        raise line.fault(what, f"Write one of {', '.join(KINDS)}.")
    return Source(
        source_id=source_id,
        kind=kind,
        title=line.filled("title"),
        publisher=line.cells["publisher"],
        date=line.cells["date"],
        address=line.cells["address"],
    )


def pruned(
    sources: Mapping[str, Source], citations: Mapping[str, tuple[str, ...]]
) -> tuple[Source, ...]:
    """Return the sources that somebody cites, and `analyst`, sorted by id.

    Raises
    ------
    UnknownNameError
        A citation names no source; the message names who cites it.
    """
    for source_id, citers in sorted(citations.items()):
        if source_id not in sources:
            raise UnknownNameError(citers[0], "source", source_id, list(sources))
    kept = {*citations, ANALYST}
    return tuple(sources[source_id] for source_id in sorted(kept))


def source_rows(sources: Iterable[Source]) -> list[tuple[str, ...]]:
    """Return the lines of sources.csv, with its header."""
    return [COLUMNS, *(astuple(source) for source in sources)]


def read_system(folder: Path) -> dict[str, Source]:
    """Return what `sources.csv` of a model folder holds, by id."""
    file = folder / "sources.csv"
    kept: dict[str, Source] = {}
    for line in read_lines(file, COLUMNS):
        source = _source(line)
        if source.source_id in kept:
            what = f"the id '{source.source_id}' stands twice"
            raise InputFileError(file, line.number, what, "Take one of them out.")
        kept[source.source_id] = source
    return kept
