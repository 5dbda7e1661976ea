"""Single functions of the intermediate representation against what defines them."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from scipy import special

from cqsim.compile.expr import EXTERNAL, Interpolation, Table, Value
from cqsim.compile.ir import Curve, Lookup
from models import auxiliary, call, constant, system
from running import simulate

MISSING = -(2.0**109)


def results(function: str, *arguments: Sequence[float], lanes: int = 4) -> list[float]:
    """Return a function's value in one run for each row of arguments."""
    names = [f"a{n}" for n in range(len(arguments))]
    model = system(auxiliary("y", call(function, *names)), *map(constant, names))
    given = dict(zip(names, arguments, strict=True))
    found = simulate(model, ["y"], given, steps=0, lanes=lanes)
    return [float(value) for value in found[:, 0, 0]]


def test_floor_rounds_down() -> None:
    assert results("floor", [1.5, -1.5, -2.0, 0.0]) == [1.0, -2.0, -2.0, 0.0]


LESS_SAME_MORE = [1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("relation", "wanted"),
    [
        ("equal", [0, 1, 0]),
        ("unequal", [1, 0, 1]),
        ("less", [1, 0, 0]),
        ("at most", [1, 1, 0]),
        ("greater", [0, 0, 1]),
        ("at least", [0, 1, 1]),
    ],
)
def test_a_relation_holds_where_numbers_do(relation: str, wanted: list[float]) -> None:
    assert results(relation, LESS_SAME_MORE, [2.0, 2.0, 2.0]) == wanted


@pytest.mark.parametrize("exponent", [-1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 0.5])
def test_a_power_that_is_written_as_a_number_is_the_power(exponent: float) -> None:
    bases = [0.3, 1.7, 12.0]
    model = system(auxiliary("y", call("power", "x", exponent)), constant("x"))
    found = simulate(model, ["y"], {"x": bases}, steps=0, lanes=4)[:, 0, 0]
    assert list(found) == pytest.approx([b**exponent for b in bases], rel=1e-15)


CURVE = Curve((0.0, 2.0, 4.0), (0.0, 10.0, 30.0))
JUMP = Curve((0.0, 4.0, 4.0, 10.0), (1.0, 1.0, 6.0, 8.0))
AT = [-1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, math.nan]


@pytest.mark.parametrize(
    ("interpolation", "wanted"),
    [
        ("linear", [0, 0, 5, 10, 20, 30, 30, math.nan]),
        ("extrapolate", [-5, 0, 5, 10, 20, 30, 40, math.nan]),
        ("step", [0, 0, 0, 10, 10, 30, 30, math.nan]),
        ("next", [0, 0, 10, 10, 30, 30, 30, math.nan]),
        ("exact", [MISSING, 0, MISSING, 10, MISSING, 30, MISSING, math.nan]),
    ],
)
@pytest.mark.parametrize("own", ["linear", "step", "exact"])
def test_a_call_may_read_a_lookup_by_a_way_of_its_own(
    interpolation: Interpolation, own: Interpolation, wanted: list[float]
) -> None:
    """As LOOKUP FORWARD, LOOKUP BACKWARD and LOOKUP EXTRAPOLATE read one lookup."""
    y = auxiliary("y", Table("curve", (), Value("x"), interpolation))
    lookup = Lookup("curve", (), (CURVE,), own)
    model = system(y, constant("x"), lookups=(lookup,))
    for lanes in (1, 8):
        found = simulate(model, ["y"], {"x": AT}, steps=0, lanes=lanes)[:, 0, 0]
        np.testing.assert_array_equal(found, wanted)


def test_a_lookup_that_repeats_an_x_steps_up_there() -> None:
    y = auxiliary("y", Table("curve", (), Value("x")))
    lookups = (Lookup("curve", (), (JUMP,)),)
    model = system(y, constant("x"), lookups=lookups)
    at = [3.0, math.nextafter(4, 0), 4.0, 7.0, 11.0]
    found = simulate(model, ["y"], {"x": at}, steps=0)[:, 0, 0]
    assert found.tolist() == [1.0, 1.0, 6.0, 7.0, 8.0]


