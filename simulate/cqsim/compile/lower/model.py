"""A whole model lowered: its axes, then its variables one after another."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from types import MappingProxyType

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
)
from cqsim.compile.ir import Variable as IrVariable
from cqsim.compile.lower import expression
from cqsim.compile.lower.conveyors import conveyor, conveyor_outflow
from cqsim.compile.lower.data import (
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
from cqsim.compile.lower.tables import data_lookup
from cqsim.compile.separate import separated
from cqsim.errors import FaultsError, InputFileError
from cqsim.language.syntax import Call, canonical
from cqsim.language.vensim import MOST_FAULTS, together
from cqsim.model.kinds import is_computed
from cqsim.model.model import Equation, Model, Variable
from cqsim.model.values import files_of


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a variable that one equation gives, and where it writes."""

    scope: Scope
    sides: tuple[Side, ...]
    target: tuple[Place, ...]
    flat: Positions

    @property
    def equation(self) -> Equation:
        """The equation."""
        return self.scope.equation


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
        MappingProxyType(_in_order(lowering)),
        MappingProxyType(dict(lowering.lookups)),
        MappingProxyType(
            {lowering.shown[v.key]: _note(v) for v in model.variables.values()}
        ),
        MappingProxyType({r.name: r.elements for r in model.ranges.values()}),
        frozenset(lowering.structural),
        tuple(lowering.limits),
        MappingProxyType(files.digests()),
        MappingProxyType(dict(lowering.undefined)),
        model.files,
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
    name = lowering.shown[variable.key]
    if _is_text(variable):
        return
    parts = list(_parts(lowering, variable))
    given = ((part.equation, part.flat) for part in parts)
    holes = refuse_overlap(lowering, variable, given)
    if holes:
        lowering.undefined[name] = holes
    if variable.kind == "lookup":
        _lower_lookup(lowering, variable, parts)
    elif variable.kind == "data":
        _lower_data(lowering, variable, parts)
    elif _is_stock(parts):
        _lower_stock(lowering, variable, parts)
    elif limits.concern(variable) or not _lower_constant(lowering, variable, parts):
        _lower_auxiliary(lowering, variable, parts, limits)


def _is_text(variable: Variable) -> bool:
    """Whether it is Vensim's text constant, which only names a file."""
    return all(e.operator == ":IS:" for e in variable.equations)


def _is_stock(parts: Sequence[Part]) -> bool:
    trees = [part.equation.tree for part in parts]
    return bool(trees) and all(
        isinstance(t, Call) and canonical(t.function) == "integ" for t in trees
    )


def _parts(lowering: Lowering, variable: Variable) -> Iterator[Part]:
    name = lowering.shown[variable.key]
    axes = lowering.axes[variable.key]
    for equation in variable.equations:
        sides = sides_of(lowering.model, equation, equation.subscripts)
        for box in boxes_of(lowering.model, equation, sides):
            indices, target = region_of(lowering, variable.key, sides, box)
            scope = Scope(lowering, name, equation, indices)
            yield Part(scope, sides, target, flat_positions(axes, target))


def _within(part: Part, values: Floats) -> Floats:
    """Return the numbers of a left side at the elements of a part of it, flat."""
    chosen = []
    remaining = iter(part.scope.indices)
    for side, place in zip(part.sides, part.target, strict=True):
        if not isinstance(place, Along):
            chosen.append([0])
            continue
        index, _ = next(remaining)
        order = {key: n for n, key in enumerate(side.keys)}
        chosen.append([order[canonical(e)] for e in index.elements])
    return values[np.ix_(*chosen)].ravel() if chosen else values.ravel()


def _lower_constant(
    lowering: Lowering, variable: Variable, parts: Sequence[Part]
) -> bool:
    """Lower a name all of whose equations are numbers; tell whether it is one."""
    axes = lowering.axes[variable.key]
    values = np.zeros(prod(len(axis.elements) for axis in axes))
    for part in parts:
        literal = literal_of(part.scope, part.sides)
        if literal is None:
            return False
        values[part.flat] = _within(part, literal)
    name = lowering.shown[variable.key]
    lowering.variables[name] = Constant(name, axes, tuple(map(float, values)))
    return True


