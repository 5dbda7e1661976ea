"""The state of lowering: what is known of names, and the equation in hand.

Numbers that decide how many equations there are, as the order of a delay does, are
worked out while the model is lowered, from constants that then can't be set.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from cqsim.compile.expr import (
    Expr,
    Index,
    Interpolation,
    IrCall,
    Scalar,
    Table,
    Value,
    indices_of,
    map_expr,
)
from cqsim.compile.ir import (
    Auxiliary,
    Axes,
    Curve,
    IrVariable,
    Limit,
    Lookup,
    State,
    axes_over,
    block_over,
    value_over,
)
from cqsim.errors import InputFileError, did_you_mean
from cqsim.language.expression import folded
from cqsim.language.syntax import Call, Definition, Expression, Reference, canonical
from cqsim.model.data import DataFiles
from cqsim.model.model import Model, SubscriptRange


@dataclass
class Lowering:
    """A model while it is lowered; what comes out is collected here.

    Attributes
    ----------
    expression
        Lowers an expression in an equation: `expression.lower`.
    axes
        The axes of each variable and lookup, by its canonical name.
    shown
        The name in the result, by canonical name.
    undefined
        The flat positions of a variable for which it has no equation, by shown name.
    structural
        Constants that decide how many equations there are, and so can't be set.
    later
        What is left to do once all variables are lowered.
    draws, counted
        How many random streams, and names of indices, there are.
    """

    model: Model
    files: DataFiles
    expression: Callable[["Scope", Expression], Expr]
    axes: dict[str, Axes] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)
    variables: dict[str, IrVariable] = field(default_factory=dict)
    lookups: dict[str, Lookup] = field(default_factory=dict)
    undefined: dict[str, frozenset[int]] = field(default_factory=dict)
    structural: set[str] = field(default_factory=set)
    limits: list[Limit] = field(default_factory=list)
    later: list[Callable[[], None]] = field(default_factory=list)
    draws: int = 0
    counted: int = 0

    def is_lookup(self, name: str) -> bool:
        """Whether a canonical name is a lookup, to be called, and not a variable."""
        found = self.model.variables.get(name)
        return found is not None and found.kind == "lookup"

    def is_text(self, name: str) -> bool:
        """Whether a canonical name is Vensim's text constant, which has no value."""
        found = self.model.variables.get(name)
        return found is not None and found.equations[0].operator == ":IS:"


