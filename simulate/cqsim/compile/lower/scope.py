"""The state of lowering: what is known of names, and the equation in hand."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from cqsim.compile.expr import (
    Along,
    Call,
    Expr,
    Index,
    Interpolation,
    Number,
    Place,
    Value,
    indices_of,
)
from cqsim.compile.ir import (
    Auxiliary,
    Axes,
    Axis,
    Block,
    Curve,
    Initial,
    Limit,
    Lookup,
    Stock,
    Variable,
)
from cqsim.errors import InputFileError, did_you_mean
from cqsim.language.syntax import Call as SyntaxCall
from cqsim.language.syntax import Expression, canonical
from cqsim.model.data import DataFiles
from cqsim.model.model import Equation, Model, SubscriptRange


@dataclass
class Lowering:
    """A model while it is lowered; what comes out is collected here.

    Attributes
    ----------
    axes
        The axes of each variable and lookup, by its canonical name.
    shown
        The name in the result, by canonical name.
    undefined
        The flat positions of a variable for which it has no equation, by shown name.
    structural
        Constants that decide how many equations there are, and so can't be set.
    profiles
        Variables that hold priority profiles, each with the scope that uses it.
    draws, counted
        How many random streams, and names of indices, there are.
    """

    model: Model
    files: DataFiles
    axes: dict[str, Axes] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)
    variables: dict[str, Variable] = field(default_factory=dict)
    lookups: dict[str, Lookup] = field(default_factory=dict)
    undefined: dict[str, frozenset[int]] = field(default_factory=dict)
    structural: set[str] = field(default_factory=set)
    limits: list[Limit] = field(default_factory=list)
    profiles: list[tuple["Scope", str]] = field(default_factory=list)
    draws: int = 0
    counted: int = 0

    def is_lookup(self, name: str) -> bool:
        """Whether a canonical name is a lookup, to be called, and not a variable."""
        found = self.model.variables.get(name)
        return found is not None and found.kind == "lookup"


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
        The variables and lookups of a macro, by canonical name.
    interpolation
        How data are read between their points, in an equation that computes others.
    """

    lowering: Lowering
    owner: str
    equation: Equation
    indices: tuple[tuple[Index, SubscriptRange], ...] = ()
    bound: list[dict[str, Index]] = field(default_factory=list)
    values: Mapping[str, Expr] = field(default_factory=dict)
    locals: Mapping[str, str] = field(default_factory=dict)
    depth: int = 0
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
        definition = self.equation.definition
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

    def reachable(self, *exprs: Expr) -> tuple[Index, ...]:
        """Return the indices in scope that expressions depend on, the outer first."""
        needed = frozenset().union(*map(indices_of, exprs))
        outer = [index for index, _ in self.indices]
        inner = [index for opened in self.bound for index in opened.values()]
        return tuple(i for i in (*outer, *inner) if i.name in needed)

    # Variables that the equation needs beside its own.

    def temporary_name(self) -> str:
        """Return a name for a variable within this equation."""
        return f"#{self.owner}#{len(self.lowering.variables)}"

    def add(self, kind: Callable[..., Variable], *exprs: Expr) -> Value:
        """Add a variable with these equations, over the indices that they use."""
        return self.add_over(self.reachable(*exprs), kind, *exprs)

    def add_over(
        self, indices: tuple[Index, ...], kind: Callable[..., Variable], *exprs: Expr
    ) -> Value:
        """Add a variable with these equations, over these indices."""
        name = self.temporary_name()
        blocks = (block_over(indices, expr) for expr in exprs)
        self.lowering.variables[name] = kind(name, axes_over(indices), *blocks)
        return value_over(name, indices)

    def add_stock(self, initial: Expr, rate: Callable[[Value], Expr]) -> Value:
        """Add a stock; its rate may depend on the stock itself."""
        indices = self.reachable(initial, rate(Value("#")))
        name = self.temporary_name()
        value = value_over(name, indices)
        self.lowering.variables[name] = Stock(
            name,
            axes_over(indices),
            block_over(indices, initial),
            block_over(indices, rate(value)),
        )
        return value

    def named(self, expr: Expr) -> Expr:
        """Return a reference to an expression that is computed once."""
        if isinstance(expr, (Number, Value)):
            return expr
        return self.add(Auxiliary, expr)

    def add_initial(self, expr: Expr) -> Value:
        """Return a reference to the value that an expression has at the start."""
        return self.add(Initial, expr)

    def define(self, output: str, expr: Expr) -> None:
        """Give a variable that a call has as a further output its value."""
        key = canonical(output)
        self.lowering.shown.setdefault(key, output.strip('"'))
        indices = self.reachable(expr)
        self.lowering.axes[key] = axes_over(indices)
        name = self.lowering.shown[key]
        block = block_over(indices, expr)
        self.lowering.variables[name] = Auxiliary(name, axes_over(indices), block)

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
            equation.tree
            for equation in (found.equations if found else ())
            if [canonical(s) for s in equation.subscripts] == wanted
        ]
        if not trees and place and found is not None and len(found.equations) == 1:
            trees = [found.equations[0].tree]
        return trees[0] if len(trees) == 1 else None


Lower = Callable[[Scope, Expression], Expr]
"""Lowers an expression: `expression.lower`, handed down to what it calls."""

Handler = Callable[[Scope, SyntaxCall, Lower], Expr]
"""Lowers a call of one function."""


def axes_over(indices: tuple[Index, ...]) -> Axes:
    """Return axes with one element for each setting of the indices."""
    return tuple(Axis(index.name, index.elements) for index in indices)


def places_over(indices: tuple[Index, ...]) -> tuple[Place, ...]:
    """Return the place at the setting of each index, in full."""
    return tuple(
        Along(index.name, tuple(range(len(index.elements)))) for index in indices
    )


def block_over(indices: tuple[Index, ...], expr: Expr) -> tuple[Block, ...]:
    """Return the one equation of a temporary variable."""
    return (Block(indices, places_over(indices), expr),)


def value_over(name: str, indices: tuple[Index, ...]) -> Value:
    """Return the reference to a temporary variable at the setting of its indices."""
    return Value(name, places_over(indices))


def call(function: str, *arguments: Expr) -> Expr:
    """Return a call, or the number that arithmetic on numbers comes to."""
    numbers = [a.value for a in arguments if isinstance(a, Number)]
    if len(numbers) == len(arguments) and function in _FOLDED:
        try:
            value = _FOLDED[function](*numbers)
        except (ArithmeticError, ValueError):
            return Call(function, arguments)
        if math.isfinite(value):
            return Number(value)
    return Call(function, arguments)


_FOLDED: dict[str, Callable[..., float]] = {
    "negative": lambda x: -x,
    "add": lambda x, y: x + y,
    "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / y,
    "power": math.pow,
}


def plus(x: Expr, y: Expr) -> Expr:
    """Return x + y."""
    return call("add", x, y)


def minus(x: Expr, y: Expr) -> Expr:
    """Return x - y."""
    return call("subtract", x, y)


def times(x: Expr, y: Expr) -> Expr:
    """Return x * y."""
    return call("multiply", x, y)


def over(x: Expr, y: Expr) -> Expr:
    """Return x / y."""
    return call("divide", x, y)


def either(condition: Expr, yes: Expr, no: Expr) -> Expr:
    """Return one of two expressions, by a condition."""
    return Call("if", (condition, yes, no))


ZERO, ONE = Number(0.0), Number(1.0)
