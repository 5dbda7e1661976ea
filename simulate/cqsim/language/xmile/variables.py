"""A variable of an XMILE file as definitions: one, or one for each element."""

import math
from collections.abc import Iterator, Set
from itertools import product

from cqsim.language.syntax import (
    Conveyor,
    Definition,
    Expression,
    LookupTable,
    Source,
    canonical,
)
from cqsim.language.xmile.conveyors import read_conveyor
from cqsim.language.xmile.equations import (
    Equation,
    Place,
    dimensions_of,
    is_set,
    subscripts_of,
)
from cqsim.language.xmile.modules import name_of
from cqsim.language.xmile.xml import Element

#: What is not run: the tag that says it of a variable, and what to do instead.
_REFUSED = {
    "queue": ("is a queue", "Use a stock whose outflow is what can be served."),
    "oven": ("is an oven", "Use a stock that a pulse fills and one empties."),
    "leak_integers": ("leaks whole units only", "Let it leak fractions."),
}


def definitions(
    variable: Element, place: Place, moved: Set[str]
) -> Iterator[Definition]:
    """Yield the equations of a variable: one, or one for each `<element>`.

    `moved` holds the keys of the flows that conveyors move.

    Raises
    ------
    InputFileError
        An equation, table or option of the variable cannot be read.
    """
    _refuse(variable, place)
    full = place.full_name(variable)
    dimensions = dimensions_of(variable)
    parts = list(variable.all("element")) or list(_each(variable, place))
    if not parts or canonical(full) in moved or canonical(full) in place.names.inputs:
        yield _definition(variable, variable, place, dimensions, moved)
        return
    for part in parts:
        subscripts = subscripts_of(part, variable, place)
        yield _definition(variable, part, place, subscripts, moved)


def _each(variable: Element, place: Place) -> Iterator[Element]:
    """Yield an array's elements where several `<eqn>` stand in it, one for each.

    So Vensim exports an array; the last dimension counts first.
    """
    equations = list(variable.all("eqn"))
    if len(equations) < 2:
        return
    dimensions = map(canonical, dimensions_of(variable))
    members = [place.names.dimensions.get(one, ()) for one in dimensions]
    if math.prod(map(len, members)) != len(equations):
        what = f"'{place.full_name(variable)}' has {len(equations)} equations"
        remedy = "Give one, or one for each element of an array."
        raise place.fault(equations[1].line, what, remedy)
    for names, equation in zip(product(*members), equations, strict=True):
        attributes = {"subscript": ",".join(names)}
        yield Element("element", attributes, equation.line, children=[equation])


def _refuse(variable: Element, place: Place) -> None:
    """Refuse a variable with an option that is not run."""
    for option in variable.children:
        tag = option.tag.rpartition(":")[2]
        if tag in _REFUSED and is_set(option):
            what, remedy = _REFUSED[tag]
            what = f"'{place.full_name(variable)}' {what}, which is not run"
            raise place.fault(option.line, what, remedy)


def _definition(
    variable: Element,
    part: Element,
    place: Place,
    subscripts: tuple[str, ...],
    moved: Set[str],
) -> Definition:
    """Return the equation of a variable, or of one element of an array."""
    read = Equation(variable, part, place)
    origin = place.names.inputs.get(canonical(read.name))
    value: Expression | None = None
    conveyor: Conveyor | None = None
    belt = variable.first("conveyor")
    tag = "aux" if origin is not None or read.whole() else variable.tag
    if origin is not None:
        source, value = read.taken_from(origin)
    elif canonical(read.name) in moved:
        source = Source(place.path, read.name, variable.line)
    elif belt is not None:
        source, value, conveyor = read_conveyor(read, belt)
    elif tag == "stock":
        source, value, _ = read.stock()
    else:
        source, value = read.auxiliary()
    own = variable.first("non_negative")
    can_fall = tag in ("stock", "flow") and belt is None and value is not None
    return Definition(
        0,
        len(source.text),
        source,
        read.name,
        subscripts,
        (),
        "",
        "(" if isinstance(value, LookupTable) else "=",
        value,
        _unit(variable),
        said(variable, "doc"),
        place.groups.get(canonical(name_of(variable)), ""),
        dimensions_of(variable),
        read.flows("inflow") if tag == "stock" else (),
        read.flows("outflow") if tag == "stock" else (),
        can_fall and (is_set(own) if own else tag in place.non_negative),
        conveyor,
        tag,
        place.module,
    )


def said(element: Element, name: str) -> str:
    """Return what an element says of something, in a child or an attribute."""
    found = element.first(name)
    return found.text.strip() if found else element.attributes.get(name, "").strip()


def _unit(variable: Element) -> str:
    """Return the unit, with the range `[min, max]` as Vensim writes it."""
    unit, span = said(variable, "units"), variable.first("range")
    if span is None:
        return unit
    low, high = (span.attributes.get(end) or "?" for end in ("min", "max"))
    return f"{unit} [{low}, {high}]".strip()
