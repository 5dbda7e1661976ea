"""The mathematical functions that are emitted with every ensemble's program.

A library function would be called lane by lane, at three times the cost. All are within
2 units in the last place of the true value over the whole range, handle zero, infinity,
NaN and subnormal numbers as C does, and give a lane the same bits in any company.
"""

import re
from collections.abc import Callable, Iterable

from cqsim.codegen.assembly import Arithmetic, Assembly, Kind
from cqsim.codegen.circular import cosine, sine
from cqsim.codegen.exponentials import exp, log, power
from cqsim.codegen.external import declarations, lane_by_lane

#: Functions of LLVM's, and how many numbers each takes.
_LLVM = {"fma": 3, "fabs": 1, "sqrt": 1, "trunc": 1, "rint": 1, "floor": 1}

_NAME = re.compile(r"@([\w.]+)\(")


def math_source(kinds: Iterable[Kind], lines: Iterable[str]) -> list[str]:
    """Return the functions of these kinds that lines of LLVM's language call."""
    known: dict[str, list[str]] = {}
    for kind in dict.fromkeys(kinds):
        found = [[line] for line in _declarations(kind)]
        found += [_function(kind, n, *made) for n, made in _FUNCTIONS.items()]
        found += lane_by_lane(kind)
        known |= {_defined_name(function[0]): function for function in found}
    known |= {_defined_name(line): [line] for line in declarations()}
    wanted: dict[str, None] = {}
    waiting = [name for line in lines for name in _NAME.findall(line)]
    while waiting:
        name = waiting.pop()
        if name in known and name not in wanted:
            wanted[name] = None
            waiting += [n for line in known[name][1:] for n in _NAME.findall(line)]
    return [line for name in sorted(wanted) for line in known[name]]


def _defined_name(line: str) -> str:
    (name,) = _NAME.findall(line)
    return str(name)


def _declarations(kind: Kind) -> Iterable[str]:
    """Yield the declarations of LLVM's own functions."""
    for name, count in _LLVM.items():
        types = ", ".join([kind.real] * count)
        yield f"declare {kind.real} @llvm.{name}.{kind.mangled}({types})"
    whole = kind.mangled.replace("f64", "i64")
    yield (f"declare {kind.whole} @llvm.fptosi.sat.{whole}.{kind.mangled}({kind.real})")
    if kind.width > 1:
        yield f"declare i1 @llvm.vector.reduce.or.v{kind.width}i1({kind.truth})"


Body = Callable[[Arithmetic, list[str]], str]


def _function(kind: Kind, name: str, count: int, body: Body) -> list[str]:
    to = Assembly()
    arguments = [f"%a{n}" for n in range(count)]
    result = body(Arithmetic(to, kind), arguments)
    given = ", ".join(f"{kind.real} {argument}" for argument in arguments)
    head = f"define internal {kind.real} @{name}{kind.suffix}({given}) alwaysinline {{"
    return [head, "entry:", *to.lines, f"  ret {kind.real} {result}", "}"]


_FUNCTIONS: dict[str, tuple[int, Body]] = {
    "exp": (1, exp),
    "log": (1, log),
    "power": (2, power),
    "sine": (1, sine),
    "cosine": (1, cosine),
}
