"""XMILE's material: stocks and flows that do not fall below 0, and bounded inflows.

A non-negative stock serves its outflows in their order while something is left: of what
it holds and what flows in during the step (XMILE 1.0, section 4.2). A conveyor with a
capacity, or a limit of its inflow, takes its inflows in their order while there is
room; what does not fit stays where it is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cqsim.compile.expr import Expr, Place, TimeStep, Value, call
from cqsim.compile.lower.scope import ZERO, Lowering, Scope
from cqsim.language.builtins import Builtin, builtin
from cqsim.language.expression import folded
from cqsim.language.syntax import (
    Call,
    Conveyor,
    Expression,
    Reference,
    canonical,
    children,
)
from cqsim.model.model import Model, Variable


@dataclass(frozen=True, slots=True)
class Outflow:
    """What an outflow may take from a non-negative stock, all by canonical name.

    `at_start` are the inflows that count while initial values are worked out.
    """

    stock: str
    before: tuple[str, ...]
    inflows: tuple[str, ...]
    at_start: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inflow:
    """What bounds a flow that enters a conveyor, all by canonical name.

    `before` are the inflows that enter first; `outflows` make room within the step.
    """

    conveyor: str
    before: tuple[str, ...]
    outflows: tuple[str, ...]


@dataclass(frozen=True)
class Limits:
    """How flows of a model are cut off.

    Attributes
    ----------
    inflows
        By flow: the conveyor with a capacity, or limit of its inflow, that it enters.
    outflows
        By flow: the non-negative stock that it leaves.
    conveyors
        By flow that leaves a conveyor, at its end or by leaking: the conveyor.
    stocks
        By flow that enters non-negative stocks, and may be negative: the stocks.
    """

    lowering: Lowering
    inflows: Mapping[str, Inflow] = field(default_factory=dict)
    outflows: Mapping[str, Outflow] = field(default_factory=dict)
    conveyors: Mapping[str, str] = field(default_factory=dict)
    stocks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def concern(self, variable: Variable) -> bool:
        """Whether a variable is a flow that is cut off, or leaves a conveyor."""
        is_cut = any(e.non_negative for e in variable.equations)
        known = (self.inflows, self.outflows, self.conveyors)
        return is_cut or any(variable.key in flows for flows in known)

    def limited(
        self,
        scope: Scope,
        variable: Variable,
        expr: Expr,
        target: Sequence[Place],
        *,
        is_start: bool = False,
    ) -> Expr:
        """Return the expression of a variable, cut off where it is such a flow."""
        if scope.equation.non_negative:
            expr = call("maximum", expr, 0)
        for stock in self.stocks.get(variable.key, ()):
            value = Value(self.lowering.shown[stock], tuple(target))
            held = -(value / TimeStep())
            expr = call("maximum", expr, held)
        if variable.key in self.outflows:
            outflow = self.outflows[variable.key]
            inflows = outflow.at_start if is_start else outflow.inflows
            left = self._left(variable, outflow, inflows, tuple(target))
            expr = call("minimum", expr, call("maximum", left, 0))
        if variable.key in self.inflows:
            for room in self._rooms(scope, variable, tuple(target)):
                expr = call("minimum", expr, call("maximum", room, 0))
        return expr

    def _left(
        self,
        variable: Variable,
        outflow: Outflow,
        inflows: tuple[str, ...],
        target: tuple[Place, ...],
    ) -> Expr:
        """Return the rate at which the stock would be empty after the step."""
        left = self._value(outflow.stock, variable, target) / TimeStep()
        for inflow in inflows:
            left = left + self._value(inflow, variable, target)
        for earlier in outflow.before:
            left = left - self._value(earlier, variable, target)
        return left

    def _rooms(
        self, scope: Scope, variable: Variable, target: tuple[Place, ...]
    ) -> Iterator[Expr]:
        """Yield the rates at which a conveyor takes in all that its bounds allow."""
        inflow = self.inflows[variable.key]
        owner = self.lowering.model.variables[inflow.conveyor].equations[0]
        stated = owner.conveyor
        assert stated is not None
        capacity, limit = _bounds(stated)
        taken: Expr = ZERO
        for earlier in inflow.before:
            taken = taken + self._value(earlier, variable, target)
        if limit is not None:
            yield scope.lower(limit) - taken
        if capacity is not None:
            held = self._value(inflow.conveyor, variable, target)
            room = (scope.lower(capacity) - held) / TimeStep()
            for outflow in inflow.outflows:
                room = room + self._value(outflow, variable, target)
            yield room - taken

    def _value(self, name: str, flow: Variable, target: tuple[Place, ...]) -> Expr:
        """Return a variable of the same axes as a flow, or of none, at its place."""
        same = self.lowering.axes[name] == self.lowering.axes[flow.key]
        return Value(self.lowering.shown[name], target if same else ())


def limits_of(lowering: Lowering) -> Limits:
    """Return how the flows of a model are cut off.

    An inflow that itself depends on an outflow of the stock does not count as at hand,
    for neither could be computed first.
    """
    model = lowering.model
    outflows: dict[str, Outflow] = {}
    conveyors: dict[str, str] = {}
    stocks: dict[str, tuple[str, ...]] = {}
    edges = {key: set(_causes(model, v)) for key, v in model.variables.items()}
    starts = {
        key: set(_causes(model, v, at_start=True)) for key, v in model.variables.items()
    }
    for key, variable in model.variables.items():
        definition = variable.equations[0]
        into = [canonical(name) for name in definition.inflows]
        out = [canonical(name) for name in definition.outflows]
        if definition.conveyor is not None:
            conveyors.update(dict.fromkeys(out, key))
        elif definition.non_negative:
            for number, flow in enumerate(out):
                own = tuple(out[:number])
                usable = tuple(_usable(lowering, edges, variable, (flow, own), into))
                first = tuple(_usable(lowering, starts, variable, (flow, own), usable))
                outflows[flow] = Outflow(key, own, usable, first)
            for flow in into:
                if _may_be_negative(lowering, key, flow):
                    stocks[flow] = (*stocks.get(flow, ()), key)
    inflows = dict(_bounded_inflows(model, conveyors))
    return Limits(lowering, inflows, outflows, conveyors, stocks)


def _bounded_inflows(
    model: Model, conveyors: Mapping[str, str]
) -> Iterator[tuple[str, Inflow]]:
    """Yield the flows that enter a conveyor with a bound, each with what bounds it."""
    for key in dict.fromkeys(conveyors.values()):
        equation = model.variables[key].equations[0]
        into = tuple(canonical(name) for name in equation.inflows)
        out = tuple(canonical(name) for name in equation.outflows)
        if equation.conveyor is None or not any(_bounds(equation.conveyor)):
            continue
        for number, flow in enumerate(into):
            if flow in conveyors:
                what = f"'{flow}' leaves one conveyor and enters one with a bound"
                remedy = "Put a stock between them, or leave the bound out."
                raise equation.fault(what, remedy)
            yield flow, Inflow(key, into[:number], out)


def _bounds(stated: Conveyor) -> tuple[Expression | None, Expression | None]:
    """Return the capacity and the limit of the inflow; None for INF, which is none."""
    capacity, limit = (
        None
        if isinstance(bound, Reference) and canonical(bound.name) == "inf"
        else bound
        for bound in (stated.capacity, stated.inflow_limit)
    )
    return capacity, limit


def _may_be_negative(lowering: Lowering, stock: str, flow: str) -> bool:
    """Whether an inflow, of the stock's axes, can take out of it."""
    found = lowering.model.variables.get(flow)
    return (
        found is not None
        and lowering.axes[flow] == lowering.axes[stock]
        and not all(e.non_negative for e in found.equations)
        and not all(_is_no_less_than_0(e.value) for e in found.equations)
    )


