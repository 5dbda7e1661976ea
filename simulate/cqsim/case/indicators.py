"""Indicators: what the tables show, as expressions over the model's variables."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Protocol, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BeforeValidator, Field

from cqsim.errors import did_you_mean
from cqsim.tomlfile import Document, Fault, load_entries, read_document, refuse
from cqsim.tomlschema import Frozen, Text

Floats = NDArray[np.float64]
Theme = Literal[
    "population",
    "urbanisation",
    "economy",
    "energy",
    "emissions",
    "air",
    "access",
    "welfare",
]


class Term(Frozen):
    """A variable of the model, summed over the elements that are chosen.

    `over` chooses elements of subscripts other than region, all where it names none.
    """

    variable: str
    over: Mapping[str, tuple[str, ...]] = {}
    factor: float = 1.0


def as_term(given: Any) -> Any:
    """Let a bare name stand for the term that has it."""
    return {"variable": given} if isinstance(given, str) else given


Terms = Annotated[
    tuple[Annotated[Term, BeforeValidator(as_term)], ...], Field(min_length=1)
]


def _not_zero(scale: float) -> float:
    if scale == 0:
        what = "be another number than 0, which makes every value 0"
        raise ValueError(what)
    return scale


Scale = Annotated[float, AfterValidator(_not_zero)]


class Weather(Frozen):
    """How far weather alone moves an indicator from year to year.

    `deviation` is a standard deviation in the indicator's unit.
    """

    id: str
    deviation: float = Field(gt=0)
    text: Text
    sources: tuple[str, ...] = Field(min_length=1)


class Measured(Protocol):
    """The values of any number of runs within a boundary, as indicators read them."""

    @property
    def times(self) -> Floats:
        """The saved times: (time,)."""

    @property
    def whole(self) -> str:
        """The scope of all regions."""

    def by_region(self, indicator: str, term: Term, scope: str) -> Floats:
        """Return a term for each region of a scope: (region, run, time)."""

    def total(self, indicator: str, terms: Iterable[Term], scope: str) -> Floats:
        """Return terms added up over the regions of a scope: (run, time)."""

    def paths(self, indicator: str, scope: str) -> Floats:
        """Return another indicator: (run, time)."""

    def values(self, indicator: str, scope: str, year: int) -> Floats:
        """Return another indicator in a year: (run,)."""

    def position(self, indicator: str, scope: str, year: int) -> int:
        """Return where a year stands among the saved times, or raise."""


@dataclass(frozen=True, slots=True)
class IndicatorRequest:
    """The runs, scope, year and base year for which an indicator is evaluated."""

    runs: Measured
    scope: str
    year: int
    base_year: int


class _Indicator(Frozen):
    """The fields that indicators of every kind have.

    `over_period` says that it is known only when the years up to the one asked for are
    over; `regional`, that it can be had for a part of the area.
    """

    over_period: ClassVar[bool] = False
    regional: ClassVar[bool] = True

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: Text
    unit: str
    theme: Theme
    decimals: int = Field(ge=0, le=6)
    direction: Literal["up", "down", "neutral"]
    material: float = Field(
        gt=0, description="The smallest difference that a verdict calls one, in `unit`."
    )
    ring_table: bool = False
    downscaled: bool = False
    note: Text | None = None
    weather: tuple[Weather, ...] = ()

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables of the model that it names itself."""
        return ()

    def paths(self, runs: Measured, scope: str) -> Floats:
        """Return its value for a scope at every saved time: (run, time).

        Raises
        ------
        UndefinedIndicatorError
            It cannot be had for this scope, or the runs lack its base year.
        """
        raise NotImplementedError

    def excess(self, _demand: IndicatorRequest, _required: Floats, /) -> Floats | None:
        """Return each region's value less its share of what is required.

        Parameters
        ----------
        _required : (run,)

        Returns
        -------
        (region, run), adding up over regions to the whole's value less what is
        required; None where the indicator has no such parts.
        """
        return None


