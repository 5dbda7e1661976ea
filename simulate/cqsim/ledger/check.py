"""`cqsim ledger check`: what must hold in the ledger as it is committed."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cqsim.ledger.build import Pipeline, pipeline_of
from cqsim.ledger.observed import Key, LedgerSettings, Observations, read_settings
from cqsim.ledger.raw import read_variables
from cqsim.ledger.rules import GRADES, VINTAGES
from cqsim.ledger.sources import ANALYST, LedgerSource, citations, read_cited_sources

SHOWN = 5
"""Faults that the message of a check names; it counts the rest."""


@dataclass(frozen=True, slots=True)
class LedgerCheck:
    """One check: what it claims, whether it holds, and where it does not."""

    check: str
    holds: bool
    detail: str


@dataclass(frozen=True, slots=True)
class CheckedLedger:
    """All that the checks look at."""

    folder: Path
    settings: LedgerSettings
    pipeline: Pipeline | None
    observations: Observations
    sources: dict[str, LedgerSource]
    cited: dict[str, tuple[str, ...]]


def check_ledger(folder: Path) -> list[LedgerCheck]:
    """Return what every check finds in a model folder.

    Raises
    ------
    CqsimError
        A file is missing or cannot be read.
    """
    pipeline = pipeline_of(folder)
    ledger = CheckedLedger(
        *(folder, read_settings(folder), pipeline, Observations.load(folder)),
        *(read_cited_sources(folder), citations(folder)),
    )
    found = [_result(claim, faults(ledger)) for claim, faults in CHECKS]
    for claim, faults in pipeline.totals if pipeline else ():
        found.append(_result(claim, faults(ledger.observations)))
    return found


def missing_sources(ledger: CheckedLedger) -> list[str]:
    """Return citations of sources that are not there, with who cites them."""
    return [
        f"'{source}' is not in sources.csv and is cited by {' and '.join(citers[:3])}"
        + (f" and {len(citers) - 3} more" if len(citers) > 3 else "")
        for source, citers in ledger.cited.items()
        if source not in ledger.sources
    ]


def uncited_sources(ledger: CheckedLedger) -> list[str]:
    """Return sources that nobody cites; `analyst` may wait for its first constant."""
    return [
        f"'{source}' is cited by nothing"
        for source in ledger.sources
        if source not in ledger.cited and source != ANALYST
    ]


def repeated_keys(ledger: CheckedLedger) -> list[str]:
    """Return keys that have more than one row, over all files."""
    counts = Counter(row.key for row in ledger.observations)
    return [f"{_name(key)} stands {n} times" for key, n in counts.items() if n > 1]


def unknown_units(ledger: CheckedLedger) -> list[str]:
    """Return rows whose variable, unit or file is not the written one."""
    variables = read_variables(ledger.folder / "observed").values()
    known = {(entry.variable, entry.unit, entry.file) for entry in variables}
    known |= set(ledger.pipeline.added_variables) if ledger.pipeline else set()
    return [
        f"{_name(row.key)} in {row.unit}, in {row.file}.csv"
        for row in ledger.observations
        if (row.variable, row.unit, row.file) not in known
    ]


def unknown_words(ledger: CheckedLedger) -> list[str]:
    """Return rows with a region, vintage or grade that is not in the lists."""
    return [
        f"{_name(row.key)}: {row.vintage}, {row.grade}"
        for row in ledger.observations
        if row.region not in ledger.settings.places
        or row.vintage not in VINTAGES
        or row.grade not in GRADES
    ]


def unpublished_sources(ledger: CheckedLedger) -> list[str]:
    """Return sources without publisher or year, and what rests on memory alone.

    A judgement of the model's authors is none of these: it has a range and a reason.
    """
    return [
        f"'{name}' has no document and is cited by {ledger.cited[name][0]}"
        for name, source in ledger.sources.items()
        if name in ledger.cited
        and source.kind != ANALYST
        and (source.kind == "memory" or not (source.publisher and source.date))
    ]


def flattered_rows(ledger: CheckedLedger) -> list[str]:
    """Return unconfirmed rows with a grade above D."""
    return [
        _name(row.key)
        for row in ledger.observations
        if row.grade != "D" and row.vintage == "unconfirmed"
    ]


def joined_series(ledger: CheckedLedger) -> list[str]:
    """Return values of an old series outside its years, and final ones inside."""
    series = ledger.settings.original_series
    return [
        _name(row.key)
        for row in ledger.observations
        if row.variable in series.variables
        and row.vintage in ("final", "preliminary", "original_series")
        and series.covers(row.variable, row.year) != (row.vintage == "original_series")
    ]


CHECKS: tuple[tuple[str, Callable[[CheckedLedger], list[str]]], ...] = (
    ("every cited source exists", missing_sources),
    ("every source is cited", uncited_sources),
    ("one row a region, year and variable", repeated_keys),
    ("variables and units are those of variables.csv", unknown_units),
    ("regions, vintages and grades are known words", unknown_words),
    ("every source is a document with publisher and year", unpublished_sources),
    ("nothing unconfirmed is better than D", flattered_rows),
    ("no old-series population beside a census", joined_series),
)
"""Claim, and the function that returns where it does not hold."""


def _result(claim: str, faults: list[str]) -> LedgerCheck:
    more = f" and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
    return LedgerCheck(claim, not faults, "; ".join(faults[:SHOWN]) + more)


def _name(key: Key) -> str:
    return " ".join(str(part) for part in key if part)
