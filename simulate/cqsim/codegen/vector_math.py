"""The mathematical functions that are emitted with every ensemble's program.

A library function would be called lane by lane, at three times the cost. All are within
2 units in the last place of the true value over the whole range, handle zero, infinity,
NaN and subnormal numbers as C does, and give a lane the same bits in any company.
"""

from collections.abc import Callable

from cqsim.codegen.assembly import Arithmetic, Assembly, Kind
from cqsim.codegen.circular import cosine, sine
from cqsim.codegen.exponentials import exp, log, power

LIBRARY = (
    *("pow", "sin", "cos", "tan", "asin", "acos", "atan"),
    *("sinh", "cosh", "tanh", "erfc"),
)
_LLVM = {"fma": 3, "fabs": 1, "sqrt": 1, "trunc": 1, "rint": 1, "floor": 1}


def math_source(kinds: list[Kind]) -> list[str]:
    """Return the functions of these kinds in LLVM's assembly language."""
    lines = [f"declare double @{name}(double)" for name in LIBRARY[1:]]
    lines.append("declare double @pow(double, double)")
    for kind in dict.fromkeys(kinds):
        for name, count in _LLVM.items():
            types = ", ".join([kind.real] * count)
            lines.append(f"declare {kind.real} @llvm.{name}.{kind.mangled}({types})")
        if kind.width > 1:
            lines.append(
                f"declare i1 @llvm.vector.reduce.or.v{kind.width}i1({kind.truth})"
            )
        for name, (count, body) in _FUNCTIONS.items():
            lines.extend(_function(kind, name, count, body))
        for name in LIBRARY:
            lines.extend(_lane_by_lane(kind, name, 2 if name == "pow" else 1))
    return lines


Body = Callable[[Arithmetic, list[str]], str]


def _function(kind: Kind, name: str, count: int, body: Body) -> list[str]:
    to = Assembly()
    arguments = [f"%a{n}" for n in range(count)]
    result = body(Arithmetic(to, kind), arguments)
    given = ", ".join(f"{kind.real} {argument}" for argument in arguments)
    head = f"define internal {kind.real} @{name}{kind.suffix}({given}) alwaysinline {{"
    return [head, "entry:", *to.lines, f"  ret {kind.real} {result}", "}"]


def _lane_by_lane(kind: Kind, name: str, count: int) -> list[str]:
    """Return a function that calls the library's for each lane in turn."""
    to = Assembly()
    arguments = [f"%a{n}" for n in range(count)]
    if kind.width == 1:
        given = ", ".join(f"double {argument}" for argument in arguments)
        total = to.let(f"call double @{name}({given}) nobuiltin")
    else:
        total = "poison"
        for lane in range(kind.width):
            parts = [
                to.let(f"extractelement {kind.real} {argument}, i64 {lane}")
                for argument in arguments
            ]
            given = ", ".join(f"double {part}" for part in parts)
            one = to.let(f"call double @{name}({given}) nobuiltin")
            total = to.let(
                f"insertelement {kind.real} {total}, double {one}, i64 {lane}"
            )
    given = ", ".join(f"{kind.real} {argument}" for argument in arguments)
    title = f"@lanes_{name}{kind.suffix}({given})"
    head = f"define internal {kind.real} {title} noinline cold {{"
    return [head, "entry:", *to.lines, f"  ret {kind.real} {total}", "}"]


_FUNCTIONS: dict[str, tuple[int, Body]] = {
    "exp": (1, exp),
    "log": (1, log),
    "power": (2, power),
    "sine": (1, sine),
    "cosine": (1, cosine),
}
