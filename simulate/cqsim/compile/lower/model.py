"""A whole model lowered: its axes, then its variables one after another."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np

from cqsim.compile.expr import (
    Along,
    Expr,
    Interpolation,
    Number,
    Numbers,
    Place,
    Table,
    Time,
)
from cqsim.compile.ir import (
    Auxiliary,
    Block,
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
from cqsim.compile.lower.conveyors import conveyor, conveyor_outflow
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
from cqsim.compile.lower.material import Limits, limits_of
from cqsim.compile.lower.scope import Lowering, Scope
from cqsim.compile.lower.shapes import (
    Positions,
    Side,
    axes_of,
    boxes_of,
    flat_positions,
    refuse_overlap,
    region_of,
    sides_of,
)
from cqsim.compile.lower.subscripts import keys_of, order_of
from cqsim.compile.lower.tables import data_lookup
from cqsim.compile.separate import separated
from cqsim.errors import FaultsError, InputFileError
from cqsim.language.syntax import Call, Expression, canonical
from cqsim.language.vensim import MOST_FAULTS, together
from cqsim.model.kinds import is_computed
from cqsim.model.model import Model, Variable
from cqsim.model.values import files_of


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
    refuse_axes(lowering)
    limits = limits_of(lowering)
    for variables in _lookups_first(model):
        _lower_all(lowering, variables, limits)
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
    lowering: Lowering, variables: Sequence[Variable], limits: Limits
) -> None:
    """Lower some variables; tell what is wrong with all of them together."""
    faults: list[InputFileError | FaultsError] = []
    for variable in variables:
        try:
            _lower_variable(lowering, variable, limits)
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


def _lower_variable(lowering: Lowering, variable: Variable, limits: Limits) -> None:
    if any(e.operator != ":IS:" for e in variable.equations):
        # Vensim's text constant only names a file.
        _Whole(lowering, variable, limits).lower()


@dataclass(frozen=True)
class _Part:
    """A part of a variable that one equation gives, and where it writes."""

    scope: Scope
    sides: tuple[Side, ...]
    target: tuple[Place, ...]
    flat: Positions

    @property
    def tree(self) -> Expression | None:
        """The right side."""
        return self.scope.equation.tree

    @cached_property
    def literal(self) -> Floats | None:
        """The numbers of an equation that is data, of all its elements."""
        return literal_of(self.scope, self.sides)

    def block(self, expr: Expr) -> Block:
        """Return the equation that gives this part."""
        return Block(tuple(i for i, _ in self.scope.indices), self.target, expr)

    def within(self, values: Floats) -> Floats:
        """Return the numbers of a left side at the elements of this part, flat."""
        chosen = []
        remaining = iter(self.scope.indices)
        for side, place in zip(self.sides, self.target, strict=True):
            order = order_of(side.elements)
            own = next(remaining)[0].elements if isinstance(place, Along) else None
            chosen.append([order[key] for key in keys_of(own)] if own else [0])
        return values[np.ix_(*chosen)].ravel() if chosen else values.ravel()

    def arguments_of(self, function: str) -> tuple[Expression, ...]:
        """Return the arguments of a function that is all of its equation, or none."""
        tree = self.tree
        is_call = isinstance(tree, Call) and canonical(tree.function) == function
        return tree.arguments if isinstance(tree, Call) and is_call else ()


class _Whole:
    """A variable with all its parts, while it is lowered."""

    def __init__(self, lowering: Lowering, variable: Variable, limits: Limits) -> None:
        self._lowering, self._variable, self._limits = lowering, variable, limits
        self._name = lowering.shown[variable.key]
        self._axes = lowering.axes[variable.key]
        self._parts = list(self._split())
        given = ((part.scope.equation, part.flat) for part in self._parts)
        holes = refuse_overlap(lowering, variable, given)
        if holes:
            lowering.undefined[self._name] = holes

    def _split(self) -> Iterator[_Part]:
        model, key = self._lowering.model, self._variable.key
        for equation in self._variable.equations:
            sides = sides_of(model, equation, equation.subscripts)
            for box in boxes_of(model, equation, sides):
                indices, target = region_of(self._lowering, key, sides, box)
                scope = Scope(self._lowering, self._name, equation, indices)
                yield _Part(scope, sides, target, flat_positions(self._axes, target))

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
        elif not self._limits.concern(self._variable) and self._is_constant():
            make = self._constant
        else:
            make = self._auxiliary
        # It is listed before its equations are lowered: temporaries come after it.
        self._lowering.variables[self._name] = Auxiliary(self._name, self._axes, ())
        self._lowering.variables[self._name] = make()

    def _is_constant(self) -> bool:
        return all(part.literal is not None for part in self._parts)

    def _constant(self) -> Constant:
        values = np.zeros(prod(shape_of(self._axes)))
        for part in self._parts:
            assert part.literal is not None
            values[part.flat] = part.within(part.literal)
        return Constant(self._name, self._axes, tuple(map(float, values)))

    def _auxiliary(self) -> Auxiliary:
        blocks, starts = [], []
        for part in self._parts:
            pair = self._now_and_first(part)
            blocks.append(part.block(pair[0]))
            starts.append(part.block(pair[1]))
        at_start = tuple(starts) if starts != blocks else ()
        return Auxiliary(self._name, self._axes, tuple(blocks), at_start)

    def _now_and_first(self, part: _Part) -> tuple[Expr, Expr]:
        """Return what an equation gives, and what it gives at the start."""
        limits, variable, scope = self._limits, self._variable, part.scope
        found = conveyor_outflow(limits, variable, scope, part.target)
        start = None
        if found is None and part.literal is not None:
            found = _literal(part, part.literal)
        elif found is None and part.arguments_of("active initial"):
            found, start = map(scope.lower, part.arguments_of("active initial"))
        elif found is None and part.tree is None:
            scope.refuse("it has no equation", "Write one.")
        elif found is None and part.tree is not None:
            found = scope.lower(part.tree)
        assert found is not None
        given = scope, variable
        now = limits.limited(*given, found, part.target)
        return now, limits.limited(*given, start or found, part.target, is_start=True)

    def _stock(self) -> IrVariable:
        if self._variable.equations[0].definition.conveyor is not None:
            pairs = [(part.scope, part.target) for part in self._parts]
            return conveyor(self._lowering, self._variable, pairs)
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
        self, name: str, parts: Sequence[_Part], read: Callable[..., Curves]
    ) -> None:
        """Add the lookup that holds the curves of all elements."""
        curves = [Curve((0.0,), (0.0,))] * prod(shape_of(self._axes))
        kind: Interpolation = "linear"
        for part in parts:
            found, kind = read(part.scope, part.sides)
            shape = tuple(len(side.elements) for side in part.sides)
            numbers = np.arange(len(found), dtype=np.float64).reshape(shape)
            for flat, number in zip(part.flat, part.within(numbers), strict=True):
                curves[flat] = found[int(number)]
        self._lowering.lookups[name] = Lookup(name, self._axes, tuple(curves), kind)


def _literal(part: _Part, literal: Floats) -> Expr:
    """Return a reference to the numbers that one of several equations gives."""
    scope = part.scope
    values = tuple(map(float, part.within(literal)))
    if len(set(values)) == 1:
        return Number(values[0])
    indices = tuple(index for index, _ in scope.indices)
    if len(indices) == 1:
        return Numbers(indices[0].name, values)
    name = scope.temporary_name()
    scope.lowering.variables[name] = Constant(name, axes_over(indices), values)
    return value_over(name, indices)
