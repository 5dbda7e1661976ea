"""XMILE's conveyors: what a stock and its flows say of them, and what is refused."""

from cqsim.language.expression import folded, parse_expression
from cqsim.language.lexer import XMILE
from cqsim.language.syntax import Call, Conveyor, Source, canonical
from cqsim.language.xmile.equations import Equation, Place, flows_of, written_in
from cqsim.language.xmile.xml import Element

_PARTS = ("len", "capacity", "in_limit")


def moved_flows(stock: Element, place: Place) -> list[str]:
    """Return the keys of the full names of the flows that a stock moves as a conveyor.

    They have no value of their own: what stands in their `<eqn>` is not used, or says
    what share leaks. Empty for a stock that is no conveyor.
    """
    if stock.first("conveyor") is None:
        return []
    return [canonical(name) for name in Equation(stock, stock, place).flows("outflow")]


def read_conveyor(read: Equation, belt: Element) -> tuple[Source, Call, Conveyor]:
    """Return text and tree of a stock that is a conveyor, and what it says of itself.

    Raises
    ------
    InputFileError
        It has an option that is not run, or lacks its transit time or an outflow.
    """
    _refuse_switch(read, belt, "arrest", acts_at_zero=False)
    _refuse_switch(read, belt, "sample", acts_at_zero=True)
    parts = []
    for tag in _PARTS:
        box = belt.first(tag)
        equation = written_in(box, read.place) if box is not None else None
        parts += [(tag, equation)] if equation is not None else []
    if not parts or parts[0][0] != "len":
        what = f"the conveyor '{read.name}' has no transit time"
        raise read.place.fault(belt.line, what, "Write it in <len>.")
    leaks = [_leak(read, name) for name in _leaking(read)]
    source, value, nodes = read.stock([*parts, *leaks])
    _refuse_batches(read, belt, value)
    conveyor = Conveyor(
        nodes["len"],
        nodes.get("capacity"),
        nodes.get("in_limit"),
        tuple((name, nodes[name]) for name, _ in leaks),
        belt.attributes.get("exponential_leak") == "true",
    )
    return source, value, conveyor


def _refuse_switch(
    read: Equation, belt: Element, tag: str, *, acts_at_zero: bool
) -> None:
    """Refuse a condition that changes how the conveyor moves, unless it never acts."""
    box = belt.first(tag)
    equation = written_in(box, read.place) if box is not None else None
    if equation is None:
        return
    value = folded(parse_expression(equation, XMILE))
    if value is None or (value == 0) == acts_at_zero:
        what = f"the conveyor '{read.name}' has an <{tag}> that acts"
        raise read.place.fault(belt.line, what, f"Run it without <{tag}>.")


def _refuse_batches(read: Equation, belt: Element, value: Call) -> None:
    """Refuse batches on the belt at the start, and inflows that spread over it."""
    is_discrete = belt.attributes.get("discrete") == "true"
    if is_discrete and folded(value.arguments[1]) != 0:
        what = f"'{read.name}' is a discrete conveyor that does not start empty"
        raise read.place.fault(belt.line, what, 'Delete discrete="true".')
    for written in flows_of(read.variable, read.variable, "inflow"):
        name, flow = read.flow(written)
        how = flow.attributes.get("isee:spreadflow", "none")
        if how not in ("none", "start"):
            what = f"'{name}' spreads over the conveyor '{read.name}' ({how})"
            raise read.place.fault(flow.line, what, "Let it enter at the start.")


def _leaking(read: Equation) -> list[str]:
    """Return the outflows that leak: those that say so, else all but the first."""
    outflows = flows_of(read.variable, read.variable, "outflow")
    marked = [name for name in outflows if read.flow(name)[1].first("leak")]
    leaks = marked or outflows[1:]
    if len(outflows) - len(leaks) == 1:
        return leaks
    what = f"the conveyor '{read.name}' needs one outflow at its end"
    remedy = "Mark each other outflow with <leak/>."
    raise read.place.fault(read.variable.line, what, remedy)


def _leak(read: Equation, written: str) -> tuple[str, Source]:
    """Return the full name of a flow that leaks, and what share of the contents."""
    name, flow = read.flow(written)
    zone = (flow.attributes.get("leak_start"), flow.attributes.get("leak_end"))
    if zone[0] not in (None, "0") or zone[1] not in (None, "1"):
        what = f"'{name}' leaks from a part of the conveyor '{read.name}' only"
        raise read.place.fault(flow.line, what, "Use one conveyor for each part.")
    for tag in ("leak", "eqn"):
        box = flow.first(tag)
        equation = written_in(box, read.place) if box is not None else None
        if equation is not None:
            return name, equation
    what = f"'{name}' does not say what share of '{read.name}' leaks"
    raise read.place.fault(flow.line, what, "Write the share in <leak> or <eqn>.")
