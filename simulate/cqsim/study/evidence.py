"""A quantity in the ledger and in runs of the model, in one unit, place and year.

`model/skill.toml` and the part `[posterior]` of `model/calibration.toml` name such
quantities; forecasts, hindcasts and the posterior compare the two sides of them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationInfo, model_validator

from cqsim.case.case import Case
from cqsim.case.scopes import Scopes
from cqsim.compile.ir import System
from cqsim.engine.simulation import run_many, spelled
from cqsim.errors import InputFileError, did_you_mean
from cqsim.ledger.observed import Observation, Observations
from cqsim.study.checked import Expression, LedgerVariable, NameContext, Subscript
from cqsim.tomlschema import (
    Frozen,
    Misfit,
    Name,
    Positive,
    Year,
    Years,
    refuse_misfits,
)

Floats = NDArray[np.float64]

BROKEN_VINTAGES = ("original_series", "unconfirmed")
"""Vintages that are not of one series with the values after the last census."""

GRADE_OF_RATIO = "B"
"""The grade that a ratio of two sums of published values is given."""


class Quantity(Frozen):
    """A quantity that the model simulates and the ledger observes.

    The model's is `numerator` over `denominator`, each an expression for every element
    of the range `along`, summed over the elements of a place, times `factor`;
    the ledger's is `observed` times `observed_factor`, or of its parts. A scope that
    `stands_for` an area without being it is scaled by `stand_in` (year, ratio).
    """

    id: Name
    title: Name
    numerator: Expression
    denominator: Expression = ""
    along: Subscript = "region"
    factor: float = 1.0
    observed: LedgerVariable
    observed_factor: float = 1.0
    observed_numerator: LedgerVariable = ""
    observed_denominator: LedgerVariable = ""
    observed_ratio_factor: float = 1.0
    stands_for: dict[str, str] = Field(default_factory=dict)
    stand_in: tuple[tuple[int, Positive], ...] = ()

    @model_validator(mode="after")
    def _fits(self, info: ValidationInfo) -> Self:
        """Refuse a part or area that would leave it unscored without a word."""
        observed = (
            info.context.observed if isinstance(info.context, NameContext) else None
        )
        refuse_misfits(self._misfits(observed))
        return self

    def _misfits(self, observed: "ObservedQuantities | None") -> Iterator[Misfit]:
        if bool(self.observed_numerator) != bool(self.observed_denominator):
            what = "observed_numerator and observed_denominator go together"
            yield Misfit(what, "Give both or neither.")
        years = [year for year, _ in self.stand_in]
        if any(later <= year for year, later in pairwise(years)):
            what = "the years of stand_in do not rise"
            yield Misfit(what, "Put them in order, each once.", ("stand_in",))
        if observed is not None:
            yield from self._place_misfits(observed)

    def _place_misfits(self, observed: "ObservedQuantities") -> Iterator[Misfit]:
        """Yield each scope that there is not, and area for which nothing answers."""
        for standing in self.stands_for.values():
            if standing not in observed.scopes:
                remedy = did_you_mean(standing, list(observed.scopes))
                yield Misfit(f"there is no scope '{standing}'", remedy, ("stands_for",))
        areas = {row.region for row in observed.ledger}
        for name in self.areas:
            if name in self.stands_for or name in observed.scopes:
                continue
            what = f"there is no area '{name}'"
            remedy = did_you_mean(name, sorted({*observed.scopes, *areas}))
            if name in areas:
                what = f"the model holds no area '{name}'"
                remedy = f"Say what answers for it: stands_for = {{ {name} = … }}."
            yield Misfit(what, remedy, ("places",))

    @property
    def areas(self) -> tuple[str, ...]:
        """The scopes and areas that it names the places of."""
        return ()

    @property
    def at_constant_prices(self) -> bool:
        """Whether the published value, at current prices, is to be deflated."""
        return False

    @property
    def variables(self) -> dict[str, str]:
        """The expression of each part by the name of the variable added for it."""
        parts = {"numerator": self.numerator, "denominator": self.denominator}
        name = f"skill {type(self).__name__} {self.id.replace('_', ' ')}"
        return {f"{name} {part}": text for part, text in parts.items() if text}

    def proxy_ratio(self, year: float) -> float:
        """Return a standing scope's value over that of the area that it stands for.

        On the line between the years of `stand_in`, constant beyond; 1 without any.
        """
        if not self.stand_in:
            return 1.0
        years, ratios = zip(*self.stand_in, strict=True)
        return float(np.interp(year, years, ratios))


class Evidence(Quantity):
    """Published values that a run from the first census should come near to.

    `deviation` is the standard deviation of published less simulated, the model's own
    simplification included: in the unit of the quantity if `absolute`, else relative.
    `transform` says what is compared: the `level`, its `growth` over a year in percent,
    the `index` to the first of the years, or the `share` of a place in all places.
    """

    years: Years
    places: tuple[Name, ...] = ()
    deviation: Positive
    absolute: bool = False
    transform: Literal["level", "growth", "index", "share"] = "level"
    reason: Name

    @property
    def areas(self) -> tuple[str, ...]:
        """The scopes and areas that it names."""
        return self.places


class Deflator(Frozen):
    """Where a deflator follows from: nominal values and real growth of an area.

    After `until` nominal values are of another edition than those before, so that no
    price level follows from them.
    """

    nominal: LedgerVariable
    growth: LedgerVariable
    region: Name
    until: Year | None = None


@dataclass(frozen=True, slots=True)
class ObservedValue:
    """A published value in the unit of its quantity, and its standard deviation."""

    value: float
    deviation: float


@dataclass(frozen=True, slots=True)
class ObservedQuantities:
    """The published values of quantities, place by place and year by year.

    Attributes
    ----------
    scopes
        The regions of each scope, and of each area that totals are stated for.
    all_regions
        The regions of the model.
    grades
        The relative standard deviation of a published value, by its grade.
    deflator
        Where the price level follows from, for quantities at constant prices.
    base
        The year whose prices are constant.
    """

    ledger: Observations
    scopes: Scopes
    all_regions: tuple[str, ...]
    grades: Mapping[str, float]
    deflator: Deflator | None
    base: int

    @classmethod
    def of(
        cls,
        case: Case,
        grades: Mapping[str, float],
        deflator: Deflator | None = None,
        base: int | None = None,
    ) -> "ObservedQuantities":
        """Return what the ledger of a case makes known, in the prices of its base year.

        Raises
        ------
        InputFileError
            The case has no ledger, or a file of it is missing or wrong.
        """
        ledger = case.observations
        if ledger is None:
            what = "the case has no ledger of observed values to compare with"
            remedy = "Run `cqsim ledger build`, or name another model."
            raise InputFileError(case.file("observed"), 0, what, remedy)
        scopes = {**ledger.settings.regions_of, **case.scopes}
        year = case.years.base if base is None else base
        return cls(ledger, scopes, case.regions, grades, deflator, year)

    def regions(self, quantity: Quantity, place: str) -> tuple[str, ...]:
        """Return the model's regions that make up a place, or stand for it."""
        return tuple(self.scopes.get(quantity.stands_for.get(place, place), ()))

    def find(
        self, quantity: Quantity, place: str, year: int, consistent: bool = False
    ) -> ObservedValue | None:
        """Return what was published of a place itself, or of all of its regions.

        None where nothing was; with `consistent`, also where the place's own value is
        not of one series with later ones.
        """
        row = self.ledger.find(place, quantity.observed, year)
        if row is not None:
            if consistent and row.vintage in BROKEN_VINTAGES:
                return None
            return self._total(quantity, [row], year)
        regions = self.regions(quantity, place)
        if len(regions) < 2 or place in quantity.stands_for:
            return None
        if quantity.observed_numerator:
            return self._ratio(quantity, regions, year)
        return self.sum_over(quantity, regions, year)

    def known_regions(
        self, quantity: Quantity, years: Sequence[int]
    ) -> tuple[str, ...]:
        """Return the regions with a published value in all of these years."""
        return tuple(
            region
            for region in self.all_regions
            if all(self.ledger.find(region, quantity.observed, y) for y in years)
        )

    def sum_over(
        self, quantity: Quantity, regions: Sequence[str], year: int
    ) -> ObservedValue | None:
        """Return the sum over regions; None unless each has a published value."""
        rows = self._rows(quantity.observed, regions, year)
        return self._total(quantity, rows, year) if rows else None

    def _rows(
        self, variable: str, regions: Sequence[str], year: int
    ) -> list[Observation]:
        """Return a row of the ledger for each region; none unless all are there."""
        rows = [self.ledger.find(region, variable, year) for region in regions]
        known = [row for row in rows if row is not None]
        return known if len(known) == len(rows) else []

    def _total(
        self, quantity: Quantity, rows: Sequence[Observation], year: int
    ) -> ObservedValue | None:
        value = sum(row.value for row in rows) * quantity.observed_factor
        if quantity.at_constant_prices:
            level = self.price_level(year)
            if level is None:
                return None
            value /= level
        worst = max(row.grade for row in rows)
        return ObservedValue(value, abs(value) * self.grades[worst])

    def _ratio(
        self, quantity: Quantity, regions: Sequence[str], year: int
    ) -> ObservedValue | None:
        over = self._rows(quantity.observed_numerator, regions, year)
        under = self._rows(quantity.observed_denominator, regions, year)
        if not over or not under:
            return None
        upper, lower = (sum(row.value for row in rows) for rows in (over, under))
        value = quantity.observed_ratio_factor * upper / lower
        return ObservedValue(value, abs(value) * self.grades[GRADE_OF_RATIO])

    def price_level(self, year: int) -> float | None:
        """Return the price level of a year, 1 in the base year and before it.

        Growth at current prices over real growth, year by year; None where one of them
        is not published. Before the base year no complete chain of real growth is, so
        that a line through earlier values holds the growth of prices, and its forecast
        is deflated with the rest.
        """
        source = self.deflator
        if source is None or (source.until is not None and year > source.until):
            return None
        level = 1.0
        for later in range(self.base + 1, year + 1):
            before = self.ledger.find(source.region, source.nominal, later - 1)
            after = self.ledger.find(source.region, source.nominal, later)
            growth = self.ledger.find(source.region, source.growth, later)
            if before is None or after is None or growth is None:
                return None
            level *= after.value / before.value / (1 + growth.value / 100)
        return level