@dataclass
class Scope:
    """One equation while it is lowered.

    Attributes
    ----------
    owner
        The name of the variable that the equation gives, as messages show it.
    indices
        The indices of the left side, each with the range that it runs over.
    bound
        The indices of the sums around the place in hand, by canonical range name.
    values
        What stands for a name of a macro: its arguments, by canonical name.
    locals
        The lookups of a macro, its arguments among them, by canonical name: each read
        at 0.
    interpolation
        How data are read between their points, in an equation that computes others.
    """

    lowering: Lowering
    owner: str
    equation: Definition
    indices: tuple[tuple[Index, SubscriptRange], ...] = ()
    bound: list[dict[str, Index]] = field(default_factory=list)
    values: Mapping[str, Expr] = field(default_factory=dict)
    locals: Mapping[str, Table] = field(default_factory=dict)
    offset: int | None = None
    interpolation: Interpolation | None = None

    @property
    def model(self) -> Model:
        """The model that the equation stands in."""
        return self.lowering.model

    @property
    def is_xmile(self) -> bool:
        """Whether the model is written in XMILE."""
        return self.model.language == "xmile"

    def lower(self, node: Expression) -> Expr:
        """Return the expression that a tree stands for in this equation."""
        return self.lowering.expression(self, node)

    def lower_all(self, node: Call) -> list[Expr]:
        """Return the arguments of a call."""
        return [self.lower(argument) for argument in node.arguments]

    def fault(self, what: str, remedy: str) -> InputFileError:
        """Return the error for what is wrong at the place in hand."""
        return self.equation.fault(what, remedy, self.offset)

    def refuse(self, what: str, remedy: str) -> NoReturn:
        """Raise the error for what is wrong at the place in hand."""
        raise self.fault(what, remedy)

    def unknown(self, name: str) -> InputFileError:
        """Return the error for a name that the model does not have."""
        known = [v.name for v in self.model.variables.values()]
        known += [entry.name for entry in self.model.ranges.values()]
        return self.fault(f"'{name}' is not defined", did_you_mean(name, known))

    def own_element(self, dimension: str) -> str | None:
        """Return the element of a dimension for which XMILE gives this equation."""
        definition = self.equation
        pairs = zip(definition.dimensions, definition.subscripts, strict=False)
        for named, subscript in pairs:
            same = canonical(named) == canonical(dimension)
            if same and canonical(named) != canonical(subscript):
                return canonical(subscript)
        return None

    # Indices.

    def open_index(self, key: str, name: str, elements: tuple[str, ...]) -> Index:
        """Return the index of a range in the innermost sum, opened where it is new."""
        current = self.bound[-1]
        if key not in current:
            current[key] = Index(self.index_name(name), elements)
        return current[key]

    def index_name(self, name: str) -> str:
        """Return a name that no other index has, after a range."""
        self.lowering.counted += 1
        return f"{name}!{self.lowering.counted}"

    @property
    def in_reach(self) -> tuple[Index, ...]:
        """The indices in scope, the outer first."""
        inner = (index for opened in self.bound for index in opened.values())
        return (*(index for index, _ in self.indices), *inner)

    def twin(self, index: Index) -> Index:
        """Return a second index over the same elements."""
        return Index(self.index_name(index.name), index.elements)

    def reachable(self, *exprs: Expr) -> tuple[Index, ...]:
        """Return the indices in scope that expressions depend on, the outer first."""
        needed = frozenset().union(*map(indices_of, exprs))
        return tuple(index for index in self.in_reach if index.name in needed)

    # Variables that the equation needs beside its own.

    def temporary_name(self) -> str:
        """Return a name for a variable within this equation."""
        return f"#{self.owner}#{len(self.lowering.variables)}"

    def add(self, kind: Callable[..., IrVariable], *exprs: Expr) -> Value:
        """Add a variable with these equations, over the indices that they use."""
        return self.add_over(self.reachable(*exprs), kind, *exprs)

    def add_over(
        self, indices: tuple[Index, ...], kind: Callable[..., IrVariable], *exprs: Expr
    ) -> Value:
        """Add a variable with these equations, over these indices."""
        return self.put(self.temporary_name(), indices, kind, *exprs)

    def put(
        self,
        name: str,
        indices: tuple[Index, ...],
        kind: Callable[..., IrVariable],
        *exprs: Expr,
    ) -> Value:
        """Add a variable of this name, with these equations over these indices."""
        blocks = (block_over(indices, expr) for expr in exprs)
        self.lowering.variables[name] = kind(name, axes_over(indices), *blocks)
        return value_over(name, indices)

    def stored(self, indices: tuple[Index, ...], expr: Expr) -> Value:
        """Return a reference to an expression that is computed over these indices."""
        return self.add_over(indices, Auxiliary, expr)

    def add_state(
        self, kind: type[State], initial: Expr, change: Callable[[Value], Expr]
    ) -> Value:
        """Add a state; its change may depend on the state itself."""
        own = Value("#")
        expr = change(own)
        indices = self.reachable(initial, expr)
        value = value_over(self.temporary_name(), indices)
        expr = map_expr(expr, lambda part: value if part == own else part)
        return self.add_over(indices, kind, initial, expr)

    def named(self, expr: Expr) -> Expr:
        """Return a reference to an expression that is computed once."""
        if isinstance(expr, (Scalar, Value)):
            return expr
        return self.add(Auxiliary, expr)

    def uniform(self, seed: Expr) -> Value:
        """Return a draw between 0 and 1, neither included, of each element its own."""
        noise = self.lowering.shown.get("noise seed")
        element: Expr = ZERO
        for index in self.in_reach:
            element = element * len(index.elements) + index.numbered()
        stream = Scalar(float(self.lowering.draws))
        self.lowering.draws += 1
        seed = seed + Value(noise) if noise else seed
        return self.add(Auxiliary, IrCall("draw", (seed, stream, element, ZERO)))

    def control(self, name: str) -> Value:
        """Return a variable of the clock, by its canonical name."""
        return Value(self.lowering.shown[name])

    def define(self, output: str, expr: Expr) -> None:
        """Give a variable that a call has as a further output its value."""
        key = canonical(output)
        self.lowering.shown.setdefault(key, output.strip('"'))
        indices = self.reachable(expr)
        self.lowering.axes[key] = axes_over(indices)
        self.put(self.lowering.shown[key], indices, Auxiliary, expr)

    def add_lookup(
        self, points: Iterable[tuple[float, float]], interpolation: Interpolation
    ) -> str:
        """Add a lookup that is written within the equation, and return its name."""
        name = f"#{self.owner}#lookup{len(self.lowering.lookups)}"
        curve = self.curve(points)
        self.lowering.lookups[name] = Lookup(name, (), (curve,), interpolation)
        return name

    def curve(self, points: Iterable[tuple[float, float]]) -> Curve:
        """Return the points of a lookup by rising x; two at one x are a step."""
        pairs = sorted(points, key=lambda point: point[0])
        x, y = tuple(a for a, _ in pairs), tuple(b for _, b in pairs)
        if not x:
            self.refuse("a lookup has no points", "Write some.")
        if not all(map(math.isfinite, (*x, *y))):
            self.refuse("a point of a lookup is no finite number", "Correct it.")
        return Curve(x, y)

    def tree_of(self, name: str, place: Sequence[str] = ()) -> Expression | None:
        """Return the one equation of a variable, or the one that gives an element."""
        found = self.model.variables.get(name)
        wanted = [canonical(element) for element in place]
        trees = [
            equation.value
            for equation in (found.equations if found else ())
            if [canonical(s) for s in equation.subscripts] == wanted
        ]
        if not trees and place and found is not None and len(found.equations) == 1:
            trees = [found.equations[0].value]
        return trees[0] if len(trees) == 1 else None


