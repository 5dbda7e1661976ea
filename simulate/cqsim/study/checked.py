"""Types of values in a TOML file that a model and a ledger must know.

A file is loaded with a `NameContext` as its context; without one only the shape of the
file is checked.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, ValidationInfo

from cqsim.errors import InputFileError, did_you_mean
from cqsim.language.expression import parse_text
from cqsim.language.syntax import Call, Reference, canonical, walk
from cqsim.model.model import Model
from cqsim.tomlschema import Misfit, Name, refuse_misfits

if TYPE_CHECKING:
    from cqsim.study.evidence import ObservedQuantities


@dataclass(frozen=True, slots=True)
class NameContext:
    """The validation context: the model and the ledger that names are looked up in."""

    model: Model
    observed: "ObservedQuantities | None" = None


def known_to(check: Callable[[Any, NameContext], Iterator[Misfit]]) -> AfterValidator:
    """Return the validator that refuses what a check finds in a value."""

    def validate(value: Any, info: ValidationInfo) -> Any:
        if isinstance(info.context, NameContext):
            refuse_misfits(check(value, info.context))
        return value

    return AfterValidator(validate)


def unique(kind: str, key: str = "id") -> AfterValidator:
    """Return the validator of a list of tables of which no two say the same of a key.

    One of the two would never be looked at.
    """

    def validate(tables: Sequence[Any]) -> Sequence[Any]:
        values = [getattr(table, key) for table in tables]
        names = [canonical(value) for value in values]
        refuse_misfits(
            Misfit(
                f"there is a {kind} '{value}' already",
                f"Take another {key}, or leave one of the two out.",
                (number, key),
            )
            for number, value in enumerate(values)
            if names.index(names[number]) < number
        )
        return tables

    return AfterValidator(validate)


def _expression(text: str, known: NameContext) -> Iterator[Misfit]:
    """Yield what is wrong with an expression: its syntax, or a name in it."""
    try:
        tree = parse_text(text)
    except InputFileError as fault:
        yield Misfit(f"'{text}': {fault.what}", "Write it as in the model.")
        return
    for node in walk(tree):
        if isinstance(node, Reference):
            yield from _variable(node.name, known)
        if isinstance(node, Reference | Call):
            for subscript in node.subscripts:
                yield from _subscript(str(subscript), known)


def _variable(name: str, known: NameContext) -> Iterator[Misfit]:
    if known.model.variable(name) is None and canonical(name) != "time":
        names = [variable.name for variable in known.model.variables.values()]
        what = f"the model has no variable '{name}'"
        yield Misfit(what, did_you_mean(name, names))


def _subscript(subscript: str, known: NameContext) -> Iterator[Misfit]:
    name, ranges = canonical(subscript.rstrip("!")), known.model.ranges
    elements = {canonical(e) for r in ranges.values() for e in r.elements}
    if name not in ranges and name not in elements:
        what = f"the model has no range or element '{subscript.rstrip('!')}'"
        yield Misfit(what, did_you_mean(name, [r.name for r in ranges.values()]))


def _input(name: str, known: NameContext) -> Iterator[Misfit]:
    variable = known.model.variable(name)
    if variable is not None and variable.kind in ("auxiliary", "flow"):
        what = f"'{name}' is computed by an equation"
        yield Misfit(what, "Name a constant that it depends on.")
    if variable is None:
        names = [v.name for v in known.model.of_kind("constant", "lookup")]
        yield Misfit(f"the model has no constant '{name}'", did_you_mean(name, names))


def _array(name: str, known: NameContext) -> Iterator[Misfit]:
    yield from _input(name, known)
    variable = known.model.variable(name)
    if variable is not None and variable.kind in ("lookup", "stock", "data", "time"):
        what = f"'{name}' is a {variable.kind}"
        yield Misfit(what, "Name a constant.")


def _ledger_variable(name: str, known: NameContext) -> Iterator[Misfit]:
    if known.observed is not None:
        variables = sorted({row.variable for row in known.observed.ledger})
        if name not in variables:
            what = f"the ledger has no variable '{name}'"
            yield Misfit(what, did_you_mean(name, variables))


Expression = Annotated[Name, known_to(_expression)]
"""An expression of the model's language, of its variables and subscripts."""

Subscript = Annotated[Name, known_to(_subscript)]
"""A range of the model or an element of one."""

InputName = Annotated[Name, known_to(_input)]
"""A constant or lookup."""

ConstantName = Annotated[Name, known_to(_array)]
"""A constant, which has a number for each element."""

LedgerVariable = Annotated[Name, known_to(_ledger_variable)]
"""A variable of which the ledger has a value."""
