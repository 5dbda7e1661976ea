"""What in a file goes with no name of the model: in expressions, ranges, constants."""

from collections.abc import Iterable, Iterator, Sequence

from cqsim.errors import InputFileError, did_you_mean
from cqsim.language.expression import parse_text
from cqsim.language.syntax import Call, Reference, canonical, walk
from cqsim.model.model import Model
from cqsim.tomlfile import Document, Fault
from cqsim.tomlspans import Key


def expression_faults(
    document: Document, place: Key, model: Model, text: str
) -> Iterator[Fault]:
    """Yield what is wrong with an expression: its syntax, or a name in it."""
    if not text:
        return
    try:
        tree = parse_text(text)
    except InputFileError as fault:
        remedy = "Write it as in the model."
        yield document.fault(place, f"'{text}': {fault.what}", remedy, value=True)
        return
    for node in walk(tree):
        if isinstance(node, Reference):
            yield from _variable(document, place, model, node.name)
        if isinstance(node, Reference | Call):
            for subscript in node.subscripts:
                yield from subscript_faults(document, place, model, str(subscript))


def subscript_faults(
    document: Document, place: Key, model: Model, subscript: str
) -> Iterator[Fault]:
    """Yield a fault if the model has neither a range nor an element of that name."""
    name = canonical(subscript.rstrip("!"))
    elements = {canonical(e) for r in model.ranges.values() for e in r.elements}
    if name not in model.ranges and name not in elements:
        what = f"the model has no range or element '{subscript.rstrip('!')}'"
        known = [r.name for r in model.ranges.values()]
        yield document.fault(place, what, did_you_mean(name, known), value=True)


def constant_faults(
    document: Document, place: Key, model: Model, names: Iterable[str]
) -> Iterator[Fault]:
    """Yield each name that the model does not have."""
    for name in names:
        if model.variable(name) is None:
            what = f"the model has no constant '{name}'"
            known = [v.name for v in model.of_kind("constant", "lookup")]
            yield document.fault(place, what, did_you_mean(name, known), value=True)


def repeated_faults(
    document: Document, place: Key, key: str, values: Sequence[str], kind: str
) -> Iterator[Fault]:
    """Yield each table of a list whose key says what that of an earlier one does.

    One of the two would never be looked at.
    """
    known: set[str] = set()
    for number, value in enumerate(values):
        if canonical(value) in known:
            what = f"there is a {kind} '{value}' already"
            remedy = f"Take another {key}, or leave one of the two out."
            yield document.fault((*place, number, key), what, remedy, value=True)
        known.add(canonical(value))


def _variable(
    document: Document, place: Key, model: Model, name: str
) -> Iterator[Fault]:
    if model.variable(name) is None and canonical(name) != "time":
        what = f"the model has no variable '{name}'"
        known = [v.name for v in model.variables.values()]
        yield document.fault(place, what, did_you_mean(name, known), value=True)
