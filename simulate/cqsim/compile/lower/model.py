"""A whole model lowered: its axes, then its variables one after another."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from math import prod
from typing import TypeVar

import numpy as np

from cqsim.compile.expr import (
    Expr,
    Interpolation,
    Number,
    Numbers,
    Table,
    Time,
    call,
)
from cqsim.compile.ir import (
    Auxiliary,
    Constant,
    Curve,
    Lookup,
    Note,
    Stock,
    System,
    axes_over,
    shape_of,
    value_over,
)
from cqsim.compile.ir import Variable as IrVariable
from cqsim.compile.lower import expression
from cqsim.compile.lower.conveyors import conveyor, conveyor_outflow, emptied_by
from cqsim.compile.lower.data import (
    Curves,
    Floats,
    curves_of,
    interpolation_of,
    literal_of,
    series_of,
)
from cqsim.compile.lower.limits import refuse_axes, refuse_large, refuse_more
from cqsim.compile.lower.macros import refuse_expansion
from cqsim.compile.lower.material import cut_flows
from cqsim.compile.lower.scope import Lowering
from cqsim.compile.lower.shapes import Part, axes_of, parts_of
from cqsim.compile.lower.tables import data_lookup
from cqsim.compile.separate import separated
from cqsim.errors import MOST_FAULTS, FaultsError, InputFileError, together
from cqsim.language.syntax import canonical
from cqsim.language.traversal import outputs_of
from cqsim.model.kinds import is_computed
from cqsim.model.model import Model, Variable
from cqsim.model.values import files_of

Read = TypeVar("Read")


def lower_model(model: Model) -> System:
    """Return the system of equations that a model comes to.

    Raises
    ------
    CqsimError
        An equation refers to what is not there, or holds what is not supported; the
        model is too large; a file that it reads cannot be read.
    """
    files = files_of(model)
    lowering = Lowering(model, files, expression.lower)
    refuse_expansion(model)
    for key, variable in model.variables.items():
        lowering.axes[key] = axes_of(model, variable)
        lowering.shown[key] = variable.name.strip('"')
    for _, equation in model.equations():
        # They may be read before the call that gives them is lowered.
        if not equation.subscripts:
            outputs = outputs_of(equation)
            lowering.axes |= dict.fromkeys(map(canonical, outputs), ())
            lowering.shown |= {canonical(o): o.strip('"') for o in outputs}
    refuse_axes(lowering)
    belts = emptied_by(model)
    for variables in _lookups_first(model):
        _lower_all(lowering, variables, belts)
    cut_flows(lowering)
    for finish in lowering.later:
        finish()
    refuse_large(lowering)
    system = System(
        model.path,
        model.sha256,
        _in_order(lowering),
        dict(lowering.lookups),
        {lowering.shown[v.key]: _note(v) for v in model.variables.values()},
        {r.name: r.elements for r in model.ranges.values()},
        frozenset(lowering.structural),
        tuple(lowering.limits),
        files.digests(),
        dict(lowering.undefined),
        dict(model.files),
        model.settings.method,
    )
    return separated(system)


def _in_order(lowering: Lowering) -> dict[str, IrVariable]:
    """Return the variables, the modeller's own in the order of the file."""
    own = {
        name: lowering.variables[name]
        for name in lowering.shown.values()
        if name in lowering.variables
    }
    return own | lowering.variables


def _lookups_first(model: Model) -> Iterator[list[Variable]]:
    """Yield lookups and data, then what may read them."""
    variables = list(model.variables.values())
    yield [v for v in variables if v.kind in ("lookup", "data")]
    yield [v for v in variables if v.kind not in ("lookup", "data")]


def _lower_all(
    lowering: Lowering, variables: Sequence[Variable], belts: Mapping[str, str]
) -> None:
    """Lower some variables; tell what is wrong with all of them together."""
    faults: list[InputFileError | FaultsError] = []
    for variable in variables:
        try:
            _lower_variable(lowering, variable, belts)
        except (InputFileError, FaultsError) as fault:
            faults.append(fault)
            if len(faults) >= MOST_FAULTS:
                break
        refuse_more(lowering)
    if faults:
        raise together(faults)


def _note(variable: Variable) -> Note:
    note = variable.unit, variable.documentation, variable.line
    return Note(*note, variable.low, variable.high)


def _lower_variable(
    lowering: Lowering, variable: Variable, belts: Mapping[str, str]
) -> None:
    if not lowering.is_text(variable.key):
        _Whole(lowering, variable, belts).lower()