def _is_no_less_than_0(tree: Expression | None) -> bool:
    """Whether a right side is a number that is not negative."""
    value = None if tree is None else folded(tree)
    return value is not None and value >= 0


def _usable(
    lowering: Lowering,
    edges: dict[str, set[str]],
    stock: Variable,
    outflow: tuple[str, tuple[str, ...]],
    inflows: Sequence[str],
) -> Iterator[str]:
    flow, before = outflow
    edges.setdefault(flow, set()).update(before)
    for inflow in inflows:
        if inflow not in edges or flow in _reached(edges, inflow):
            continue
        if lowering.axes[inflow] not in ((), lowering.axes[stock.key]):
            continue
        edges[flow].add(inflow)
        yield inflow


def _reached(edges: Mapping[str, set[str]], start: str) -> set[str]:
    """Return all that a variable depends on at one time, itself included."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            waiting.extend(edges.get(key, ()))
    return found


_PASSING = ("sample if true", "forecast", "xmile forcst", "npv")


def _is_passed(row: Builtin, at_start: bool) -> bool:
    """Whether what a function remembers stands between its arguments and its value."""
    return not at_start and row.name not in _PASSING


def _causes(
    model: Model, variable: Variable, *, at_start: bool = False
) -> Iterator[str]:
    """Yield the variables that an auxiliary depends on at one time, or at the start."""
    if variable.kind == "stock" and not at_start:
        return
    waiting = variable.trees
    while waiting:
        node = waiting.pop()
        if isinstance(node, Reference):
            yield canonical(node.name)
        if isinstance(node, Call):
            row = builtin(canonical(node.function), model.language)
            if row is not None and row.has_memory and _is_passed(row, at_start):
                continue
        waiting.extend(children(node))