class Sum(_Indicator):
    """The terms added up over the scope's regions, times `scale`."""

    kind: Literal["sum"]
    terms: Terms
    scale: Scale = 1.0

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables of its terms."""
        return tuple(term.variable for term in self.terms)

    def paths(self, runs: Measured, scope: str) -> Floats:
        """Return the sum."""
        return self.scale * runs.total(self.id, self.terms, scope)

    def excess(self, demand: IndicatorRequest, required: Floats, /) -> Floats | None:
        """Return regions less their share of the requirement, as of the base year."""
        base = _in_year(demand, self.id, self.terms, demand.base_year)
        now = _in_year(demand, self.id, self.terms, demand.year)
        return self.scale * now - required * base / _added(base)


class Ratio(_Indicator):
    """One sum over the scope's regions divided by another, times `scale`."""

    kind: Literal["ratio"]
    numerator: Terms
    denominator: Terms
    scale: Scale = 1.0

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables of both sums."""
        return tuple(t.variable for t in (*self.numerator, *self.denominator))

    def paths(self, runs: Measured, scope: str) -> Floats:
        """Return the quotient of the sums."""
        upper = runs.total(self.id, self.numerator, scope)
        return self.scale * upper / runs.total(self.id, self.denominator, scope)

    def excess(self, demand: IndicatorRequest, required: Floats, /) -> Floats | None:
        """Return what each numerator exceeds its denominator's need by."""
        upper = _in_year(demand, self.id, self.numerator, demand.year)
        lower = _in_year(demand, self.id, self.denominator, demand.year)
        return (self.scale * upper - required * lower) / _added(lower)


class Level(_Indicator):
    """A variable that the model has once, without regions, times `scale`.

    `area` is what it is for: the scope of all regions, or a larger area.
    """

    kind: Literal["level"]
    terms: Terms
    area: str = ""
    scale: Scale = 1.0
    regional: ClassVar[bool] = False

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables of its terms."""
        return tuple(term.variable for term in self.terms)

    def paths(self, runs: Measured, scope: str) -> Floats:
        """Return the level, of its own area or of the whole."""
        own = runs.whole if scope == self.area else scope
        return self.scale * runs.total(self.id, self.terms, own)


class Mean(_Indicator):
    """A variable's mean over the scope's regions, weighted where `weight` is given."""

    kind: Literal["mean"]
    variable: str
    weight: str | None = None
    scale: Scale = 1.0

    @property
    def variables(self) -> tuple[str, ...]:
        """The variable and its weight."""
        return (self.variable, self.weight) if self.weight else (self.variable,)

    def paths(self, runs: Measured, scope: str) -> Floats:
        """Return the mean."""
        weighted, weights = self._weighted(runs, scope)
        return self.scale * _added(weighted) / _added(weights)

    def excess(self, demand: IndicatorRequest, required: Floats, /) -> Floats | None:
        """Return what each region adds to the mean less what is required."""
        at = demand.runs.position(self.id, demand.scope, demand.year)
        both = self._weighted(demand.runs, demand.scope)
        weighted, weights = (each[..., at] for each in both)
        return (self.scale * weighted - required * weights) / _added(weights)

    def _weighted(self, runs: Measured, scope: str) -> tuple[Floats, Floats]:
        """Return value times weight, and weight: each (region, run, time)."""
        values = runs.by_region(self.id, Term(variable=self.variable), scope)
        if self.weight is None:
            return values, np.ones_like(values)
        weights = runs.by_region(self.id, Term(variable=self.weight), scope)
        return values * weights, weights


class Largest(_Indicator):
    """The largest value of a variable among the scope's regions, times `scale`."""

    kind: Literal["largest"]
    variable: str
    scale: Scale = 1.0

    @property
    def variables(self) -> tuple[str, ...]:
        """The variable."""
        return (self.variable,)

    def paths(self, runs: Measured, scope: str) -> Floats:
        """Return the largest value."""
        values = runs.by_region(self.id, Term(variable=self.variable), scope)
        return np.asarray(self.scale * np.maximum.reduce(values))