OPERATORS = {
    "+": "add",
    "-": "subtract",
    "*": "multiply",
    "/": "divide",
    "^": "power",
    "=": "equal",
    "<>": "unequal",
    "<": "less",
    "<=": "at most",
    ">": "greater",
    ">=": "at least",
    ":AND:": "and",
    ":OR:": "or",
}

Handler = Callable[[Scope, Call], Expr]
"""Lowers a call of one function."""

ZERO, ONE = Scalar(0.0), Scalar(1.0)


# Numbers known while the model is lowered.


#: Constants that lead to constants, at most.
_DEEPEST = 20
#: What XMILE calls the variables of the clock.
CLOCK = {"starttime": "initial time", "stoptime": "final time", "dt": "time step"}
_FUNCTIONS: Mapping[str, Callable[..., float]] = {
    "integer": lambda x: float(math.trunc(x)),
    "int": lambda x: float(math.floor(x)),
    "max": lambda *numbers: max(numbers),
    "min": lambda *numbers: min(numbers),
}


def constant_number(scope: Scope, node: Expression) -> float | None:
    """Return what an expression of constants is through the run; None for others."""
    return _Evaluation(scope, may_step=False).result(node)


def start_number(scope: Scope, node: Expression) -> float | None:
    """Return what an expression of constants is at the start; None for others."""
    return _Evaluation(scope, may_step=True).result(node)


def clock_number(scope: Scope, name: str) -> float | None:
    """Return a variable of the clock, if it is a constant, which then can't be set."""
    return constant_number(scope, Reference(0, 0, name))


@dataclass
class _Evaluation:
    """The evaluation of an expression, and the constants that it has met."""

    scope: Scope
    may_step: bool
    met: set[str] = field(default_factory=set)
    depth: int = 0

    def result(self, node: Expression) -> float | None:
        found = self._number(node)
        if found is not None:
            self.scope.lowering.structural |= self.met
        return found

    def _number(self, node: Expression) -> float | None:
        if self.depth > _DEEPEST:
            return None
        self.depth += 1
        found = folded(node, self._of)
        self.depth -= 1
        return found

    def _of(self, node: Expression) -> float | None:
        match node:
            case Reference(name=name, subscripts=subscripts):
                return self._of_name(canonical(name), tuple(map(str, subscripts)))
            case Call():
                return self._of_call(node)
            case _:
                return None

    def _of_name(self, name: str, place: tuple[str, ...] = ()) -> float | None:
        scope = self.scope
        if name in scope.values:
            value = scope.values[name]
            return value.value if isinstance(value, Scalar) else None
        if scope.is_xmile:
            name = CLOCK.get(name, name)
        tree = scope.tree_of(name, place) if name in scope.lowering.axes else None
        if tree is None:
            return None
        self.met.add(scope.lowering.shown[name])
        return self._number(tree)

    def _of_call(self, node: Call) -> float | None:
        name = canonical(node.function)
        named = [canonical(a.name) for a in node.arguments if isinstance(a, Reference)]
        if name in ("elmcount", "size") and named:
            found = self.scope.model.ranges.get(named[0])
            return None if found is None else float(len(found.elements))
        given = [self._number(argument) for argument in node.arguments]
        numbers = [number for number in given if number is not None]
        if len(numbers) != len(given) or not numbers:
            return None
        if name == "step" and self.may_step and len(numbers) == 2:
            begin, step = map(self._of_name, ("initial time", "time step"))
            if begin is None or step is None:
                return None
            return numbers[0] if begin + step / 2 > numbers[1] else 0.0
        return _FUNCTIONS[name](*numbers) if name in _FUNCTIONS else None
