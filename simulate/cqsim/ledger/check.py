"""`cqsim ledger check`: what must hold in the ledger as it is committed."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cqsim.ledger.citations import citations
from cqsim.ledger.observed import Observation, Observations
from cqsim.ledger.places import PLACES
from cqsim.ledger.raw_rows import read_variables
from cqsim.ledger.rules.grade import GRADES
from cqsim.ledger.rules.precedence import VINTAGES
from cqsim.ledger.rules.stated import STATED
from cqsim.ledger.rules.vintage import COUNTED_BEFORE_THE_CENSUS
from cqsim.ledger.sources import ANALYST, Source, read_system
from cqsim.ledger.totals import TOTALS

SHOWN = 5
"""Faults that the message of a check names; it counts the rest."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: what it claims, whether it holds, and where it does not."""

    check: str
    holds: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """All that the checks look at."""

    folder: Path
    observations: Observations
    sources: dict[str, Source]
    cited: dict[str, tuple[str, ...]]


def check_ledger(folder: Path) -> list[Finding]:
    """Return what every check finds in a model folder.

    Raises
    ------
    CqsimError
        A file is missing or cannot be read.
    """
    ledger = Ledger(
        folder, Observations.load(folder), read_system(folder), citations(folder)
    )
    checks: tuple[tuple[str, Callable[[Ledger], list[str]]], ...] = (
        ("every cited source exists", missing_sources),
        ("every source is cited", idle_sources),
        ("one row a region, year and variable", repeated_keys),
        ("variables and units are those of variables.csv", unknown_units),
        ("regions, vintages and grades are known words", unknown_words),
        ("nothing remembered is better than D", flattered_memory),
        ("no old-series population beside a census", joined_series),
    )
    found = [_finding(claim, faults(ledger)) for claim, faults in checks]
    for claim, totals in TOTALS:
        found.append(_finding(claim, totals(ledger.observations)))
    return found


def missing_sources(ledger: Ledger) -> list[str]:
    """Return citations of sources that are not there, with who cites them."""
    return [
        f"'{source}' is not in sources.csv and is cited by {' and '.join(citers[:3])}"
        + (f" and {len(citers) - 3} more" if len(citers) > 3 else "")
        for source, citers in ledger.cited.items()
        if source not in ledger.sources
    ]


def idle_sources(ledger: Ledger) -> list[str]:
    """Return sources that nobody cites; `analyst` may wait for its first constant."""
    return [
        f"'{source}' is cited by nothing"
        for source in ledger.sources
        if source not in ledger.cited and source != ANALYST
    ]


def repeated_keys(ledger: Ledger) -> list[str]:
    """Return keys that have more than one row, over all files."""
    counts = Counter(row.key for row in ledger.observations)
    return [f"{_name(key)} stands {n} times" for key, n in counts.items() if n > 1]


def unknown_units(ledger: Ledger) -> list[str]:
    """Return rows whose variable, unit or file is not the written one."""
    variables = read_variables(ledger.folder / "observed").values()
    known = {(entry.variable, entry.unit, entry.file) for entry in variables}
    known |= {(entry.stated, entry.unit, entry.file) for entry in STATED}
    known |= {
        (f"{name}_37_units", unit, file)
        for name, unit, file in known
        if name == "co2_county_model"
    }
    return [
        f"{_name(row.key)} in {row.unit}, in {row.file}.csv"
        for row in ledger.observations
        if (row.variable, row.unit, row.file) not in known
    ]


def unknown_words(ledger: Ledger) -> list[str]:
    """Return rows with a region, vintage or grade that is not in the lists."""
    return [
        f"{_name(row.key)}: {row.vintage}, {row.grade}"
        for row in ledger.observations
        if row.region not in PLACES
        or row.vintage not in VINTAGES
        or row.grade not in GRADES
    ]


def flattered_memory(ledger: Ledger) -> list[str]:
    """Return rows and ranges from memory with a grade above D."""
    recalled = {
        name for name, entry in ledger.sources.items() if entry.kind == "memory"
    }
    rows = [
        _name(row.key)
        for row in ledger.observations
        if row.grade != "D" and (row.source in recalled or row.vintage == "unconfirmed")
    ]
    return rows + [
        entry.name
        for entry in ledger.observations.parameters
        if entry.grade != "D" and entry.source in recalled
    ]


def joined_series(ledger: Ledger) -> list[str]:
    """Return old-series population outside 2011-2019, and final ones inside."""
    counted = [
        row
        for row in ledger.observations
        if row.variable in COUNTED_BEFORE_THE_CENSUS
        and row.vintage in ("final", "preliminary", "original_series")
    ]
    return [_name(row.key) for row in counted if _is_old(row) != _says_old(row)]


def _is_old(row: Observation) -> bool:
    return 2010 < row.year < 2020


def _says_old(row: Observation) -> bool:
    return row.vintage == "original_series"


def _finding(claim: str, faults: list[str]) -> Finding:
    more = f" and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
    return Finding(claim, not faults, "; ".join(faults[:SHOWN]) + more)


def _name(key: tuple[str, int, str, str, str]) -> str:
    return " ".join(str(part) for part in key if part)
