"""The unit of every part of an equation, and the smallest part at fault.

From the leaves upwards each part gets a unit, once, or none where nothing is known of
it. Then the unit that each place asks for is carried downwards, and compared. Where
terms of a sum differ, the term at fault is the one that does not have the unit that is
asked for, or else the odd one out.
"""

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cqsim.language.builtins import Builtin
from cqsim.language.expression import folded
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
    walk,
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
    for node in reversed([*walk(tree)]):
        check.found[id(node)] = check.unit(node)
    check.compare(tree, declared, "the unit declared for the variable")
    waiting: list[Asked] = [(tree, declared)]
    while waiting:
        waiting.extend(check.asked(*waiting.pop()))
    return check.found[id(tree)], _smallest(tree, check.mismatches)


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
    found: dict[int, Unit | None] = field(default_factory=dict)
    mismatches: list[Mismatch] = field(default_factory=list)

    # Upwards: the unit that a part has.

    def unit(self, node: Expression) -> Unit | None:
        """Return the unit of a part from those of the parts in it."""
        match node:
            case Number(value=value):
                return None if value == 0 or abs(value) > 1e30 else PURE
            case Reference(name=name):
                return self._named(canonical(name))
            case Call():
                return self._result(node)
            case Unary(operator=operator, operand=operand):
                return self.found[id(operand)] if operator == "-" else PURE
            case Binary(left=left, right=right):
                return _combined(node, self.found[id(left)], self.found[id(right)])
            case _:
                return None

    def _named(self, key: str) -> Unit | None:
        if key == "time":
            return self.known.time
        if key not in self.known.model.variables:
            return PURE  # an element of a range, which stands for its number
        return self.known.declared.get(key)

    def _result(self, node: Call) -> Unit | None:
        row = function_of(node, self.known.model)
        if row is None:
            return self.known.declared.get(canonical(node.function))
        if row.name in _POWERS and node.arguments:
            return _raised(self.found[id(node.arguments[0])], _exponent(row, node))
        result = row.units.partition(">")[2]
        return self._of_rule(result, self._letters(row, node))

    def _letters(self, row: Builtin, node: Call) -> dict[str, Unit]:
        """Return what `x` and `y` of a rule stand for."""
        given = [(row.unit_of(n), self.found[id(a)]) for n, a in _given(row, node)]
        letters = {}
        for letter in "xy":
            found = _first(unit for rule, unit in given if rule == letter)
            rate = _first(unit for rule, unit in given if rule == f"{letter}/t")
            if found is not None:
                letters[letter] = found
            elif rate is not None:
                letters[letter] = rate * self.known.time
        return letters

    def _of_rule(self, rule: str, letters: Mapping[str, Unit]) -> Unit | None:
        """Return the unit that a rule such as `x/t` stands for, if it is known."""
        units = {"": PURE, "1": PURE, "t": self.known.time, **letters}
        over, _, under = rule.partition("/")
        return units[over] / units[under] if {over, under} <= units.keys() else None

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
    ) -> Generator[Asked, None, Unit | None]:
        """Note each part that differs from the one unit that parts share; return it.

        It is the unit asked for where a part has it, else the most frequent.
        """
        found = [u for u in (self.found[id(part)] for part in parts) if u is not None]
        shared = wanted
        if not any(wanted and self.known.units.same(unit, wanted) for unit in found):
            count = found.count
            by_count = sorted(found, key=lambda u: (count(u), u != PURE), reverse=True)
            shared = by_count[0] if by_count else wanted
        for part in parts:
            self.compare(part, shared, why)
            yield part, wanted or shared
        return shared

    def _of_product(self, node: Binary, wanted: Unit | None) -> Iterator[Asked]:
        left, right = self.found[id(node.left)], self.found[id(node.right)]
        if node.operator == "*":
            yield node.left, _over(wanted, right)
            yield node.right, _over(wanted, left)
        else:
            yield node.left, _over(wanted, _over(PURE, right))
            yield node.right, _over(left, wanted)

    def _of_operation(self, node: Binary) -> Iterator[Asked]:
        if node.operator in _COMPARISONS:
            sides = (node.left, node.right)
            yield from self._agreed(sides, None, "what it is compared with")
        elif node.operator == "^":
            yield from self._of_power(node.left, [node.right], folded(node.right))
        else:
            yield self._pure(node.left, f"what {node.operator} takes")
            yield self._pure(node.right, f"what {node.operator} takes")

    def _of_power(
        self, base: Expression, exponents: Iterable[Expression], number: float | None
    ) -> Iterator[Asked]:
        for exponent in exponents:
            yield self._pure(exponent, "an exponent")
        why = "the base of a power whose exponent is no plain number"
        yield self._pure(base, why) if number is None else (base, None)

    def _of_call(self, node: Call, wanted: Unit | None) -> Iterator[Asked]:
        row = function_of(node, self.known.model)
        if row is None:
            if canonical(node.function) in self.known.model.variables:
                self._axis(node.arguments[0], canonical(node.function))
            yield from ((argument, None) for argument in node.arguments)
        elif row.name in _POWERS:
            base, *rest = node.arguments
            yield from self._of_power(base, rest[:1], _exponent(row, node))
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
        letters = self._letters(row, node)
        why = f"the other arguments of {node.function}"
        for letter in "xy":
            alike = [a for n, a in _given(row, node) if row.unit_of(n) == letter]
            asked = self._wanted(row, wanted) if letter == "x" else None
            shared = yield from self._agreed(alike, asked, why)
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
            if rule not in ("x", "y"):
                asked = self._of_rule(rule, letters)
                self.compare(argument, asked, f"what {node.function} takes")
                yield argument, asked

    def _wanted(self, row: Builtin, wanted: Unit | None) -> Unit | None:
        """Return the `x` of a rule whose result has the unit that is asked for."""
        if wanted is None:
            return None
        result = row.units.partition(">")[2]
        asked = {"x": wanted, "x/t": wanted * self.known.time, "1/x": PURE / wanted}
        return asked.get(result)


def _given(row: Builtin, node: Call) -> Iterator[tuple[int, Expression]]:
    """Yield the arguments but for a plain number that says where a stock starts."""
    for number, argument in enumerate(node.arguments):
        is_number = isinstance(argument, ArrayLiteral) or folded(argument) is not None
        if number != row.initial or not is_number:
            yield number, argument


def _over(one: Unit | None, other: Unit | None) -> Unit | None:
    return None if one is None or other is None else one / other


def _combined(node: Binary, left: Unit | None, right: Unit | None) -> Unit | None:
    """Return the unit of an operation from those of its sides."""
    match node.operator:
        case "+" | "-":
            return _first((left, right))
        case "*":
            return None if left is None or right is None else left * right
        case "/":
            return _over(left, right)
        case "^":
            return _raised(left, folded(node.right))
        case _:
            return PURE


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
