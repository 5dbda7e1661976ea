"""Flows that are cut off: of XMILE's non-negative stocks and bounded conveyors.

A non-negative stock serves its outflows in their order while something is left: of what
it holds and what flows in during the step (XMILE 1.0, section 4.2). A conveyor with a
capacity, or a limit of its inflow, takes its inflows in their order while there is
room; what does not fit stays where it is.
"""

from collections.abc import Iterator
from dataclasses import replace

from cqsim.compile.expr import Expr, TimeStep, Value, call
from cqsim.compile.ir import Auxiliary, block_over, indices_over, value_over
from cqsim.compile.lower.conveyors import bound_name, bounds_of, emptied_by
from cqsim.compile.lower.scope import Lowering
from cqsim.compile.order import at_start, needs, now, reached
from cqsim.language.expression import folded
from cqsim.language.syntax import Conveyor, canonical
from cqsim.model.model import Variable


def cut_flows(lowering: Lowering) -> None:
    """Cut off the flows of stocks, whose equations are lowered.

    Raises
    ------
    InputFileError
        A flow from one conveyor enters another that has a bound.
    """
    stocks = [v for v in lowering.model.variables.values() if v.kind == "stock"]
    held = [s for s in stocks if s.equations[0].conveyor or s.equations[0].non_negative]
    if held:
        service = _Service(lowering)
        for stock in held:
            if stock.equations[0].conveyor is None:
                service.serve(stock)
            else:
                service.take_in(stock, stock.equations[0].conveyor)


class _Service:
    """What variables need, and the flows that are cut off so far."""

    def __init__(self, lowering: Lowering) -> None:
        self._lowering = lowering
        self._variables = lowering.variables
        items = lowering.variables.items()
        self._now = {name: set(needs(now(v))) for name, v in items}
        self._start = {name: set(needs(at_start(v))) for name, v in items}

    def serve(self, stock: Variable) -> None:
        """Cut off the flows of a stock, each after those before it are served."""
        name = self._lowering.shown[stock.key]
        into = list(self._flows(stock.equations[0].inflows))
        out = list(self._flows(stock.equations[0].outflows))
        for number, flow in enumerate(out):
            before = out[:number]
            usable = list(self._usable(self._now, name, flow, before, into))
            first = list(self._usable(self._start, name, flow, before, usable))
            left = self._left(name, flow, before, usable)
            left_first = self._left(name, flow, before, first)
            self._cut(flow, "minimum", left, left_first)
        for flow in into:
            if self._may_be_negative(flow, name):
                held = -(self._value(name, flow) / TimeStep())
                self._cut(flow, "maximum", held, held)

    def take_in(self, stock: Variable, stated: Conveyor) -> None:
        """Cut off what enters a conveyor where it has no room."""
        equation, name = stock.equations[0], self._lowering.shown[stock.key]
        into = list(self._flows(equation.inflows))
        out = list(self._flows(equation.outflows))
        leaving = emptied_by(self._lowering.model)
        for word, _ in bounds_of(stated):
            for number, flow in enumerate(into):
                if canonical(flow) in leaving:
                    what = f"'{flow}' leaves one conveyor and enters one with a bound"
                    remedy = "Put a stock between them, or leave the bound out."
                    raise equation.fault(what, remedy)
                room: Expr = self._value(bound_name(name, word), flow)
                if word == "capacity":
                    room = (room - self._value(name, flow)) / TimeStep()
                    room = self._sum(room, flow, out)
                room = self._sum(room, flow, into[:number], taken=True)
                room = call("maximum", room, 0)
                self._cut(flow, "minimum", room, room)

    def _flows(self, names: tuple[str, ...]) -> Iterator[str]:
        for key in map(canonical, names):
            shown = self._lowering.shown.get(key, "")
            if shown in self._variables:
                yield shown

    def _usable(
        self,
        needed: dict[str, set[str]],
        stock: str,
        flow: str,
        before: list[str],
        inflows: list[str],
    ) -> Iterator[str]:
        """Yield the inflows that are at hand for an outflow.

        One that itself depends on the outflow is not: neither could be computed first.
        """
        axes = self._variables[stock].axes
        needed[flow].update(before)
        for inflow in inflows:
            depends = flow in reached([inflow], lambda name: needed.get(name, ()))
            if not depends and self._variables[inflow].axes in ((), axes):
                needed[flow].add(inflow)
                yield inflow

    def _left(
        self, stock: str, flow: str, before: list[str], inflows: list[str]
    ) -> Expr:
        """Return the rate at which a stock would be empty after the step."""
        left = self._sum(self._value(stock, flow) / TimeStep(), flow, inflows)
        return call("maximum", self._sum(left, flow, before, taken=True), 0)

    def _sum(
        self, total: Expr, flow: str, others: list[str], *, taken: bool = False
    ) -> Expr:
        """Return a rate with other flows added to it, or taken from it."""
        for other in others:
            value = self._value(other, flow)
            total = total - value if taken else total + value
        return total

    def _may_be_negative(self, flow: str, stock: str) -> bool:
        """Whether an inflow, of the stock's axes, can take out of it."""
        equations = self._lowering.model.variables[canonical(flow)].equations
        numbers = [folded(e.value) if e.value is not None else None for e in equations]
        return (
            self._variables[flow].axes == self._variables[stock].axes
            and not all(e.non_negative for e in equations)
            and not all(number is not None and number >= 0 for number in numbers)
        )

    def _value(self, name: str, flow: str) -> Value:
        """Return a variable of the same axes as a flow, or of none, at its place."""
        axes = self._variables[flow].axes
        same = self._variables[name].axes == axes
        return value_over(name, indices_over(axes) if same else ())

    def _cut(self, flow: str, function: str, bound: Expr, first: Expr) -> None:
        """Bound a flow by an expression, and by another at the start."""
        asked, axes = f"#{flow}#asked", self._variables[flow].axes
        indices = indices_over(axes)
        if asked not in self._variables:
            self._variables[asked] = replace(self._variables[flow], name=asked)
            value = block_over(indices, value_over(asked, indices))
            self._variables[flow] = Auxiliary(flow, axes, value)
        (current,), (start,) = (
            self._variables[flow].now,
            self._variables[flow].starting,
        )
        blocks = block_over(indices, call(function, current.expr, bound))
        starts = block_over(indices, call(function, start.expr, first))
        starts = starts if starts != blocks else ()
        self._variables[flow] = Auxiliary(flow, axes, blocks, starts)
