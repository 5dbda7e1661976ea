"""The unit of every part of an equation, and the smallest part at fault.

From the leaves upwards each part gets a unit, once, or none where nothing is known of
it. Then the unit that each place asks for is carried downwards, and compared. Where
terms of a sum differ, the term at fault is the one that does not have the unit that is
asked for, or else the odd one out.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cqsim.language.builtins import Builtin
from cqsim.language.expression import folded
from cqsim.language.printer import text_of
from cqsim.language.syntax import (
    ArrayLiteral,
    Binary,
    Call,
    Expression,
    Number,
    Reference,
    Unary,
    bottom_up,
    canonical,
)
from cqsim.model.graph import function_of
from cqsim.model.model import Model
from cqsim.units.registry import Units
from cqsim.units.unit import PURE, Unit

_COMPARISONS = ("=", "<>", "<", ">", "<=", ">=")
_POWERS = ("power", "sqrt", "xmile rootn")

Asked = tuple[Expression, Unit | None]


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A part of an equation, the unit that it has, and the one that it should have."""

    part: Expression
    found: Unit
    wanted: Unit
    why: str

    def __str__(self) -> str:
        part = text_of(self.part)
        return f"'{part}' is in {self.found}, and {self.why} in {self.wanted}"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a model's units before its equations are read.

    Attributes
    ----------
    declared
        The units of the variables by canonical name; those without one are missing.
    time
        The unit of time.
    axes
        The units of the x axes of lookups, where they have one.
    """

    model: Model
    units: Units
    declared: Mapping[str, Unit]
    time: Unit
    axes: Mapping[str, Unit]


def check_equation(
    tree: Expression, declared: Unit | None, known: Known
) -> tuple[Unit | None, list[Mismatch]]:
    """Return the unit of a right side, and the smallest parts at fault, in order."""
    check = _Check(known)
    check.found = bottom_up(tree, check.unit)
    unit = check.found[id(tree)]
    check.compare(tree, declared, "the unit declared for the variable")
    waiting: list[Asked] = [(tree, declared)]
    while waiting:
        waiting.extend(check.asked(*waiting.pop()))
    return unit, _smallest(tree, check.mismatches)


def _smallest(tree: Expression, mismatches: list[Mismatch]) -> list[Mismatch]:
    """Return the mismatches without those of a part around another at fault."""
    faulty = {id(m.part) for m in mismatches}
    around: set[int] = set()

    def holds_fault(node: Expression, inner: Sequence[bool]) -> bool:
        if any(inner):
            around.add(id(node))
        return any(inner) or id(node) in faulty

    bottom_up(tree, holds_fault)
    kept = [m for m in mismatches if id(m.part) not in around]
    return sorted(kept, key=lambda mismatch: mismatch.part.start)


def terms_of(node: Expression) -> list[Expression]:
    """Return the terms of a sum, from left to right, without their signs."""
    waiting, terms = [node], []
    while waiting:
        term = waiting.pop()
        if isinstance(term, Binary) and term.operator in ("+", "-"):
            waiting += [term.right, term.left]
        else:
            terms.append(term)
    return terms


@dataclass(slots=True)
class _Check:
    """The check of one equation: the unit of each part by `id`, and what differs."""

    known: Known
    found: Mapping[int, Unit | None] = field(default_factory=dict)
    mismatches: list[Mismatch] = field(default_factory=list)

    # Upwards: the unit that a part has.

    def unit(self, node: Expression, inner: Sequence[Unit | None]) -> Unit | None:
        """Return the unit of a part from those of the parts in it."""
        match node:
            case Number(value=value):
                return None if value == 0 or abs(value) > 1e30 else PURE
            case Reference():
                return self._reference(node)
            case Call():
                return self._result(node, inner)
            case Unary(operator="-"):
                return inner[0]
            case Unary():
                return PURE
            case Binary():
                return _combined(node, *inner)
            case _:
                return None

    def _reference(self, node: Reference) -> Unit | None:
        key = canonical(node.name)
        if key == "time":
            return self.known.time
        if key not in self.known.model.variables:
            return PURE  # an element of a range, which stands for its number
        return self.known.declared.get(key)

    def _result(self, node: Call, inner: Sequence[Unit | None]) -> Unit | None:
        row = function_of(node, self.known.model)
        if row is None:
            return self.known.declared.get(canonical(node.function))
        if row.name in _POWERS and inner:
            return _raised(inner[0], _exponent(row, node))
        result = row.units.partition(">")[2]
        return self._of_rule(result, self._letters(row, node, inner))

    def _letters(
        self, row: Builtin, node: Call, inner: Sequence[Unit | None]
    ) -> dict[str, Unit]:
        """Return what `x` and `y` of a rule stand for."""
        given = dict(enumerate(inner[: len(node.arguments)]))
        if 0 <= row.initial < len(given) and _is_number(node.arguments[row.initial]):
            given[row.initial] = None
        letters = {}
        for letter in "xy":
            found = _first(u for n, u in given.items() if row.unit_of(n) == letter)
            rate = _first(
                u for n, u in given.items() if row.unit_of(n) == f"{letter}/t"
            )
            if found is None and rate is not None:
                found = rate * self.known.time
            if found is not None:
                letters[letter] = found
        return letters

    def _of_rule(self, rule: str, letters: Mapping[str, Unit]) -> Unit | None:
        """Return the unit that a rule such as `x/t` stands for, if it is known."""
        units = {"1": PURE, "t": self.known.time, **letters}
        over, _, under = rule.partition("/")
        if over not in units or (under and under not in units):
            return None
        return units[over] / units[under] if under else units[over]

    # Downwards: the unit that its place asks for.

    def compare(self, part: Expression, wanted: Unit | None, why: str) -> None:
        """Note a part whose unit is not the one that its place asks for."""
        found = self.found[id(part)]
        if found is None or wanted is None or self.known.units.same(found, wanted):
            return
        self.mismatches.append(Mismatch(part, found, wanted, why))

    def asked(self, node: Expression, wanted: Unit | None) -> Iterator[Asked]:
        """Yield the parts of a part with the unit asked of each; note what differs."""
        match node:
            case Unary(operator="-", operand=operand):
                yield operand, wanted
            case Unary(operand=operand):
                yield self._pure(operand, "what :NOT: takes")
            case Binary(operator="+" | "-"):
                yield from self._agreed(terms_of(node), wanted, "the other terms")
            case Binary(operator="*" | "/"):
                yield from self._of_product(node, wanted)
            case Binary():
                yield from self._of_operation(node)
            case Call():
                yield from self._of_call(node, wanted)

    def _pure(self, part: Expression, why: str) -> Asked:
        self.compare(part, PURE, f"{why}, a pure number")
        return part, PURE

    def _agreed(
        self, parts: Sequence[Expression], wanted: Unit | None, why: str
    ) -> Iterator[Asked]:
        """Note each part that differs from the one unit that parts share."""
        units = [u for u in (self.found[id(part)] for part in parts) if u is not None]
        shared = self._shared(units, wanted)
        for part in parts:
            self.compare(part, shared, why)
            yield part, shared if wanted is None else wanted

    def _shared(self, found: Sequence[Unit], wanted: Unit | None) -> Unit | None:
        """Return the unit asked for where a part has it, else the most frequent."""
        if wanted is not None and any(self.known.units.same(u, wanted) for u in found):
            return wanted
        counts = dict.fromkeys(found, 0)
        for unit in found:
            counts[unit] += 1
        return max(counts, key=lambda u: (counts[u], u != PURE), default=None)

    def _of_product(self, node: Binary, wanted: Unit | None) -> Iterator[Asked]:
        left, right = self.found[id(node.left)], self.found[id(node.right)]
        is_product = node.operator == "*"
        for_left = for_right = None
        if wanted is not None and right is not None:
            for_left = wanted / right if is_product else wanted * right
        if wanted is not None and left is not None:
            for_right = wanted / left if is_product else left / wanted
        yield node.left, for_left
        yield node.right, for_right

    def _of_operation(self, node: Binary) -> Iterator[Asked]:
        if node.operator in _COMPARISONS:
            sides = (node.left, node.right)
            yield from self._agreed(sides, None, "what it is compared with")
        elif node.operator == "^":
            yield from self._of_power(node.left, node.right, folded(node.right))
        else:
            yield self._pure(node.left, f"what {node.operator} takes")
            yield self._pure(node.right, f"what {node.operator} takes")

    def _of_power(
        self, base: Expression, exponent: Expression | None, number: float | None
    ) -> Iterator[Asked]:
        if exponent is not None:
            yield self._pure(exponent, "an exponent")
        if number is None:
            yield self._pure(
                base, "the base of a power whose exponent is no plain number"
            )
        else:
            yield base, None

    def _of_call(self, node: Call, wanted: Unit | None) -> Iterator[Asked]:
        row = function_of(node, self.known.model)
        if row is None:
            if canonical(node.function) in self.known.model.variables:
                self._axis(node.arguments[0], canonical(node.function))
            yield from ((argument, None) for argument in node.arguments)
        elif row.name in _POWERS:
            base, *rest = node.arguments
            exponent = rest[0] if rest else None
            yield from self._of_power(base, exponent, _exponent(row, node))
        else:
            yield from self._of_arguments(row, node, wanted)

    def _axis(self, argument: Expression, lookup: str) -> None:
        """Compare what a lookup is read at with its x axis; a bare one takes times."""
        found, axis = self.found[id(argument)], self.known.axes.get(lookup)
        if axis is None and found is not None and found == self.known.time:
            return
        name = self.known.model.variables[lookup].name if lookup else "the lookup"
        self.compare(argument, axis or PURE, f"the x axis of {name} is")

    def _of_arguments(
        self, row: Builtin, node: Call, wanted: Unit | None
    ) -> Iterator[Asked]:
        """Yield the arguments of a function with what its rule asks of each."""
        inner = [self.found[id(argument)] for argument in node.arguments]
        letters = self._letters(row, node, inner)
        why = f"the other arguments of {node.function}"
        for letter in "xy":
            alike = [a for n, a in self._given(row, node) if row.unit_of(n) == letter]
            asked = self._wanted(row, wanted) if letter == "x" else None
            yield from self._agreed(alike, asked, why)
            units = [u for u in (self.found[id(a)] for a in alike) if u is not None]
            shared = self._shared(units, asked) if units else asked
            if row.name == "integ" and asked is not None:
                for start in alike:
                    self.compare(start, asked, "the unit declared for the stock")
                shared = asked
            if shared is not None:
                letters[letter] = shared
        for number, argument in enumerate(node.arguments):
            rule = row.unit_of(number)
            if rule == "l":
                read = node.arguments[0]
                name = canonical(read.name) if isinstance(read, Reference) else ""
                self._axis(argument, name if row.name != "with lookup" else "")
            asked = self._of_rule(rule, letters)
            if rule not in ("x", "y"):
                self.compare(argument, asked, f"what {node.function} takes")
                yield argument, asked

    def _given(self, row: Builtin, node: Call) -> Iterator[tuple[int, Expression]]:
        """Yield the arguments but for a plain number that says where a stock starts."""
        for number, argument in enumerate(node.arguments):
            if number != row.initial or not _is_number(argument):
                yield number, argument

    def _wanted(self, row: Builtin, wanted: Unit | None) -> Unit | None:
        """Return the `x` of a rule whose result has the unit that is asked for."""
        if wanted is None:
            return None
        result = row.units.partition(">")[2]
        asked = {"x": wanted, "x/t": wanted * self.known.time, "1/x": PURE / wanted}
        return asked.get(result)


def _combined(node: Binary, left: Unit | None, right: Unit | None) -> Unit | None:
    """Return the unit of an operation from those of its sides."""
    match node.operator:
        case "+" | "-":
            return _first((left, right))
        case "*":
            return None if left is None or right is None else left * right
        case "/":
            return None if left is None or right is None else left / right
        case "^":
            return _raised(left, folded(node.right))
        case _:
            return PURE


def _is_number(node: Expression) -> bool:
    return isinstance(node, ArrayLiteral) or folded(node) is not None


def _first(units: Iterable[Unit | None]) -> Unit | None:
    """Return the first unit, of pure numbers only if there is no other."""
    known = [unit for unit in units if unit is not None]
    return next((unit for unit in known if unit != PURE), known[0] if known else None)


def _raised(base: Unit | None, exponent: float | None) -> Unit | None:
    if exponent is None:
        return PURE
    return None if base is None else base**exponent


def _exponent(row: Builtin, node: Call) -> float | None:
    """Return the exponent of a function that is a power, if it is a plain number."""
    if row.name == "sqrt":
        return 0.5
    number = folded(node.arguments[1])
    return 1 / number if number and row.name == "xmile rootn" else number
