"""Functions that are formulas: `formulas.txt` says what each stands for.

A draw depends on the seed, the call in the model, the element, the run and the step
only (Philox 4x32-10, Salmon et al. 2011, doi:10.1145/2063384.2063405), so it is the
same whatever else runs. The numbers are not Vensim's or Stella's; the distributions
are.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cqsim.compile.expr import FUNCTIONS, Expr, IrCall, Now, Scalar, TimeStep, call
from cqsim.compile.ir import FixedDelay, Initial, Memory, Stock
from cqsim.compile.lower.delays import information, material
from cqsim.compile.lower.scope import OPERATORS, Scope
from cqsim.language import syntax
from cqsim.language.expression import parse_text
from cqsim.language.syntax import Binary, Call, Expression, Reference, Unary, walk

_FORMULA = re.compile(r"^(\w[\w |]*)\((.*?)\):(.*(?:\n .*)*)", re.MULTILINE)
_ASSIGNED = re.compile(r"([a-z][a-z ]*) = (.*)")


@dataclass(frozen=True, slots=True)
class Formula:
    """The formula that a function of some parameters stands for.

    Attributes
    ----------
    parameters
        Each with what it is where it is left out; those without come first.
    lines
        The locals with their expressions, then that of the function, without a name.
    repeated
        The parameters that the result holds more than once.
    """

    parameters: tuple[tuple[str, Expression | None], ...]
    lines: tuple[tuple[str, Expression], ...]
    repeated: frozenset[str]

    @classmethod
    def of(cls, parameters: str, body: str) -> "Formula":
        """Return the formula that two texts say."""
        given: list[tuple[str, Expression | None]] = []
        for part in filter(None, map(str.strip, parameters.split(","))):
            match = _ASSIGNED.fullmatch(part)
            given.append((match[1], parse_text(match[2])) if match else (part, None))
        lines = []
        for line in filter(None, map(str.strip, body.split("\n"))):
            match = _ASSIGNED.fullmatch(line)
            name, text = (match[1], match[2]) if match else ("", line)
            lines.append((name, parse_text(text)))
        return cls(tuple(given), tuple(lines), _repeated((*given, *lines)))

    def takes(self, count: int) -> bool:
        """Whether it takes so many arguments."""
        least = sum(default is None for _, default in self.parameters)
        return least <= count <= len(self.parameters)


def _repeated(lines: Iterable[tuple[str, Expression | None]]) -> frozenset[str]:
    """Return what the last of some lines holds more than once, through the others."""
    found = Counter({"": 1})
    for name, tree in reversed(list(lines)):
        for node in walk(tree) if tree else ():
            if isinstance(node, Reference) and node.name != name:
                found[node.name] += found[name]
    return frozenset(name for name, count in found.items() if count > 1)


@cache
def _texts() -> Mapping[str, Sequence[tuple[str, str]]]:
    """Return the parameters and bodies of all formulas, by the function's name."""
    text = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8")
    found: dict[str, list[tuple[str, str]]] = {}
    for names, parameters, body in _FORMULA.findall(text):
        for name in names.split("|"):
            found.setdefault(name.strip(), []).append((parameters, body))
    return found


@cache
def _formulas(name: str) -> tuple[Formula, ...]:
    """Return the formulas of a function, for different numbers of arguments."""
    return tuple(Formula.of(*texts) for texts in _texts()[name])


def formula_names() -> frozenset[str]:
    """Return the names of all functions that are formulas."""
    return frozenset(_texts())


def takes(name: str, count: int) -> bool:
    """Whether a function that is a formula takes so many arguments."""
    return any(formula.takes(count) for formula in _formulas(name))


def applied(scope: Scope, name: str, arguments: Sequence[Expr]) -> Expr:
    """Return what a function that is a formula gives for some arguments."""
    formula = next(f for f in _formulas(name) if f.takes(len(arguments)))
    values: dict[str, Expr] = {}
    for number, (parameter, default) in enumerate(formula.parameters):
        if default is None or number < len(arguments):
            given = arguments[number]
        else:
            given = _value(scope, default, values)
        is_named = parameter in formula.repeated
        values[parameter] = scope.named(given) if is_named else given
    for local, tree in formula.lines:
        values[local] = _value(scope, tree, values, local)
    return values[""]


def _value(
    scope: Scope, node: Expression, values: Mapping[str, Expr], local: str = ""
) -> Expr:
    """Return an expression of a formula, where its names have values.

    Parameters
    ----------
    local
        The local that it gives, which a state may refer to.
    """
    match node:
        case syntax.Number(value=value):
            return Scalar(value)
        case Unary(operator="-", operand=operand):
            return -_value(scope, operand, values)
        case Binary(operator=operator, left=left, right=right):
            sides = (_value(scope, side, values) for side in (left, right))
            return call(OPERATORS[operator], *sides)
        case Call():
            return _called(scope, node, values, local)
        case Reference(name=name):
            return values.get(name) or _NAMES.get(name) or scope.control(name)
    raise AssertionError(node)


def _called(scope: Scope, node: Call, values: Mapping[str, Expr], local: str) -> Expr:
    function = node.function
    if function in _STATES:
        initial, change = node.arguments
        start = _value(scope, initial, values)

        def following(own: Expr) -> Expr:
            return _value(scope, change, {**values, local: own})

        return scope.add_state(_STATES[function], start, following)
    given = [_value(scope, argument, values) for argument in node.arguments]
    if function in FUNCTIONS:
        return IrCall(function, tuple(given))
    if function in _PRIMITIVES:
        return _PRIMITIVES[function](scope, *given)
    return applied(scope, function, given)


def _kept(scope: Scope, x: Expr) -> Expr:
    return x if isinstance(x, Scalar) else scope.add(Initial, x)


_STATES = {"stock": Stock, "memory": Memory}
_NAMES: Mapping[str, Expr] = {
    "time": Now(),
    "held": Now(held=True),
    "dt": TimeStep(),
    "nan": Scalar(float("nan")),
}
_PRIMITIVES: Mapping[str, Callable[..., Expr]] = {
    "named": Scope.named,
    "kept": _kept,
    "uniform": Scope.uniform,
    "pipeline": lambda scope, *given: scope.add(FixedDelay, *given),
    "material": material,
    "information": information,
}