@dataclass(frozen=True, slots=True)
class SimulatedQuantities:
    """Quantities in some runs of the model, for any place and saved year.

    Attributes
    ----------
    times
        The saved times.
    parts : arrays (run, time, element), by the name of the variable of a part
    elements
        The elements of the last axis.
    """

    times: Floats
    parts: Mapping[str, Floats]
    elements: tuple[str, ...]

    def values(self, quantity: Quantity, regions: Sequence[str], year: float) -> Floats:
        """Return a quantity summed over regions, in its unit: (run,)."""
        at = int(np.flatnonzero(np.isclose(self.times, year))[0])
        chosen = [self.elements.index(region) for region in regions]
        over, *under = (
            self.parts[name][:, at, chosen].sum(axis=1) for name in quantity.variables
        )
        result: Floats = quantity.factor / quantity.proxy_ratio(year) * over
        return result / under[0] if under else result


def equations_of(quantities: Iterable[Quantity]) -> str:
    """Return the parts of quantities as equations to be read with the model."""
    return "\n".join(
        f"{name}[{quantity.along}]=\n\t{text}\n\t~\t\n\t~\t\n\t|\n"
        for quantity in quantities
        for name, text in quantity.variables.items()
    )


def simulate(
    system: System,
    quantities: Sequence[Quantity],
    start: float,
    end: float,
    samples: Any = None,
) -> SimulatedQuantities:
    """Run a model that was read with the equations of some quantities.

    Parameters
    ----------
    start, end
        Years; every year between them is saved.
    samples
        What the runs set, as `run_many` takes it; one run that sets nothing by default.
    """
    clock = {"start": float(start), "end": float(end), "save": 1.0}
    names = [name for quantity in quantities for name in quantity.variables]
    rows = [{}] if samples is None else samples
    runs = run_many(system, rows, names, clock=clock, check_ranges=False)
    elements = system.variables[spelled(system, names[0])].axes[0].elements
    parts = {name: runs.values[runs.name_of(name)] for name in names}
    return SimulatedQuantities(runs.times, parts, elements)