class Derived(_Indicator):
    """An indicator computed from another, which precedes it in the file."""

    of: str

    def required_level(
        self, _demand: IndicatorRequest, _required: Floats, /
    ) -> Floats | None:
        """Return the other indicator's value that meets a requirement: (run,).

        Parameters
        ----------
        _required : (run,)
            What this indicator has to be.

        None where it asks for no level of the other.
        """
        return None


class Share(Derived):
    """The scope's part of what another indicator is in `whole`, in percent."""

    kind: Literal["share"]
    whole: str = ""

    def paths(self, runs: Measured, scope: str) -> Floats:
        """Return the share."""
        return _percentage(runs, self.of, scope, self.whole)

    def required_level(self, demand: IndicatorRequest, required: Floats, /) -> Floats:
        """Return what the share asks of the scope, the whole being what it is."""
        return required / 100 * _then(demand, self.of, self.whole)


class Gap(Derived):
    """Another indicator in the scope as a percentage of that in `reference`."""

    kind: Literal["gap"]
    reference: str

    def paths(self, runs: Measured, scope: str) -> Floats:
        """Return the percentage."""
        return _percentage(runs, self.of, scope, self.reference)

    def required_level(self, demand: IndicatorRequest, required: Floats, /) -> Floats:
        """Return what the gap asks of the scope, the reference being what it is."""
        return required / 100 * _then(demand, self.of, self.reference)


class SinceBase(Derived):
    """An indicator that compares another with its own value in a base year."""

    base_year: int

    def _base(self, runs: Measured, scope: str) -> Floats:
        """Return the other indicator in the base year: (run, 1)."""
        return runs.values(self.of, scope, self.base_year)[:, None]


class Growth(SinceBase):
    """Another indicator's average growth since `base_year`, in percent a year."""

    kind: Literal["growth"]
    over_period: ClassVar[bool] = True

    def paths(self, runs: Measured, scope: str) -> Floats:
        """Return the rate; NaN up to the base year."""
        years = runs.times - self.base_year
        ratio = runs.paths(self.of, scope) / self._base(runs, scope)
        return np.where(years > 0, 100.0 * (ratio ** (1.0 / years) - 1.0), np.nan)

    def required_level(self, demand: IndicatorRequest, required: Floats, /) -> Floats:
        """Return the level that this growth leads to in the year."""
        growth = (1 + required / 100) ** (demand.year - self.base_year)
        return self._base(demand.runs, demand.scope)[:, 0] * growth


class Change(SinceBase):
    """Another indicator's change since `base_year`, in percent of what it was."""

    kind: Literal["change"]

    def paths(self, runs: Measured, scope: str) -> Floats:
        """Return the change."""
        return 100.0 * (runs.paths(self.of, scope) / self._base(runs, scope) - 1.0)

    def required_level(self, demand: IndicatorRequest, required: Floats, /) -> Floats:
        """Return the level after the change."""
        base = self._base(demand.runs, demand.scope)[:, 0]
        return base * (1 + required / 100)


class Difference(SinceBase):
    """Another indicator less what it was in `base_year`, in its own unit."""

    kind: Literal["difference"]

    def paths(self, runs: Measured, scope: str) -> Floats:
        """Return the difference."""
        return runs.paths(self.of, scope) - self._base(runs, scope)

    def required_level(self, demand: IndicatorRequest, required: Floats, /) -> Floats:
        """Return the level after the difference."""
        return self._base(demand.runs, demand.scope)[:, 0] + required


class Accumulated(SinceBase):
    """What another indicator, a rate per year, adds up to since `base_year`.

    Between saved times the rate is taken to run straight.
    """

    kind: Literal["accumulated"]
    over_period: ClassVar[bool] = True

    def paths(self, runs: Measured, scope: str) -> Floats:
        """Return the sum; NaN before the base year."""
        rate, times = runs.paths(self.of, scope), runs.times
        added = np.zeros_like(rate)
        steps = np.diff(times) * (rate[:, 1:] + rate[:, :-1]) / 2
        added[:, 1:] = np.cumsum(steps, axis=1)
        first = runs.position(self.of, scope, self.base_year)
        since = added - added[:, [first]]
        return np.where(times >= self.base_year, since, np.nan)