def _lower_auxiliary(
    lowering: Lowering, variable: Variable, parts: Sequence[Part], limits: Limits
) -> None:
    name, axes = lowering.shown[variable.key], lowering.axes[variable.key]
    # It stands in the list before its equations are lowered: temporaries come after it.
    lowering.variables[name] = Auxiliary(name, axes, ())
    blocks, starts = [], []
    for part in parts:
        left = conveyor_outflow(limits, variable, part.scope, part.target)
        expr, start = _expression(part) if left is None else (left, None)
        now, first = (
            limits.limited(part.scope, variable, found, part.target, is_start=is_start)
            for found, is_start in ((expr, False), (start or expr, True))
        )
        blocks.append(_block(part, now))
        starts.append(_block(part, first))
    at_start = tuple(starts) if starts != blocks else ()
    lowering.variables[name] = Auxiliary(name, axes, tuple(blocks), at_start)


def _expression(part: Part) -> tuple[Expr, Expr | None]:
    """Return what an equation gives, and what it gives at the start if that differs."""
    literal = literal_of(part.scope, part.sides)
    tree = part.equation.tree
    if literal is not None:
        return _literal(part, literal), None
    if tree is None:
        part.scope.refuse("it has no equation", "Write one.")
    if isinstance(tree, Call) and canonical(tree.function) == "active initial":
        active, start = (part.scope.lower(a) for a in tree.arguments)
        return active, start
    return part.scope.lower(tree), None


def _block(part: Part, expr: Expr) -> Block:
    return Block(tuple(i for i, _ in part.scope.indices), part.target, expr)


def _literal(part: Part, literal: Floats) -> Expr:
    """Return a reference to the numbers that one of several equations gives."""
    scope = part.scope
    values = tuple(map(float, _within(part, literal)))
    if len(set(values)) == 1:
        return Number(values[0])
    indices = tuple(index for index, _ in scope.indices)
    if len(indices) == 1:
        return Numbers(indices[0].name, values)
    value = scope.add_over(indices, Auxiliary, Number(0.0))
    axes = scope.lowering.variables[value.variable].axes
    constant = Constant(value.variable, axes, values)
    scope.lowering.variables[value.variable] = constant
    return value


def _lower_stock(lowering: Lowering, variable: Variable, parts: Sequence[Part]) -> None:
    name, axes = lowering.shown[variable.key], lowering.axes[variable.key]
    if variable.equations[0].definition.conveyor is not None:
        conveyor(lowering, variable, [(p.scope, p.target) for p in parts])
        return
    lowering.variables[name] = Stock(name, axes, (), ())
    initial, rate = [], []
    for part in parts:
        tree = part.equation.tree
        if isinstance(tree, Call):
            rate.append(_block(part, part.scope.lower(tree.arguments[0])))
            initial.append(_block(part, part.scope.lower(tree.arguments[1])))
    lowering.variables[name] = Stock(name, axes, tuple(initial), tuple(rate))


def _gathered(
    lowering: Lowering,
    variable: Variable,
    parts: Sequence[Part],
    data: bool,
) -> tuple[tuple[Curve, ...], Interpolation]:
    """Return the curves of all elements of a lookup or data variable."""
    axes = lowering.axes[variable.key]
    size = prod(len(axis.elements) for axis in axes)
    curves: list[Curve] = [Curve((0.0,), (0.0,))] * size
    kind: Interpolation = "linear"
    for part in parts:
        found, kind = (series_of if data else curves_of)(part.scope, part.sides)
        shape = tuple(len(side.elements) for side in part.sides)
        numbers = np.arange(len(found), dtype=np.float64).reshape(shape)
        for flat, number in zip(part.flat, _within(part, numbers), strict=True):
            curves[flat] = found[int(number)]
    return tuple(curves), kind


def _lower_lookup(
    lowering: Lowering, variable: Variable, parts: Sequence[Part]
) -> None:
    name, axes = lowering.shown[variable.key], lowering.axes[variable.key]
    curves, kind = _gathered(lowering, variable, parts, False)
    lowering.lookups[name] = Lookup(name, axes, curves, kind)


def _lower_data(lowering: Lowering, variable: Variable, parts: Sequence[Part]) -> None:
    name, axes = lowering.shown[variable.key], lowering.axes[variable.key]
    lowering.variables[name] = Auxiliary(name, axes, ())
    hidden = data_lookup(name)
    series = [part for part in parts if not is_computed(part.equation.tree)]
    if series:
        curves, kind = _gathered(lowering, variable, series, True)
        lowering.lookups[hidden] = Lookup(hidden, axes, curves, kind)
    blocks = []
    for part in parts:
        expr: Expr = Table(hidden, part.target, Time(held=True))
        if part not in series:
            assert part.equation.tree is not None
            part.scope.interpolation = interpolation_of(part.scope)
            expr = part.scope.lower(part.equation.tree)
        blocks.append(_block(part, expr))
    lowering.variables[name] = Auxiliary(name, axes, tuple(blocks))
