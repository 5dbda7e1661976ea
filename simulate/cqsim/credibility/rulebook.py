"""The reality checks of a model as data, `checks.toml`, and the result of a check."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from cqsim.errors import did_you_mean
from cqsim.model.model import Model
from cqsim.study.checked import (
    ConstantName,
    Expression,
    InputName,
    NameContext,
    Subscript,
    unique,
)
from cqsim.tomlfile import load, read_document
from cqsim.tomlschema import Frozen, Misfit, Name, Number, refuse_misfits

FILE = "checks.toml"
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Share = Annotated[float, Field(gt=0, lt=1)]
Group = Literal[
    "units", "evidence", "extremes", "reality", "responses", "numerics", "skill"
]
Points = Annotated[tuple[tuple[Number, Number], ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A check, whether it holds, and what was seen.

    Attributes
    ----------
    detail
        What was looked at; of a check that fails, the run, place and year at fault.
    is_gate
        Whether the model may not be released while the check fails. What is no gate is
        a shortfall to report, such as a series in which a naive forecast is better.
    """

    group: Group
    check: str
    title: str
    holds: bool
    detail: str
    is_gate: bool = True


class ExtremeCondition(Frozen):
    """An extreme run.

    `set` gives constants a value and lookups their points; `cells` gives a value to the
    elements that a pattern names (`yuzhong,*,*`); `scale` multiplies constants.
    """

    id: Id
    title: Name
    values: dict[InputName, Number | Points] = Field(default={}, alias="set")
    cells: dict[ConstantName, dict[str, Number]] = Field(default_factory=dict)
    scale: dict[ConstantName, Number] = Field(default_factory=dict)


class Constraint(Frozen):
    """A relation between two expressions that must hold at every saved time.

    Each side is an expression of the model's language for every element of `over`;
    `scale`, another, is added to what the tolerance is a part of. `only` names the
    conditions that it is about, `since` the first year.
    """

    id: Id
    title: Name
    left: Expression
    relation: Literal["=", "<=", ">="] = Field(alias="is")
    right: Expression
    scale: Expression = ""
    over: tuple[Subscript, ...] = ()
    only: tuple[str, ...] = ()
    since: float = -math.inf
    tolerance: Share | None = None


class ResponseTest(Frozen):
    """How a variable must move when one constant is raised from `low` to `high` alone.

    Without them, they are the ends of its range in the model. `factors` multiply it
    instead, in `cells` only where that names an element. `tolerance` is the part of the
    variable by which it may move the wrong way. `baseline_only` is for what policies
    that go back on themselves, as in random draws, may turn round.
    """

    id: Id
    title: Name
    constant: InputName
    variable: Expression
    moves: Literal["rises", "falls"]
    over: tuple[Subscript, ...] = ()
    low: Number | None = None
    high: Number | None = None
    factors: tuple[Number, Number] | None = None
    cells: str = ""
    baseline_only: bool = False
    tolerance: Share | None = None


class Numerics(Frozen):
    """Outcomes that a finer or better integration may move by a part only."""

    tolerance: Share
    outcomes: tuple[Expression, ...] = Field(min_length=1)


class Aggregation(Frozen):
    """The constants of homogeneous regions, and of one aggregated region.

    `divided` are dealt out, `mean` become the mean. `into` is the place that holds all
    in the run of one region, which sets the constants in `off`.
    """

    end: int
    tolerance: Share
    outcomes: tuple[Expression, ...] = Field(min_length=1)
    divided: tuple[ConstantName, ...]
    mean: tuple[ConstantName, ...]
    into: Name
    off: dict[ConstantName, float] = Field(default_factory=dict)


class Rulebook(Frozen):
    """All reality checks of a model."""

    start: int
    end: int
    samples: Annotated[int, Field(ge=1, le=10_000)]
    seed: Annotated[int, Field(ge=0)]
    tolerance: Share
    condition: Annotated[tuple[ExtremeCondition, ...], unique("condition")] = ()
    rule: Annotated[tuple[Constraint, ...], unique("rule")] = ()
    response: Annotated[tuple[ResponseTest, ...], unique("response")] = ()
    numerics: Numerics
    aggregation: Aggregation | None = None

    @model_validator(mode="after")
    def _conditions_are_there(self) -> Self:
        conditions = [condition.id for condition in self.condition]
        refuse_misfits(
            Misfit(
                f"{rule.id}: there is no condition '{name}'",
                did_you_mean(name, conditions),
                ("rule", number, "only"),
            )
            for number, rule in enumerate(self.rule)
            for name in rule.only
            if name not in conditions
        )
        return self


def read_rulebook(path: Path, model: Model) -> Rulebook:
    """Return the checks of a file.

    Raises
    ------
    InputFileError
        The file is missing or cannot be decoded.
    FaultsError
        It is not TOML, a key is wrong, or a rule names what the model does not have.
    """
    return load(read_document(path), Rulebook, NameContext(model))
