"""A whole model lowered: its axes, then its variables one after another.

Models that are too large to run are refused before memory is taken for them.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from math import prod
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from cqsim.compile.expr import (
    Expr,
    Interpolation,
    Now,
    Numbers,
    Reduce,
    Scalar,
    Table,
    call,
    children,
)
from cqsim.compile.ir import (
    Auxiliary,
    Constant,
    Curve,
    IrVariable,
    Lookup,
    Note,
    Stock,
    System,
    axes_over,
    shape_of,
    value_over,
)
from cqsim.compile.lower import expression
from cqsim.compile.lower.conveyors import (
    conveyor,
    conveyor_outflow,
    cut_flows,
    emptied_by,
)
from cqsim.compile.lower.macros import refuse_expansion
from cqsim.compile.lower.scope import Lowering, Scope
from cqsim.compile.lower.shapes import MOST_ELEMENTS, Part, axes_of, parts_of
from cqsim.compile.lower.tables import data_lookup, kind_of_table
from cqsim.compile.order import ever
from cqsim.compile.separate import separated
from cqsim.errors import MOST_FAULTS, FaultsError, InputFileError, together
from cqsim.language.syntax import Call, Definition, LookupTable, canonical, outputs_of
from cqsim.model.model import Model, Variable, is_computed
from cqsim.model.values import files_of

#: All variables together may have so many elements.
_MOST_IN_ALL = 10 * MOST_ELEMENTS

#: All variables, temporary ones among them, may be so many.
_MOST_VARIABLES = 200_000


def refuse_more(lowering: Lowering) -> None:
    """Refuse a model once what is lowered of it is too large.

    Raises
    ------
    InputFileError
        There are too many variables.
    """
    if len(lowering.variables) > _MOST_VARIABLES:
        what = f"the model comes to more than {_MOST_VARIABLES} variables"
        remedy = "Use fewer macros within macros, and fewer delays."
        raise InputFileError(lowering.model.path, 0, what, remedy)


def refuse_axes(lowering: Lowering) -> None:
    """Refuse a model whose variables are too large, before any is lowered.

    Raises
    ------
    InputFileError
        With the variable that makes it too large.
    """
    total = 0
    for name, axes in lowering.axes.items():
        total += prod(shape_of(axes))
        if total > _MOST_IN_ALL:
            raise _too_large(lowering, name, _MOST_IN_ALL)


def refuse_large(lowering: Lowering) -> None:
    """Refuse a lowered model that would not fit in memory.

    Raises
    ------
    InputFileError
        With the variable whose elements, or sums, are too many.
    """
    constants = total = 0
    for variable in lowering.variables.values():
        size = prod(shape_of(variable.axes))
        total += size
        constants += size if isinstance(variable, Constant) else 0
        if total > _MOST_IN_ALL or constants > MOST_ELEMENTS:
            most = MOST_ELEMENTS if constants > MOST_ELEMENTS else _MOST_IN_ALL
            raise _too_large(lowering, _shown(variable), most)
        for block in ever(variable):
            turns = prod(len(i.elements) for i in block.indices) * _turns(block.expr)
            if turns > MOST_ELEMENTS:
                what = f"it sums over {turns} elements, more than {MOST_ELEMENTS}"
                equation = _equation(lowering, _shown(variable))
                raise equation.fault(what, "Sum over one subscript after the other.")


def _equation(lowering: Lowering, name: str) -> Definition:
    return lowering.model.variables[canonical(name)].equations[0]


def _too_large(lowering: Lowering, name: str, most: int) -> InputFileError:
    what = f"with it the model has more than {most} elements"
    remedy = "Use fewer or shorter subscript ranges."
    return _equation(lowering, name).fault(what, remedy)


def _turns(expr: Expr) -> int:
    """Return how often the innermost part of an expression is computed."""
    own = 1
    if isinstance(expr, Reduce):
        own = prod(len(index.elements) for index in expr.indices)
    return own * max((_turns(child) for child in children(expr)), default=1)


def _shown(variable: IrVariable) -> str:
    name = variable.name
    return name.split("#")[1] if name.startswith("#") else name


# Equations that are data: literals, arrays, cells of files, series over time.


Floats = NDArray[np.float64]
Curves = tuple[list[Curve], Interpolation]
"""The curve of each element, and how they are read between their points."""

_KEYWORDS: dict[str, Interpolation] = {
    "": "linear",
    ":INTERPOLATE:": "linear",
    ":HOLD BACKWARD:": "step",
    ":LOOK FORWARD:": "next",
    ":RAW:": "exact",
}


def literal_of(part: Part) -> Floats | None:
    """Return the numbers of an equation that is data, in the shape of its left side.

    None is returned for an equation that is not data.

    Raises
    ------
    InputFileError
        There are not as many numbers as elements, or a file cannot be read.
    """
    block = part.data.numbers(part.elements)
    return None if block is None else block.values


def curves_of(part: Part) -> Curves:
    """Return the curves of a lookup, one for each element of its left side."""
    tree, scope = part.tree, part.scope
    if isinstance(tree, LookupTable):
        return [scope.curve(tree.points)] * part.count, kind_of_table(tree)
    if not isinstance(tree, Call):
        scope.refuse("a lookup has no points", "Write them, or read them from a file.")
    x, y = part.data.series(tree, part.count, is_lookup=True)
    return [scope.curve(zip(x, row, strict=True)) for row in y], "linear"


def interpolation_of(scope: Scope) -> Interpolation:
    """Return how a data variable is read between its points."""
    return _KEYWORDS[scope.equation.keyword]


def series_of(part: Part) -> Curves:
    """Return the series over time of a data variable, one for each element."""
    tree, definition = part.tree, part.scope.equation
    if tree is None:
        name = definition.name.strip('"')
        series = part.data.named_series(part.elements, name)
    elif isinstance(tree, Call) and canonical(tree.function) in _SERIES:
        times, values = part.data.series(tree, part.count)
        series = [(times, row) for row in values]
    else:
        # Some elements may be series, and others numbers.
        numbers = literal_of(part)
        assert numbers is not None
        series = [(np.zeros(1), np.array([value])) for value in numbers.flat]
    curves = [_curve(part.scope, times, values) for times, values in series]
    return curves, interpolation_of(part.scope)


_SERIES = ("get direct data", "get xls data")


def _curve(scope: Scope, times: Floats, values: Floats) -> Curve:
    there = ~np.isnan(values)
    return scope.curve(zip(times[there].tolist(), values[there].tolist(), strict=True))


Read = TypeVar("Read")


def lower_model(model: Model) -> System:
    """Return the system of equations that a model is lowered to.

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
    # Other equations may read lookups and data.
    for is_data in (True, False):
        found = model.variables.values()
        some = [v for v in found if (v.kind in ("lookup", "data")) is is_data]
        _lower_all(lowering, some, belts)
    cut_flows(lowering)
    for finish in lowering.later:
        finish()
    refuse_large(lowering)
    notes = {
        lowering.shown[v.key]: Note(v.unit, v.documentation, v.line, v.low, v.high)
        for v in model.variables.values()
    }
    system = System(
        model.path,
        model.sha256,
        _in_order(lowering),
        dict(lowering.lookups),
        notes,
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


def _lower_all(
    lowering: Lowering, variables: Sequence[Variable], belts: Mapping[str, str]
) -> None:
    """Lower some variables; report the faults of all of them together."""
    faults: list[InputFileError | FaultsError] = []
    for variable in variables:
        try:
            if not lowering.is_text(variable.key):
                _Whole(lowering, variable, belts).lower()
        except (InputFileError, FaultsError) as fault:
            faults.append(fault)
            if len(faults) >= MOST_FAULTS:
                break
        refuse_more(lowering)
    if faults:
        raise together(faults)


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
            expr: Expr = Table(hidden, part.target, Now(held=True))
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
        return Scalar(values[0])
    indices = tuple(index for index, _ in scope.indices)
    if len(indices) == 1:
        return Numbers(indices[0].name, values)
    name = scope.temporary_name()
    scope.lowering.variables[name] = Constant(name, axes_over(indices), values)
    return value_over(name, indices)
