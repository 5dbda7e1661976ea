import ctypes
import math
from collections.abc import Callable
from functools import cache

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cqsim.llvm.builder import Type
from cqsim.llvm.math import called_functions
from cqsim.llvm.native import compile_native

LANES = 8
WIDEST = 1e300
Function = Callable[..., list[float]]


@cache
def emitted(name: str, count: int) -> Function:
    """Return an emitted function that is computed in lanes."""
    kind = Type(LANES)
    given_names = [f"%v{n}" for n in range(count)]
    pointers = ", ".join(f"ptr %p{n}" for n in range(count + 1))
    loads = [
        f"  {v} = load {kind.real}, ptr %p{n}, align 8"
        for n, v in enumerate(given_names)
    ]
    arguments = ", ".join(f"{kind.real} {v}" for v in given_names)
    lines = [
        f"define void @tested({pointers}) {{",
        *loads,
        f"  %r = call {kind.real} @{name}{kind.suffix}({arguments})",
        f"  store {kind.real} %r, ptr %p{count}, align 8",
        "  ret void",
        "}",
    ]
    lines += called_functions([kind], lines)
    address = compile_native("\n".join(lines) + "\n").address("tested")
    call = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * (count + 1))(address)

    def function(*arguments: list[float]) -> list[float]:
        arrays = [np.array(a, dtype=np.float64) for a in arguments]
        out = np.empty(LANES)
        call(*(a.ctypes.data for a in arrays), out.ctypes.data)
        return [float(value) for value in out]

    return function


def in_c(name: str, *arguments: float) -> float:
    """Return what C's library gives, where Python's raises an error."""
    try:
        result = getattr(math, name)(*arguments)
    except (ValueError, OverflowError, ZeroDivisionError):
        with np.errstate(all="ignore"):
            return float(getattr(np, {"pow": "power"}.get(name, name))(*arguments))
    return float(result)


def close(found: float, wanted: float) -> bool:
    """Tell whether two numbers are within 2 units in the last place, NaN or equal."""
    if math.isnan(wanted) or math.isinf(wanted):
        return found == wanted or (math.isnan(found) and math.isnan(wanted))
    return abs(found - wanted) <= 2 * math.ulp(wanted)


real = st.floats(allow_nan=True, allow_infinity=True)


@settings(max_examples=300, deadline=None)
@given(st.lists(real, min_size=LANES, max_size=LANES))
def test_exp_is_within_two_units_in_the_last_place(values: list[float]) -> None:
    for value, found in zip(values, emitted("exp", 1)(values), strict=True):
        assert close(found, in_c("exp", value)), value


@settings(max_examples=300, deadline=None)
@given(st.lists(real, min_size=LANES, max_size=LANES))
def test_log_is_within_two_units_in_the_last_place(values: list[float]) -> None:
    for value, found in zip(values, emitted("log", 1)(values), strict=True):
        assert close(found, in_c("log", value)), value


@settings(max_examples=300, deadline=None)
@given(
    st.lists(real, min_size=LANES, max_size=LANES),
    st.lists(st.one_of(real, st.floats(-8, 8)), min_size=LANES, max_size=LANES),
)
def test_power_is_within_two_units_in_the_last_place(
    bases: list[float], exponents: list[float]
) -> None:
    results = emitted("power", 2)(bases, exponents)
    for base, exponent, found in zip(bases, exponents, results, strict=True):
        assert close(found, in_c("pow", base, exponent)), (base, exponent)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.floats(-WIDEST, WIDEST), min_size=LANES, max_size=LANES))
def test_sine_and_cosine_are_within_two_units_in_the_last_place(
    values: list[float],
) -> None:
    for name, own in (("sin", "sine"), ("cos", "cosine")):
        for value, found in zip(values, emitted(own, 1)(values), strict=True):
            assert close(found, in_c(name, value)), (name, value)


def test_a_lane_has_the_same_bits_whatever_its_company() -> None:
    power = emitted("power", 2)
    alone = power([1.7] * LANES, [0.3] * LANES)[0]
    beside = power([1.7, -2.0, 0.0, math.inf, math.nan, 5e-324, 1.0, 2.0], [0.3] * 8)
    assert beside[0] == alone