@dataclass(frozen=True, slots=True)
class Datum:
    """One published value, in the form in which it is compared with runs.

    Attributes
    ----------
    value, deviation
        As transformed: a level, a growth, an index or a share.
    regions
        Of the place.
    against
        The regions of all places, for a share.
    """

    evidence: Evidence
    place: str
    regions: tuple[str, ...]
    year: int
    value: float
    deviation: float
    against: tuple[str, ...] = ()

    def simulated(self, runs: SimulatedQuantities) -> Floats:
        """Return what each run has for the published value: (run,)."""
        evidence = self.evidence
        value = runs.values(evidence, self.regions, self.year)
        if evidence.transform == "growth":
            before = runs.values(evidence, self.regions, self.year - 1)
            return 100.0 * (value / before - 1.0)
        if evidence.transform == "index":
            return value / runs.values(evidence, self.regions, evidence.years[0])
        if evidence.transform == "share":
            return value / runs.values(evidence, self.against, self.year)
        return value


def data_of(evidence: Iterable[Evidence], observed: ObservedQuantities) -> list[Datum]:
    """Return all data that the ledger has for some evidence, in its order."""
    return [datum for entry in evidence for datum in _data(entry, observed)]


def _data(entry: Evidence, observed: ObservedQuantities) -> Iterator[Datum]:
    for year in entry.years:
        values = {
            place: found.value
            for place in entry.places or observed.all_regions
            if (found := observed.find(entry, place, year)) is not None
        }
        against = tuple(values) if entry.transform == "share" else ()
        for place, level in values.items():
            value = level
            if entry.transform == "share":
                value = level / sum(values.values())
            elif entry.transform == "index":
                first = observed.find(entry, place, entry.years[0])
                if first is None or year == entry.years[0]:
                    continue
                value = level / first.value
            spread = entry.deviation if entry.absolute else entry.deviation * abs(value)
            regions = observed.regions(entry, place)
            yield Datum(entry, place, regions, year, value, spread, against)


def standardised_residuals(data: Sequence[Datum], runs: SimulatedQuantities) -> Floats:
    """Return simulated less published over the deviation: (run, datum)."""
    columns = [(each.simulated(runs) - each.value) / each.deviation for each in data]
    return np.stack(columns, axis=1)
