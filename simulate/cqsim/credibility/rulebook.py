"""The reality checks of a model as data, `checks.toml`, and what a check came to."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from cqsim.errors import did_you_mean
from cqsim.model.model import Model
from cqsim.study.name_check import (
    constant_faults,
    expression_faults,
    repeated_faults,
    subscript_faults,
)
from cqsim.tomlfile import Document, Fault, load, read_document, refuse
from cqsim.tomlschema import Frozen, Name, Number
from cqsim.tomlspans import Key

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
        a shortfall to be told, such as a series in which a naive forecast is better.
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
    values: dict[str, Number | Points] = Field(default={}, alias="set")
    cells: dict[str, dict[str, Number]] = Field(default_factory=dict)
    scale: dict[str, Number] = Field(default_factory=dict)


class Constraint(Frozen):
    """What must hold at every time: one side of it against the other.

    Each side is an expression of the model's language for every element of `over`;
    `scale`, another, is added to what the tolerance is a part of. `only` names the
    conditions that it is about, `since` the first year.
    """

    id: Id
    title: Name
    left: Name
    relation: Literal["=", "<=", ">="] = Field(alias="is")
    right: Name
    scale: str = ""
    over: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    since: float = -math.inf
    tolerance: Share | None = None


class ResponseTest(Frozen):
    """What must happen when a constant is raised from `low` to `high` and nothing else.

    Without them, they are the ends of its range in the model. `factors` multiply it
    instead, in `cells` only where that names an element. `tolerance` is the part of the
    variable by which it may move the wrong way. `baseline_only` is for what policies
    that go back on themselves, as in random draws, may turn round.
    """

    id: Id
    title: Name
    constant: Name
    variable: Name
    moves: Literal["rises", "falls"]
    over: tuple[str, ...] = ()
    low: Number | None = None
    high: Number | None = None
    factors: tuple[Number, Number] | None = None
    cells: str = ""
    baseline_only: bool = False
    tolerance: Share | None = None


class Numerics(Frozen):
    """Outcomes that a finer or better integration may move by a part only."""

    tolerance: Share
    outcomes: tuple[Name, ...] = Field(min_length=1)


class Aggregation(Frozen):
    """How regions alike, and one region, are made of those that there are.

    `divided` are dealt out, `mean` become the mean. `into` is the place that holds all
    in the run of one region, which sets the constants in `off`.
    """

    end: int
    tolerance: Share
    outcomes: tuple[Name, ...] = Field(min_length=1)
    divided: tuple[Name, ...]
    mean: tuple[Name, ...]
    into: Name
    off: dict[str, float] = Field(default_factory=dict)


class Rulebook(Frozen):
    """All reality checks of a model."""

    start: int
    end: int
    samples: Annotated[int, Field(ge=1, le=10_000)]
    seed: Annotated[int, Field(ge=0)]
    tolerance: Share
    condition: tuple[ExtremeCondition, ...] = ()
    rule: tuple[Constraint, ...] = ()
    response: tuple[ResponseTest, ...] = ()
    numerics: Numerics
    aggregation: Aggregation | None = None


def read_rulebook(path: Path, model: Model) -> Rulebook:
    """Return the checks of a file.

    Raises
    ------
    InputFileError
        The file is missing or cannot be decoded.
    FaultsError
        It is not TOML, a key is wrong, or a rule names what the model does not have.
    """
    document = read_document(path)
    rules = load(document, Rulebook)
    refuse(document, list(_faults(document, rules, model)))
    return rules


def _faults(document: Document, rules: Rulebook, model: Model) -> Iterator[Fault]:
    yield from _repeated(document, rules)
    for number, condition in enumerate(rules.condition):
        for table in (condition.values, condition.cells, condition.scale):
            yield from constant_faults(document, ("condition", number), model, table)
        for table in (condition.cells, condition.scale):
            yield from _computed(document, ("condition", number), model, table)
    conditions = [condition.id for condition in rules.condition]
    for number, rule in enumerate(rules.rule):
        yield from _of_rule(document, ("rule", number), model, rule)
        for name in set(rule.only) - set(conditions):
            what = f"{rule.id}: there is no condition '{name}'"
            remedy = did_you_mean(name, conditions)
            yield document.fault(("rule", number, "only"), what, remedy)
    for number, response in enumerate(rules.response):
        yield from _of_response(document, ("response", number), model, response)
    for outcome in rules.numerics.outcomes:
        yield from expression_faults(document, ("numerics", "outcomes"), model, outcome)


def _repeated(document: Document, rules: Rulebook) -> Iterator[Fault]:
    for kind in ("condition", "rule", "response"):
        ids = [entry.id for entry in getattr(rules, kind)]
        yield from repeated_faults(document, (kind,), "id", ids, kind)


def _of_rule(
    document: Document, place: Key, model: Model, rule: Constraint
) -> Iterator[Fault]:
    for key in ("left", "right", "scale"):
        text = getattr(rule, key)
        yield from expression_faults(document, (*place, key), model, text)
    for subscript in rule.over:
        yield from subscript_faults(document, (*place, "over"), model, subscript)


def _of_response(
    document: Document, place: Key, model: Model, response: ResponseTest
) -> Iterator[Fault]:
    yield from constant_faults(document, place, model, [response.constant])
    yield from expression_faults(
        document, (*place, "variable"), model, response.variable
    )
    for subscript in response.over:
        yield from subscript_faults(document, (*place, "over"), model, subscript)


def _computed(
    document: Document, place: Key, model: Model, names: Iterable[str]
) -> Iterator[Fault]:
    """Yield what is set element by element, and is no constant."""
    for name in names:
        variable = model.variable(name)
        if variable is not None and variable.kind != "constant":
            what = f"'{name}' is computed by an equation or read from points"
            yield document.fault(place, what, "Name a constant.")
