"""The shape of a sweep file."""

from typing import Annotated, Literal

from pydantic import Field

from cqsim.registry.levers import Frozen, Name, Number, Text, Year

Kind = Literal["uniform", "triangular", "normal", "lognormal", "discrete"]
Size = Annotated[int, Field(strict=True, ge=1, le=10**9)]
Correlation = Annotated[Number, Field(gt=-1, lt=1)]


class Input(Frozen):
    """One thing that differs from run to run, and how.

    It is a constant, or the value, start or ramp of a lever. What is not given of a
    distribution is as in the model: the ends are those of the constant's range or of
    the lever's floor and ceiling, the middle is the value of the first base scenario.
    """

    id: Name | None = Field(None, description="名称 / name of the column")
    constant: Name | None = Field(None, description="常量 / constant of the model")
    lever: Name | None = Field(None, description="杠杆 / lever")
    part: Literal["value", "start", "ramp"] = "value"
    place: Name | None = Field(None, description="地点 / region, ring or other element")
    apply: Literal["value", "factor", "offset"] = Field(
        "value",
        description="取代、相乘或相加 / in place of, times, or added to the base",
    )
    distribution: Kind = "uniform"
    low: Number | None = None
    high: Number | None = None
    mode: Number | None = None
    mean: Number | None = None
    median: Number | None = None
    deviation: Annotated[Number, Field(gt=0)] | None = None
    values: tuple[Number, ...] | None = Field(None, min_length=1)
    weights: tuple[Annotated[Number, Field(ge=0)], ...] | None = None
    levels: int | None = Field(None, ge=2, le=1000, strict=True)


class Correlated(Frozen):
    """Two inputs that go together: the correlation of their normal scores."""

    between: tuple[Name, Name]
    value: Correlation


class Record(Frozen):
    """What is kept of every run.

    Attributes
    ----------
    targets
        The number of every target, also for its alternatives.
    regions
        The number of every target in each region, for the matrix.
    indicators, scopes, years
        Indicators in all of these scopes (`regions` stands for all) and years.
    variables, variable_years
        Variables of the model, with all their elements.
    """

    targets: bool = True
    regions: bool = False
    indicators: tuple[Name, ...] = ()
    scopes: tuple[Name, ...] = ("metro",)
    years: tuple[Year, ...] = ()
    variables: tuple[Name, ...] = ()
    variable_years: tuple[Year, ...] = ()


class SweepFile(Frozen):
    """A sweep as it stands in its file."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_-]*$", max_length=60, strict=True)
    title: Text
    summary: Text | None = None
    bases: tuple[Name, ...] = Field(("baseline",), min_length=1)
    design: Literal["random", "latin_hypercube", "sobol", "grid"]
    seed: int = Field(0, strict=True, ge=0, lt=2**63)
    size: Size | None = Field(None, description="点数 / points; not for a grid")
    posterior: Name | None = Field(
        None, description="后验样本 / CSV file of draws, a column a constant"
    )
    input: tuple[Input, ...] = ()
    correlation: tuple[Correlated, ...] = ()
    record: Record = Record()


KEYS: dict[Kind, frozenset[str]] = {
    "uniform": frozenset({"low", "high"}),
    "triangular": frozenset({"low", "mode", "high"}),
    "normal": frozenset({"mean", "deviation", "low", "high"}),
    "lognormal": frozenset({"median", "deviation", "low", "high"}),
    "discrete": frozenset({"values", "weights"}),
}
"""Which keys say something about which distribution."""

SHAPE_KEYS = frozenset().union(*KEYS.values())
