"""Indicators: what the tables show, as expressions over the model's variables."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, TypeAdapter

from cqsim.case.toml_file import TomlFile, read_entries, read_toml
from cqsim.errors import FaultsError, did_you_mean
from cqsim.tomlschema import Frozen, Text

Theme = Literal[
    "population",
    "urbanisation",
    "economy",
    "energy",
    "emissions",
    "air",
    "access",
    "security",
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


class Weather(Frozen):
    """How far weather alone moves an indicator from year to year.

    `deviation` is a standard deviation in the indicator's unit.
    """

    id: str
    deviation: float = Field(gt=0)
    text: Text
    sources: tuple[str, ...] = Field(min_length=1)


class _Indicator(Frozen):
    """What every indicator says of itself, whatever its kind."""

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


class Sum(_Indicator):
    """The terms added up over the scope's regions, times `scale`."""

    kind: Literal["sum"]
    terms: Terms
    scale: float = 1.0


class Ratio(_Indicator):
    """One sum over the scope's regions divided by another, times `scale`."""

    kind: Literal["ratio"]
    numerator: Terms
    denominator: Terms
    scale: float = 1.0


class Level(_Indicator):
    """A variable that the model has once, without regions, times `scale`.

    `area` is what it is for: the scope of all regions, or a larger area.
    """

    kind: Literal["level"]
    terms: Terms
    area: str = ""
    scale: float = 1.0


class Mean(_Indicator):
    """A variable's mean over the scope's regions, weighted where `weight` is given."""

    kind: Literal["mean"]
    variable: str
    weight: str | None = None
    scale: float = 1.0


class Share(_Indicator):
    """The scope's part of what another indicator is in `whole`, in percent."""

    kind: Literal["share"]
    of: str
    whole: str = ""


class Gap(_Indicator):
    """Another indicator in the scope as a percentage of that in `reference`."""

    kind: Literal["gap"]
    of: str
    reference: str


class Growth(_Indicator):
    """Another indicator's average growth since `base_year`, in percent a year."""

    kind: Literal["growth"]
    of: str
    base_year: int


class Change(_Indicator):
    """Another indicator's change since `base_year`, in percent of what it was."""

    kind: Literal["change"]
    of: str
    base_year: int


class Difference(_Indicator):
    """Another indicator less what it was in `base_year`, in its own unit."""

    kind: Literal["difference"]
    of: str
    base_year: int


class PeakYear(_Indicator):
    """The year, up to the one asked for, in which another indicator was highest."""

    kind: Literal["peak_year"]
    of: str


Indicator = (
    Sum | Ratio | Level | Mean | Share | Gap | Growth | Change | Difference | PeakYear
)
Derived = Share | Gap | Growth | Change | Difference | PeakYear
Indicators = Mapping[str, Indicator]

_ADAPTER: TypeAdapter[dict[str, Indicator]] = TypeAdapter(
    dict[str, Annotated[Indicator, Field(discriminator="kind")]]
)
_KINDS = (Sum, Ratio, Level, Mean, Share, Gap, Growth, Change, Difference, PeakYear)


def read_indicators(path: Path) -> Indicators:
    """Return the indicators by id, in the file's order.

    Raises
    ------
    InputFileError
        The file is missing or is not TOML in UTF-8.
    FaultsError
        Every key that is unknown, missing or wrong, each with file and line.
    """
    file = read_toml(path)
    keys = sorted({key for kind in _KINDS for key in kind.model_fields})
    entries = read_entries(file, _ADAPTER, keys)
    faults = _order_faults(file, entries)
    if faults:
        raise FaultsError(faults)
    return entries


def variables_of(indicator: Indicator) -> tuple[str, ...]:
    """Return the model's variables that the indicator names itself."""
    if isinstance(indicator, Sum | Level):
        return tuple(term.variable for term in indicator.terms)
    if isinstance(indicator, Ratio):
        terms = (*indicator.numerator, *indicator.denominator)
        return tuple(term.variable for term in terms)
    if isinstance(indicator, Mean):
        weights = (indicator.weight,) if indicator.weight else ()
        return (indicator.variable, *weights)
    return ()


def _order_faults(file: TomlFile, indicators: Indicators) -> list[str]:
    """Return a fault for each `of` that names nothing above it in the file."""
    faults = []
    above: list[str] = []
    for indicator in indicators.values():
        of = indicator.of if isinstance(indicator, Derived) else None
        if of is not None and of not in above:
            what = f"no indicator '{of}' stands above this one"
            place = (indicator.id, "of")
            faults.append(file.fault(place, what, did_you_mean(of, above)))
        above.append(indicator.id)
    return faults
