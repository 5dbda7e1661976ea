"""The functions that a program calls: its own kernels, and those of libraries.

A library function is called lane by lane, at three times the cost of a kernel; it gives
a lane the same bits in any company.
"""

import re
from collections.abc import Callable, Iterable

from cqsim.compile.expr import EXTERNAL
from cqsim.llvm.arithmetic import Arithmetic
from cqsim.llvm.builder import FunctionBuilder, Type
from cqsim.llvm.math import cosine, exp, log, power, sine
from cqsim.llvm.native import SCIPY

Kernel = Callable[[Arithmetic, list[str]], str]

_KERNELS: dict[str, tuple[int, Kernel]] = {
    "exp": (1, exp),
    "log": (1, log),
    "power": (2, power),
    "sine": (1, sine),
    "cosine": (1, cosine),
}

#: Functions of C's mathematical library, and how many numbers each takes.
LIBRARY = {
    "pow": 2,
    **dict.fromkeys(("sin", "cos", "tan", "asin", "acos", "atan"), 1),
    **dict.fromkeys(("sinh", "cosh", "tanh", "erfc"), 1),
}

#: Functions of LLVM's, and how many numbers each takes.
_LLVM = {"fma": 3, "fabs": 1, "sqrt": 1, "trunc": 1, "rint": 1, "floor": 1}

_NAME = re.compile(r"@([\w.]+)\(")


def called_functions(
    types: Iterable[Type], lines: Iterable[str], fma: bool = True
) -> list[str]:
    """Return the functions of these types that lines of LLVM's language call.

    Parameters
    ----------
    fma
        Whether the target multiplies and adds in one instruction.
    """
    known = {_NAME.findall(line)[0]: [line] for line in _library_declarations()}
    for type_ in dict.fromkeys(types):
        found = [[line] for line in _declarations(type_)]
        found += [_kernel(type_, fma, n, *made) for n, made in _KERNELS.items()]
        found += _lane_by_lane(type_)
        known |= {_NAME.findall(function[0])[0]: function for function in found}
    wanted: dict[str, None] = {}
    waiting = [name for line in lines for name in _NAME.findall(line)]
    while waiting:
        name = waiting.pop()
        if name in known and name not in wanted:
            wanted[name] = None
            waiting += [n for line in known[name][1:] for n in _NAME.findall(line)]
    return [line for name in sorted(wanted) for line in known[name]]


def _declarations(type_: Type) -> Iterable[str]:
    """Yield the declarations of LLVM's own functions."""
    real, integer, mangled = type_.real, type_.integer, type_.mangled()
    for name, count in _LLVM.items():
        yield f"declare {real} @llvm.{name}.{mangled}({', '.join([real] * count)})"
    yield f"declare {integer} @llvm.fptosi.sat.{type_.mangled('i64')}.{mangled}({real})"
    if type_.width > 1:
        name = f"llvm.vector.reduce.or.v{type_.width}i1"
        yield f"declare i1 @{name}({type_.boolean})"


def _kernel(type_: Type, fma: bool, name: str, count: int, kernel: Kernel) -> list[str]:
    to = FunctionBuilder()
    arguments = [f"%a{n}" for n in range(count)]
    result = kernel(Arithmetic(to, type_, fma), arguments)
    head = f"{_head(type_, name + type_.suffix, arguments)} alwaysinline {{"
    return [head, "entry:", *to.lines, f"  ret {type_.real} {result}", "}"]


def _head(type_: Type, name: str, arguments: list[str]) -> str:
    given = ", ".join(f"{type_.real} {argument}" for argument in arguments)
    return f"define internal {type_.real} @{name}({given})"


def _library_declarations() -> Iterable[str]:
    for name, count in LIBRARY.items():
        yield f"declare double @{name}({', '.join(['double'] * count)})"
    for name, count in EXTERNAL.items():
        yield f"declare double @{SCIPY}{name}({'double, ' * count}i32)"


def _lane_by_lane(type_: Type) -> Iterable[list[str]]:
    """Yield functions that call a library's for each lane in turn."""
    for name, count in LIBRARY.items():
        yield _wrapped(type_, name, name, count, "")
    for name, count in EXTERNAL.items():
        # Cython's functions ask whether to look for an override; there is none.
        yield _wrapped(type_, name, SCIPY + name, count, ", i32 0")


def _wrapped(type_: Type, name: str, symbol: str, count: int, more: str) -> list[str]:
    to = FunctionBuilder()
    arguments = [f"%a{n}" for n in range(count)]

    def one(lane: int) -> str:
        given = ", ".join(f"double {to.lane(type_, a, lane)}" for a in arguments)
        # LLVM must not replace a call by what it knows of C's function of that name.
        return to.value(f"call double @{symbol}({given}{more}) nobuiltin")

    total = to.each_lane(type_, one)
    head = f"{_head(type_, f'lanes_{name}{type_.suffix}', arguments)} noinline cold {{"
    return [head, "entry:", *to.lines, f"  ret {type_.real} {total}", "}"]
