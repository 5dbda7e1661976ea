"""Rewrite equations so that less is computed: what a sum repeats, what time repeats.

Each rewriting keeps the value up to rounding, and depends on the equations alone, never
on the runs or outputs. Names of ours stand for what is taken out of an expression.
"""

from dataclasses import replace

from cqsim.codegen.inline import inline_pairs
from cqsim.codegen.need import equations_of, exprs_of, with_equations
from cqsim.compile.ir import (
    CONDITIONS,
    Along,
    Auxiliary,
    Axis,
    Block,
    Call,
    Expr,
    Index,
    Number,
    Place,
    Reduce,
    Root,
    System,
    Table,
    Value,
    Variable,
    indices_of,
    walk,
)
from cqsim.compile.order import is_timed, plan_of

#: Functions that cost about what loading their result would; all others are dear.
_CHEAP = frozenset(
    (
        *CONDITIONS,
        "add",
        "subtract",
        "multiply",
        "negative",
        "absolute",
        "if",
        "minimum",
        "maximum",
        "truncate",
    )
)


def simplify(system: System) -> System:
    """Return a system whose variables take less work.

    It does not depend on what is recorded, nor do the bits of the numbers.
    """
    inlined, aside = inline_pairs(system)
    variables = {**inlined.variables, **aside}
    return _Taker(replace(system, variables=variables)).taken_apart()


class _Taker:
    """Takes out of equations what need not be computed where it stands."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._moving = plan_of(system).moving
        self._added: dict[str, Variable] = {}
        self._names: dict[tuple[Expr, tuple[Index, ...]], str] = {}

    def taken_apart(self) -> System:
        variables = {n: self._variable(v) for n, v in self._system.variables.items()}
        return replace(self._system, variables={**variables, **self._added})

    def _variable(self, variable: Variable) -> Variable:
        if not exprs_of(variable):
            return variable
        fields = {
            name: tuple(self._block(variable, block) for block in blocks)
            for name, blocks in equations_of(variable).items()
        }
        return with_equations(variable, fields)

    def _block(self, variable: Variable, block: Block) -> Block:
        outer = {index.name: index for index in block.indices}
        moving = variable.name in self._moving
        return replace(block, expr=self._expr(block.expr, outer, moving))

    def _expr(self, expr: Expr, scope: dict[str, Index], moving: bool) -> Expr:
        if moving and _is_dear(expr) and not self._is_moving(expr):
            return self._take(expr, scope)
        if isinstance(expr, Reduce):
            return self._reduce(expr, scope, moving)
        match expr:
            case Call(arguments=arguments):
                parts = tuple(self._expr(a, scope, moving) for a in arguments)
                return replace(expr, arguments=parts)
            case Table(at=at):
                return replace(expr, at=self._expr(at, scope, moving))
            case _:
                return expr

    def _reduce(self, reduce: Reduce, scope: dict[str, Index], moving: bool) -> Expr:
        inner = {index.name: index for index in reduce.indices}
        wider = {**scope, **inner}
        body = self._expr(reduce.body, wider, moving)
        if reduce.function != "sum" or not scope:
            return replace(reduce, body=body)
        above, below = _factors(body)
        own = frozenset(inner)
        outside = [
            [f for f in side if not indices_of(f) & own] for side in (above, below)
        ]
        alone = [
            [f for f in side if indices_of(f) and indices_of(f) <= own]
            for side in (above, below)
        ]
        taken = {id(f) for side in (*outside, *alone) for f in side}
        both = [[f for f in side if id(f) not in taken] for side in (above, below)]
        if not both[0] and not both[1]:
            return replace(reduce, body=body)
        single = _joined(*alone)
        if isinstance(single, Call):
            single = self._take(single, inner)
        left = [single] if single != Number(1.0) else []
        total: Expr = replace(reduce, body=_joined([*left, *both[0]], both[1]))
        return _joined([*outside[0], total], outside[1])

    def _is_moving(self, expr: Expr) -> bool:
        for part in walk(expr):
            if isinstance(part, Value) and part.variable in self._moving:
                return True
            if is_timed(part):
                return True
        return False

    def _take(self, expr: Expr, scope: dict[str, Index]) -> Expr:
        """Return a reference to an expression under a name of ours."""
        needed = indices_of(expr)
        indices = tuple(index for name, index in scope.items() if name in needed)
        places: tuple[Place, ...] = tuple(
            Along(index.name, tuple(range(len(index.elements)))) for index in indices
        )
        key = (expr, indices)
        if key not in self._names:
            name = f"#part{len(self._names)}"
            self._names[key] = name
            axes = tuple(Axis(index.name, index.elements) for index in indices)
            self._added[name] = Auxiliary(name, axes, (Block(indices, places, expr),))
        return Value(self._names[key], places)


def _is_dear(expr: Expr) -> bool:
    if isinstance(expr, Reduce | Root | Table):
        return True
    return isinstance(expr, Call) and any(
        isinstance(part, Call) and part.function not in _CHEAP for part in walk(expr)
    )


def _factors(expr: Expr) -> tuple[list[Expr], list[Expr]]:
    """Return what an expression multiplies, and what it divides by."""
    if isinstance(expr, Call) and expr.function == "multiply":
        first, second = (_factors(argument) for argument in expr.arguments)
        return [*first[0], *second[0]], [*first[1], *second[1]]
    if isinstance(expr, Call) and expr.function == "divide":
        first, second = (_factors(argument) for argument in expr.arguments)
        return [*first[0], *second[1]], [*first[1], *second[0]]
    return [expr], []


def _joined(above: list[Expr], below: list[Expr]) -> Expr:
    """Return a product, divided by another."""
    result = _product(above)
    return Call("divide", (result, _product(below))) if below else result


def _product(factors: list[Expr]) -> Expr:
    if not factors:
        return Number(1.0)
    result = factors[0]
    for factor in factors[1:]:
        result = Call("multiply", (result, factor))
    return result