class _Whole:
    """A variable with all its parts, while it is lowered."""

    def __init__(
        self, lowering: Lowering, variable: Variable, belts: Mapping[str, str]
    ) -> None:
        self._lowering, self._variable, self._belts = lowering, variable, belts
        self._name = lowering.shown[variable.key]
        self._axes = lowering.axes[variable.key]
        self._parts = parts_of(lowering, variable)

    @cached_property
    def _literals(self) -> list[Floats | None]:
        """The numbers of each part that is data."""
        return _once(literal_of, self._parts)

    def lower(self) -> None:
        """Add the variable or lookup that it is, and the temporaries that it needs."""
        kind = self._variable.kind
        if kind == "lookup":
            self._add_lookup(self._name, self._parts, curves_of)
            return
        if all(part.arguments_of("integ") for part in self._parts):
            make: Callable[[], IrVariable] = self._stock
        elif kind == "data":
            make = self._data
        elif not self._is_bound and all(n is not None for n in self._literals):
            make = self._constant
        else:
            make = self._auxiliary
        # It is listed before its equations are lowered: temporaries come after it.
        self._lowering.variables[self._name] = Auxiliary(self._name, self._axes, ())
        self._lowering.variables[self._name] = make()

    def _constant(self) -> Constant:
        values = np.zeros(prod(shape_of(self._axes)))
        for part, literal in zip(self._parts, self._literals, strict=True):
            assert literal is not None
            values[part.flat] = part.within(literal)
        return Constant(self._name, self._axes, tuple(values.tolist()))

    def _auxiliary(self) -> Auxiliary:
        blocks, starts = [], []
        for part, literal in zip(self._parts, self._literals, strict=True):
            now, first = self._now_and_first(part, literal)
            blocks.append(part.block(now))
            starts.append(part.block(first))
        at_start = tuple(starts) if starts != blocks else ()
        return Auxiliary(self._name, self._axes, tuple(blocks), at_start)

    @property
    def _is_bound(self) -> bool:
        """Whether it is a flow that is cut off, or leaves a conveyor."""
        is_cut = any(equation.non_negative for equation in self._variable.equations)
        return is_cut or self._variable.key in self._belts

    def _now_and_first(self, part: Part, literal: Floats | None) -> tuple[Expr, Expr]:
        """Return what an equation gives, and what it gives at the start."""
        key, start = self._variable.key, None
        if key in self._belts:
            found = conveyor_outflow(self._lowering, self._belts[key], key, part)
        else:
            found, start = _stated(part, literal)
        pair = found, start if start is not None else found
        if part.scope.equation.non_negative:
            return call("maximum", pair[0], 0), call("maximum", pair[1], 0)
        return pair

    def _stock(self) -> IrVariable:
        if self._variable.equations[0].conveyor is not None:
            return conveyor(self._lowering, self._variable, self._parts)
        initial, change = [], []
        for part in self._parts:
            rate, start = map(part.scope.lower, part.arguments_of("integ"))
            change.append(part.block(rate))
            initial.append(part.block(start))
        return Stock(self._name, self._axes, tuple(initial), tuple(change))

    def _data(self) -> Auxiliary:
        hidden = data_lookup(self._name)
        series = [part for part in self._parts if not is_computed(part.tree)]
        if series:
            self._add_lookup(hidden, series, series_of)
        blocks = []
        for part in self._parts:
            expr: Expr = Table(hidden, part.target, Time(held=True))
            if part.tree is not None and is_computed(part.tree):
                part.scope.interpolation = interpolation_of(part.scope)
                expr = part.scope.lower(part.tree)
            blocks.append(part.block(expr))
        return Auxiliary(self._name, self._axes, tuple(blocks))

    def _add_lookup(
        self, name: str, parts: Sequence[Part], read: Callable[[Part], Curves]
    ) -> None:
        """Add the lookup that holds the curves of all elements."""
        curves = [Curve((0.0,), (0.0,))] * prod(shape_of(self._axes))
        kind: Interpolation = "linear"
        for part, said in zip(parts, _once(read, parts), strict=True):
            found, kind = said
            numbers = np.arange(len(found)).reshape(tuple(map(len, part.elements)))
            for flat, number in zip(part.flat, part.within(numbers), strict=True):
                curves[flat] = found[number]
        self._lowering.lookups[name] = Lookup(name, self._axes, tuple(curves), kind)


def _once(read: Callable[[Part], Read], parts: Sequence[Part]) -> list[Read]:
    """Return what the equation of each part says; `:EXCEPT:` makes parts of one."""
    first = {id(part.scope.equation): part for part in reversed(parts)}
    found = {key: read(part) for key, part in reversed(first.items())}
    return [found[id(part.scope.equation)] for part in parts]


def _stated(part: Part, literal: Floats | None) -> tuple[Expr, Expr | None]:
    """Return what an equation says, and what it says of the start if that differs."""
    if literal is not None:
        return _literal(part, literal), None
    if part.tree is None:
        part.scope.refuse("it has no equation", "Write one.")
    if pair := part.arguments_of("active initial"):
        active, start = map(part.scope.lower, pair)
        return active, start
    return part.scope.lower(part.tree), None


def _literal(part: Part, literal: Floats) -> Expr:
    """Return a reference to the numbers that one of several equations gives."""
    scope = part.scope
    values = tuple(part.within(literal))
    if len(set(values)) == 1:
        return Number(values[0])
    indices = tuple(index for index, _ in scope.indices)
    if len(indices) == 1:
        return Numbers(indices[0].name, values)
    name = scope.temporary_name()
    scope.lowering.variables[name] = Constant(name, axes_over(indices), values)
    return value_over(name, indices)
