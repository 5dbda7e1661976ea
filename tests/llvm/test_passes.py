"""Random small systems: no pass changes what comes out, nor does how it is compiled."""

from functools import partial

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cqsim.compile.expr import (
    Along,
    Expr,
    Fixed,
    Index,
    IrCall,
    Now,
    Numbers,
    Place,
    Reduce,
    Scalar,
    Table,
    TimeStep,
    Value,
)
from cqsim.compile.ir import (
    Auxiliary,
    Axes,
    Block,
    Constant,
    Curve,
    FixedDelay,
    IrVariable,
    Lookup,
    Memory,
    Method,
    Stock,
    System,
    shape_of,
)
from cqsim.compile.simplify import simplify
from cqsim.llvm.native import Opt
from models import axis, system
from running import simulate

AXIS = axis("n", 3)
SHAPES: list[Axes] = [(), (AXIS,), (AXIS, AXIS)]
CURVE = Lookup("curve", (), (Curve((-1.0, 0.0, 0.5), (0.3, 1.0, -0.4)),))
BINARY = ("add", "subtract", "multiply", "minimum", "maximum")
UNARY = ("sin", "cos", "negative", "absolute", "arctan")


class Maker:
    """Makes variables that read those made before, and stocks, at any element.

    Every equation is a sine, so that nothing grows; what is compared is the time only,
    so that rounding decides nothing.
    """

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self.known: dict[str, Axes] = {}
        self._indices = 0

    def number(self, most: int) -> int:
        return self._draw(st.integers(0, most))

    def one_of(self, count: int) -> bool:
        return self.number(count - 1) == 0

    def blocks(self, axes: Axes) -> tuple[Block, ...]:
        indices = tuple(self.index() for _ in axes)
        target = tuple(Along(index.name, (0, 1, 2)) for index in indices)
        return (Block(indices, target, IrCall("sin", (self.expr(indices, 3),))),)

    def index(self) -> Index:
        self._indices += 1
        return Index(f"i{self._indices}", AXIS.elements)

    def expr(self, scope: tuple[Index, ...], depth: int) -> Expr:
        kind = self.number(9) if depth else self.number(3)
        if kind <= 3:
            return self.leaf(scope, kind)
        if kind <= 5:
            name = BINARY[self.number(len(BINARY) - 1)]
            both = self.expr(scope, depth - 1), self.expr(scope, depth - 1)
            return IrCall(name, both)
        if kind == 6:
            name = UNARY[self.number(len(UNARY) - 1)]
            return IrCall(name, (self.expr(scope, depth - 1),))
        if kind == 7:
            return Table("curve", (), self.expr(scope, depth - 1))
        if kind == 8:
            late = IrCall("greater", (Now(), Scalar(2.5)))
            both = self.expr(scope, depth - 1), self.expr(scope, depth - 1)
            return IrCall("if", (late, *both))
        inner = self.index()
        return Reduce("sum", (inner,), self.expr((*scope, inner), depth - 1))

    def leaf(self, scope: tuple[Index, ...], kind: int) -> Expr:
        if kind == 0 and scope:
            return Numbers(scope[-1].name, (0.5, -1.0, 0.25))
        if kind == 1:
            return (Now(), TimeStep(), Scalar(0.7))[self.number(2)]
        name = list(self.known)[self.number(len(self.known) - 1)]
        places = tuple(self.place(scope) for _ in self.known[name])
        return Value(name, places)

    def place(self, scope: tuple[Index, ...]) -> Place:
        if not scope or self.one_of(5):
            return Fixed(self.number(2))
        turned = ((0, 1, 2), (0, 1, 2), (2, 0, 1))[self.number(2)]
        return Along(scope[self.number(len(scope) - 1)].name, turned)

    def state(self, name: str, axes: Axes) -> IrVariable:
        kind = self.number(3)
        start, change = self.start(axes), self.blocks(axes)
        if kind == 0:
            return Memory(name, axes, start, change)
        if kind == 1:
            delay = tuple(Block(b.indices, b.target, Scalar(1.0)) for b in start)
            return FixedDelay(name, axes, start, change, delay)
        return Stock(name, axes, start, change)

    def start(self, axes: Axes) -> tuple[Block, ...]:
        indices = tuple(self.index() for _ in axes)
        target = tuple(Along(index.name, (0, 1, 2)) for index in indices)
        return (Block(indices, target, Value("c")),)


