"""Evidence as numbers: what was published, and what runs say in its place."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cqsim.study.posterior_plan import Evidence
from cqsim.study.published import Publications
from cqsim.study.quantity import Simulated

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Datum:
    """One published value, in the form in which it is compared.

    `against` are the regions of all places, for a share; `base` is the first year.
    """

    evidence: Evidence
    place: str
    regions: tuple[str, ...]
    year: int
    value: float
    deviation: float
    against: tuple[str, ...] = ()
    base: int = 0


def data_of(evidence: Sequence[Evidence], publications: Publications) -> list[Datum]:
    """Return all data that the ledger has for some evidence."""
    return [datum for entry in evidence for datum in _of_entry(entry, publications)]


def _of_entry(entry: Evidence, publications: Publications) -> Iterator[Datum]:
    places = entry.places or publications.scopes["metro"]
    for year in entry.years:
        known = {p: publications.find(entry, p, year) for p in places}
        values = {p: f.value for p, f in known.items() if f is not None}
        total = sum(values.values())
        against = tuple(values) if entry.transform == "share" else ()
        for place, value in values.items():
            compared = value
            if entry.transform == "share":
                compared = value / total
            elif entry.transform == "index":
                first = publications.find(entry, place, entry.years[0])
                if first is None or year == entry.years[0]:
                    continue
                compared = value / first.value
            spread = entry.deviation
            deviation = spread if entry.absolute else spread * abs(compared)
            regions = publications.regions(entry, place)
            yield Datum(
                entry,
                place,
                regions,
                year,
                compared,
                deviation,
                against,
                entry.years[0],
            )


def misses(data: Sequence[Datum], runs: Simulated) -> Floats:
    """Return simulated less published over the deviation: (run, datum)."""
    columns = [(_simulated(d, runs) - d.value) / d.deviation for d in data]
    return np.stack(columns, axis=1)


def _simulated(datum: Datum, runs: Simulated) -> Floats:
    """Return what each run says of a datum."""
    value = runs.values(datum.evidence, datum.regions, datum.year)
    if datum.evidence.transform == "growth":
        before = runs.values(datum.evidence, datum.regions, datum.year - 1)
        return 100.0 * (value / before - 1.0)
    if datum.evidence.transform == "index":
        return value / runs.values(datum.evidence, datum.regions, datum.base)
    if datum.evidence.transform == "share":
        return value / runs.values(datum.evidence, datum.against, datum.year)
    return value
