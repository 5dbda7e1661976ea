"""XMILE's conveyors: what a stock and its flows say of them, and what is refused."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cqsim.language.expression import folded, parse_expression
from cqsim.language.lexer import XMILE
from cqsim.language.source import Source
from cqsim.language.syntax import Conveyor, Expression
from cqsim.language.xml import Element


def flows_of(stock: Element, part: Element, tag: str) -> list[str]:
    """Return the flows of a stock, or of its element where that names its own."""
    found = list(part.all(tag)) or list(stock.all(tag))
    return [" ".join(one.text.replace("\\n", " ").split()) for one in found]


@dataclass(frozen=True, slots=True)
class Belt:
    """What a stock says of itself as a conveyor.

    Attributes
    ----------
    name
        The stock's full name.
    element
        The stock's `<conveyor>`.
    flow
        The full name and the element of a flow by its name as written.
    """

    name: str
    stock: Element
    element: Element
    flow: Callable[[str], tuple[str, Element]]

    def conveyor(
        self,
        parts: Sequence[tuple[str, Source]],
        nodes: Sequence[Expression],
        initial: Expression,
    ) -> Conveyor:
        """Return the conveyor that the trees of its `parts` make; raise as `parts`."""
        self._refuse_batches(initial)
        named = [(name, node) for (name, _), node in zip(parts, nodes, strict=True)]
        count = len(named) - len(self._leaking())
        own, leaks = dict(named[:count]), tuple(named[count:])
        limits = own["len"], own.get("capacity"), own.get("in_limit")
        is_exponential = self.element.attributes.get("exponential_leak") == "true"
        return Conveyor(*limits, leaks, is_exponential)

    def parts(self) -> list[tuple[str, Source]]:
        """Return the equations of a conveyor by their tags, and of its leaks.

        Raises
        ------
        InputFileError
            It has an option that is not run, or lacks its transit time or an outflow.
        """
        for tag, acts_at_zero in (("arrest", False), ("sample", True)):
            switch = self.element.equation_of(tag)
            value = folded(parse_expression(switch, XMILE)) if switch else None
            if switch and (value is None or (value == 0) == acts_at_zero):
                what = f"the conveyor '{self.name}' has an <{tag}> that acts"
                raise self.element.fault(what, f"Run it without <{tag}>.")
        tags = ("len", "capacity", "in_limit")
        parts = [(tag, self.element.equation_of(tag)) for tag in tags]
        if parts[0][1] is None:
            what = f"the conveyor '{self.name}' has no transit time"
            raise self.element.fault(what, "Write it in <len>.")
        leaks = [self._leak(name) for name in self._leaking()]
        return [(tag, part) for tag, part in parts if part is not None] + leaks

    def _refuse_batches(self, initial: Expression) -> None:
        """Refuse batches on the belt at the start, and inflows that spread over it."""
        if self.element.attributes.get("discrete") == "true" and folded(initial) != 0:
            what = f"'{self.name}' is a discrete conveyor that does not start empty"
            raise self.element.fault(what, 'Delete discrete="true".')
        for written in flows_of(self.stock, self.stock, "inflow"):
            name, flow = self.flow(written)
            how = flow.attributes.get("isee:spreadflow", "none")
            if how not in ("none", "start"):
                what = f"'{name}' spreads over the conveyor '{self.name}' ({how})"
                raise flow.fault(what, "Let it enter at the start.")

    def _leaking(self) -> list[str]:
        """Return the outflows that leak: those that say so, else all but the first."""
        outflows = flows_of(self.stock, self.stock, "outflow")
        marked = [name for name in outflows if self.flow(name)[1].first("leak")]
        leaks = marked or outflows[1:]
        if len(outflows) - len(leaks) == 1:
            return leaks
        what = f"the conveyor '{self.name}' needs one outflow at its end"
        raise self.stock.fault(what, "Mark each other outflow with <leak/>.")

    def _leak(self, written: str) -> tuple[str, Source]:
        """Return the full name of a flow that leaks, and what share of the contents."""
        name, flow = self.flow(written)
        zone = (flow.attributes.get("leak_start"), flow.attributes.get("leak_end"))
        if zone[0] not in (None, "0") or zone[1] not in (None, "1"):
            what = f"'{name}' leaks from a part of the conveyor '{self.name}' only"
            raise flow.fault(what, "Use one conveyor for each part.")
        share = flow.equation_of("leak") or flow.equation_of("eqn")
        if share is None:
            what = f"'{name}' does not say what share of '{self.name}' leaks"
            raise flow.fault(what, "Write the share in <leak> or <eqn>.")
        return name, share