_P = [0.2, 0.4, 0.6, 0.9, 0.99]
SCIPY: dict[str, list[list[float]]] = {
    "gammaln": [[0.5, 1.0, 3.7, 50.0, -0.5]],
    "ndtr": [[-8.0, -1.0, 0.0, 0.3, 5.0]],
    "ndtri": [[1e-12, 0.1, 0.5, 0.9, 1.0]],
    "gammaincinv": [[0.5, 1.0, 2.5, 30.0, 2.0], [0.1, 0.5, 0.9, 0.99, 0.0]],
    "betaincinv": [[0.5, 1, 2, 3, 4], [2, 1, 0.5, 3, 9], [0.1, 0.5, 0.9, 0.2, 1]],
    "pdtr": [[0, 1, 2, 5, 9], [0.1, 1, 2.5, 4, 30]],
    "pdtrik": [_P, [1, 2, 3, 10, 50]],
    "bdtrik": [_P, [4, 5, 6, 7, 90], [0.1, 0.5, 0.9, 0.3, 0.2]],
    "nbdtrik": [_P, [4, 5, 6, 7, 9], [0.1, 0.5, 0.9, 0.3, 0.2]],
}


@pytest.mark.parametrize("function", EXTERNAL)
def test_functions_of_scipy_are_scipys_own(function: str) -> None:
    arguments = SCIPY[function]
    wanted = getattr(special, function)(*map(np.array, arguments)).tolist()
    for lanes in (1, 4, 16):
        assert results(function, *arguments, lanes=lanes) == wanted


# Draws.


def philox(key: tuple[int, int], counter: tuple[int, int, int, int]) -> tuple[int, ...]:
    k, c = list(key), list(counter)
    for _ in range(10):
        (h0, l0), (h1, l1) = (
            divmod(c[0] * 0xD2511F53, 1 << 32),
            divmod(c[2] * 0xCD9E8D57, 1 << 32),
        )
        c = [h1 ^ c[1] ^ k[0], l1, h0 ^ c[3] ^ k[1], l0]
        k = [(k[0] + 0x9E3779B9) % (1 << 32), (k[1] + 0xBB67AE85) % (1 << 32)]
    return tuple(c)


def drawn(seed: int, stream: int, run: int, step: int, element: int, n: int) -> float:
    first, second, *_ = philox((seed, stream), (run, step, element, n))
    return (2 * (first << 20 | second >> 12) + 1) / 2**53


@pytest.mark.parametrize(
    ("key", "counter", "wanted"),
    [
        ((0, 0), (0,) * 4, (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        (
            (0xFFFFFFFF,) * 2,
            (0xFFFFFFFF,) * 4,
            (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD),
        ),
        (
            (0xA4093822, 0x299F31D0),
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_the_reference_gives_the_published_answers(
    key: tuple[int, int], counter: tuple[int, int, int, int], wanted: tuple[int, ...]
) -> None:
    """The vectors of philox4x32 10 in the authors' own Random123."""
    assert philox(key, counter) == wanted


@pytest.mark.parametrize("lanes", [1, 4, 16])
@pytest.mark.parametrize("first", [0, 3, 4294967290])
def test_draws_are_those_of_philox(lanes: int, first: int) -> None:
    model = system(
        auxiliary("y", call("draw", "seed", 7, 3, 2)), constant("seed", 4294967295.0)
    )
    seeds = [4294967295.0] * 20
    found = simulate(model, ["y"], {"seed": seeds}, steps=3, lanes=lanes, first=first)
    for run in range(20):
        for step in range(4):
            number = (first + run) % (1 << 32)
            wanted = drawn(4294967295, 7, number, step, 3, 2)
            assert found[run, step, 0] == wanted