@st.composite
def systems(draw: st.DrawFn) -> System:
    maker = Maker(draw)
    values = (0.3, -0.2, 0.9)
    variables: list[IrVariable] = [
        Constant("c", (), (0.4,)),
        Constant("k", (AXIS,), values),
    ]
    states = {f"s{n}": SHAPES[maker.number(2)] for n in range(2)}
    maker.known = {"c": (), "k": (AXIS,), **states}
    for number in range(1 + maker.number(5)):
        axes = SHAPES[maker.number(2)]
        name = f"a{number}"
        variables.append(Auxiliary(name, axes, maker.blocks(axes)))
        maker.known[name] = axes
    variables += [maker.state(name, axes) for name, axes in states.items()]
    return system(*variables, lookups=(CURVE,))


SLOWLY = settings(
    max_examples=20, deadline=None, suppress_health_check=list(HealthCheck)
)


def test_a_sum_keeps_the_factors_and_divisors_that_leave_it() -> None:
    outer, inner = Index("i", AXIS.elements), Index("j", AXIS.elements)
    own, other = (Value("k", (index.whole,)) for index in (outer, inner))
    both = Value("m", (outer.whole, inner.whole))
    body = own * both * other / (own + 2) / (other + 3)
    block = Block((outer,), (outer.whole,), Reduce("sum", (inner,), body))
    k, m = (0.3, -0.2, 0.9), tuple(float(n) for n in range(9))
    model = system(
        Constant("k", (AXIS,), k),
        Constant("m", (AXIS, AXIS), m),
        Auxiliary("a", (AXIS,), (block,)),
    )
    found = simulate(simplify(model), ["a"], {}, steps=0, lanes=1)[0, 0]
    a, b = np.array(k), np.reshape(m, (3, 3))
    assert found == pytest.approx(a / (a + 2) * (b * (a / (a + 3))).sum(axis=1))


@SLOWLY
@given(systems(), st.sampled_from(["euler", "rk4"]))
def test_simplifying_keeps_the_outputs(model: System, method: Method) -> None:
    outputs = [name for name in model.variables if name[0] in "as"]
    runs = {"c": [0.4, -0.1, 0.6]}
    before, after = (
        simulate(some, outputs, runs, steps=4, step=0.5, lanes=4, method=method)
        for some in (model, simplify(model))
    )
    np.testing.assert_allclose(after, before, rtol=1e-9, atol=1e-9)


@SLOWLY
@given(systems(), st.sampled_from(["euler", "rk4"]))
def test_lanes_and_optimisation_keep_the_bits(model: System, method: Method) -> None:
    outputs = [name for name in model.variables if name[0] in "as"]
    runs = {"c": [0.4, -0.1, 0.6, 0.2, 0.9]}
    model = simplify(model)

    def bits(lanes: int, opt: Opt) -> bytes:
        way = partial(simulate, lanes=lanes, opt=opt, method=method)
        return way(model, outputs, runs, steps=4, step=0.5).tobytes()

    assert bits(1, 0) == bits(1, 3) == bits(8, 3)


@SLOWLY
@given(systems())
def test_what_is_recorded_besides_changes_no_bit(model: System) -> None:
    names = [name for name in model.variables if name[0] in "as"]
    model = simplify(model)
    together = simulate(model, names, {"c": [0.4]}, steps=4, step=0.5)
    first = 0
    for name in names[:3]:
        size = int(np.prod(shape_of(model.variables[name].axes), dtype=int))
        alone = simulate(model, [name], {"c": [0.4]}, steps=4, step=0.5)
        assert alone.tobytes() == together[:, :, first : first + size].tobytes()
        first += size