class PeakYear(Derived):
    """The year, up to the one asked for, in which another indicator was highest."""

    kind: Literal["peak_year"]
    over_period: ClassVar[bool] = True

    def paths(self, runs: Measured, scope: str) -> Floats:
        """Return the first year of the highest value so far."""
        path = runs.paths(self.of, scope)
        highest = np.maximum.accumulate(path, axis=1)
        newer = np.ones(path.shape, dtype=bool)
        newer[:, 1:] = path[:, 1:] > highest[:, :-1]
        places = np.where(newer, np.arange(path.shape[1]), 0)
        years = runs.times[np.maximum.accumulate(places, axis=1)]
        return np.where(np.isnan(path).any(axis=1, keepdims=True), np.nan, years)


def _added(values: Floats | Sequence[Floats]) -> Floats:
    """Return the sum over the first axis, always added up in its order."""
    added = values[0]
    for more in values[1:]:
        added = added + more
    return added


def _percentage(runs: Measured, of: str, scope: str, whole: str) -> Floats:
    return 100.0 * runs.paths(of, scope) / runs.paths(of, whole)


def _then(demand: IndicatorRequest, indicator: str, scope: str) -> Floats:
    """Return an indicator of another scope in the year of a demand: (run,)."""
    return demand.runs.values(indicator, scope, demand.year)


def _in_year(
    demand: IndicatorRequest, indicator: str, terms: Iterable[Term], year: int
) -> Floats:
    """Return terms added up for each region of a demand, in a year: (region, run)."""
    runs, scope = demand.runs, demand.scope
    found = [runs.by_region(indicator, term, scope) for term in terms]
    return _added(found)[..., runs.position(indicator, scope, year)]


Indicator = (
    Sum
    | Ratio
    | Level
    | Mean
    | Largest
    | Share
    | Gap
    | Growth
    | Change
    | Difference
    | Accumulated
    | PeakYear
)
Indicators = Mapping[str, Indicator]

_KINDS: Mapping[str, type[Indicator]] = {
    get_args(each.model_fields["kind"].annotation)[0]: each
    for each in get_args(Indicator)
}


def read_indicators(path: Path) -> Indicators:
    """Return the indicators by id, in the file's order.

    Raises
    ------
    InputFileError
        The file is missing or is not TOML in UTF-8.
    FaultsError
        Every key that is unknown, missing or wrong, each with file and line.
    """
    document = read_document(path)
    entries = load_entries(document, _KINDS)
    refuse(document, list(_order_faults(document, entries)))
    return entries


def variables_behind(
    indicators: Indicators, names: Iterable[str] | None = None
) -> tuple[str, ...]:
    """Return the model's variables that indicators rest on, however deep.

    Parameters
    ----------
    names
        The ids of the indicators; all of them if not given.
    """
    chosen = indicators if names is None else names
    return tuple(dict.fromkeys(_variables(indicators, chosen)))


def _variables(indicators: Indicators, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        indicator = indicators[name]
        yield from indicator.variables
        if isinstance(indicator, Derived):
            yield from _variables(indicators, [indicator.of])


def _order_faults(document: Document, indicators: Indicators) -> Iterator[Fault]:
    """Yield a fault for each `of` that names nothing above it in the file."""
    above: list[str] = []
    for indicator in indicators.values():
        of = indicator.of if isinstance(indicator, Derived) else None
        if of is not None and of not in above:
            what = f"{indicator.id}: no indicator '{of}' stands above this one"
            place = (indicator.id, "of")
            yield document.fault(place, what, did_you_mean(of, above), value=True)
        above.append(indicator.id)
