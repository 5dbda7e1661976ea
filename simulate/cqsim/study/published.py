"""Published values as forecasts meet them: by place and year, deflated, with error."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cqsim.case.scopes import Scopes
from cqsim.ledger.observed import Observation, Observations
from cqsim.study.quantity import Quantity
from cqsim.tomlschema import Frozen, Name

NOT_IN_LINES = ("original_series", "unconfirmed")
"""Vintages that are not of one series with the values after the census of 2020."""

WORST = "D"
OUTER12 = "outer12"


class Deflator(Frozen):
    """Where a deflator follows from: nominal values and real growth of an area."""

    nominal: Name
    growth: Name
    region: Name


@dataclass(frozen=True, slots=True)
class Published:
    """A published value, in the unit of its series, and its standard deviation."""

    value: float
    deviation: float


class Publications:
    """The ledger seen through a plan.

    Parameters
    ----------
    scopes
        The regions of each scope.
    grades
        The relative standard deviation of a published value, by its grade.
    deflator
        Where the price level follows from, for quantities that are deflated.
    base
        The year whose prices are constant.
    """

    def __init__(
        self,
        ledger: Observations,
        scopes: Scopes,
        grades: Mapping[str, float],
        deflator: Deflator | None = None,
        base: int = 2020,
    ) -> None:
        self._ledger = ledger
        self._grades = grades
        self._deflator = deflator
        self._base = base
        self.scopes = {
            **scopes,
            OUTER12: tuple(r for r in scopes["outer"] if r in scopes["cq21"]),
        }

    @property
    def variables(self) -> frozenset[str]:
        """The variables of which anything is published."""
        return frozenset(row.variable for row in self._ledger)

    @property
    def areas(self) -> frozenset[str]:
        """The areas of which anything is published."""
        return frozenset(row.region for row in self._ledger)

    def is_region(self, place: str) -> bool:
        """Whether a place is one region of the model, and no scope of several."""
        return place in self.scopes["metro"]

    def regions(self, quantity: Quantity, place: str) -> tuple[str, ...]:
        """Return the model's regions that make up a place, or stand for it."""
        return tuple(self.scopes.get(quantity.stands_for.get(place, place), ()))

    def find(
        self, quantity: Quantity, place: str, year: int, joined: bool = False
    ) -> Published | None:
        """Return what was published, of the place itself or summed over its regions.

        With `joined`, only what is of one series with later values.
        """
        row = self._ledger.find(place, quantity.observed, year)
        if row is not None:
            if joined and row.vintage in NOT_IN_LINES:
                return None
            return self._of_rows(quantity, [row], year, quantity.observed_factor)
        regions = self.regions(quantity, place)
        if len(regions) < 2 or place in quantity.stands_for:
            return None
        if quantity.observed_numerator:
            return self._ratio(quantity, regions, year)
        rows = [self._ledger.find(r, quantity.observed, year) for r in regions]
        known = [row for row in rows if row is not None]
        if len(known) < len(regions):
            return None
        return self._of_rows(quantity, known, year, quantity.observed_factor)

    def known_regions(self, series: Quantity, years: Sequence[int]) -> tuple[str, ...]:
        """Return the regions with a published value in all of these years."""
        return tuple(
            region
            for region in self.scopes["metro"]
            if all(self._ledger.find(region, series.observed, y) for y in years)
        )

    def sum_over(
        self, series: Quantity, regions: Sequence[str], year: int
    ) -> Published | None:
        """Return the sum over regions that all have a published value."""
        rows = [self._ledger.find(r, series.observed, year) for r in regions]
        known = [row for row in rows if row is not None]
        return self._of_rows(series, known, year, series.observed_factor)

    def _of_rows(
        self, quantity: Quantity, rows: Sequence[Observation], year: int, factor: float
    ) -> Published | None:
        value = sum(row.value for row in rows) * factor
        if getattr(quantity, "deflated", False):
            level = self.deflator(year)
            if level is None:
                return None
            value /= level
        worst = max((row.grade for row in rows), default=WORST)
        return Published(value, abs(value) * self._grades[worst])

    def _ratio(
        self, quantity: Quantity, regions: Sequence[str], year: int
    ) -> Published | None:
        over, under = (
            [self._ledger.find(r, name, year) for r in regions]
            for name in (quantity.observed_numerator, quantity.observed_denominator)
        )
        if any(row is None for row in (*over, *under)):
            return None
        upper = sum(row.value for row in over if row)
        lower = sum(row.value for row in under if row)
        value = quantity.observed_ratio_factor * upper / lower
        return Published(value, abs(value) * self._grades["B"])

    def deflator(self, year: int) -> float | None:
        """Return the price level of a year, 1 at the jump-off and before it.

        Growth at current prices over real growth, year by year; None where one of them
        is not published. Before the jump-off no complete chain of real growth is, so
        that a line through earlier values holds the growth of prices, and its forecast
        is deflated with the rest.
        """
        source = self._deflator
        if source is None:
            return None
        level = 1.0
        for later in range(self._base + 1, year + 1):
            before = self._ledger.find(source.region, source.nominal, later - 1)
            after = self._ledger.find(source.region, source.nominal, later)
            growth = self._ledger.find(source.region, source.growth, later)
            if before is None or after is None or growth is None:
                return None
            level *= after.value / before.value / (1 + growth.value / 100)
        return level
