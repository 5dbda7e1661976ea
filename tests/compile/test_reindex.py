"""Expressions seen from elsewhere keep what they depend on."""

from pathlib import Path

from cqsim.compile.expr import (
    Along,
    Fixed,
    Index,
    Numbers,
    Reduce,
    Value,
    indices_of,
    reindexed,
)
from cqsim.compile.lower import read_system
from cqsim.compile.simplify import simplify

ROW = Index("i", ("a", "b"))
PAIR = Reduce("sum", (ROW,), Value("x", (ROW.whole, Along("j", (0, 1)))))


def test_an_index_that_comes_in_is_not_taken_for_one_that_ends_here() -> None:
    seen = reindexed(PAIR, {"j": Along("i", (1, 0))})
    assert isinstance(seen, Reduce)
    (own,) = seen.indices
    assert indices_of(seen) == {"i"}
    assert seen.body == Value("x", (own.whole, Along("i", (1, 0))))


def test_one_turn_of_an_index_is_an_element_and_a_number() -> None:
    assert reindexed(PAIR, {"j": Fixed(1)}) == Reduce(
        "sum", (ROW,), Value("x", (ROW.whole, Fixed(1)))
    )
    numbers = Numbers("j", (3.0, 5.0)) + Value("y", (Along("j", (1, 0)),))
    assert reindexed(numbers, {"j": Fixed(1)}) == 5.0 + Value("y", (Fixed(0),))


def test_a_model_always_comes_to_the_same_system(tmp_path: Path) -> None:
    path = tmp_path / "m.mdl"
    path.write_text(
        """r: a, b ~~|
        s: c, d ~~|
        m[r,s] = x[r] * y[s] * Time ~~|
        x[r] = 1, 2 ~~|
        y[s] = 3, 4 ~~|
        t[r] = SUM(m[r,s!]) ~~|
        u[r] = SUM(t[r!]) + SMOOTH3(x[r], 2) ~~|
        INITIAL TIME = 0 ~~|
        FINAL TIME = 1 ~~|
        TIME STEP = 1 ~~|
        SAVEPER = 1 ~~|""",
        encoding="utf-8",
    )
    first, second = (simplify(read_system(path)) for _ in range(2))
    assert dict(first.variables) == dict(second.variables)
