"""The unit of every part of an equation, and the smallest part at fault.

From the leaves upwards each part gets a unit, or none where nothing is known of it; the
unit that its place asks for comes from above. Where terms of a sum differ, the term at
fault is the one that does not have the unit that is asked for, or else the odd one out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from cqsim.language.builtins import builtin
from cqsim.language.syntax import (
    ArrayLiteral,
    Binary,
    Call,
    Expression,
    Number,
    Reference,
    Unary,
    canonical,
)
from cqsim.model.model import Model
from cqsim.units.functions import Rule, rule_of
from cqsim.units.mismatch import Mismatch
from cqsim.units.parts import TERMS, plain_number, terms
from cqsim.units.registry import Units
from cqsim.units.unit import PURE, Unit

_COMPARISONS = ("=", "<>", "<", ">", "<=", ">=")


@dataclass(frozen=True, slots=True)
class Reading:
    """A lookup read at a value of some unit."""

    lookup: str
    part: Expression
    unit: Unit


@dataclass(slots=True)
class Analysis:
    """The units within one equation.

    Parameters
    ----------
    known
        The units of the model's variables; those without one are missing.
    time
        The unit of time.
    """

    model: Model
    units: Units
    known: Mapping[str, Unit]
    time: Unit
    mismatches: list[Mismatch] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)

    def check(self, tree: Expression, declared: Unit | None) -> Unit | None:
        """Compare a right side with the unit declared for it; return what it has."""
        found = self.unit(tree, declared)
        if found is not None and declared is not None:
            self._refuse(tree, found, declared, "the unit declared for the variable")
        return found

    def unit(self, node: Expression, wanted: Unit | None) -> Unit | None:
        """Return the unit of a part, None where it may have any."""
        match node:
            case Number(value=value):
                return None if value == 0 or abs(value) > 1e30 else PURE
            case Reference():
                return self._reference(node)
            case Unary(operator="-", operand=operand):
                return self.unit(operand, wanted)
            case Unary(operand=operand):
                return self._pure(operand, "what :NOT: takes")
            case Binary():
                return self._operation(node, wanted)
            case Call():
                return self._call(node, wanted)
            case ArrayLiteral():
                return wanted
            case _:
                return None

    def _reference(self, node: Reference) -> Unit | None:
        key = canonical(node.name)
        if key == "time":
            return self.time
        variable = self.model.variables.get(key)
        if variable is None:
            return PURE  # an element of a range, which stands for its number
        return None if variable.kind == "lookup" else self.known.get(key)

    def _operation(self, node: Binary, wanted: Unit | None) -> Unit | None:
        operator = node.operator
        if operator in TERMS:
            return self.agreed(terms(node), wanted, "the other terms")
        if operator in _COMPARISONS:
            self.agreed((node.left, node.right), None, "what it is compared with")
            return PURE
        if operator == "^":
            return self._power(node.left, node.right)
        if operator in ("*", "/"):
            return self._product(node, wanted)
        for part in (node.left, node.right):
            self._pure(part, f"what {operator} takes")
        return PURE

    def _product(self, node: Binary, wanted: Unit | None) -> Unit | None:
        """Return the unit of a product or quotient; each side is told what is left."""
        is_product = node.operator == "*"
        right = self._tried(node.right)
        asked = None
        if wanted is not None and right is not None:
            asked = wanted / right if is_product else wanted * right
        left = self.unit(node.left, asked)
        asked = None
        if wanted is not None and left is not None:
            asked = wanted / left if is_product else left / wanted
        right = self.unit(node.right, asked)
        if left is None or right is None:
            return None
        return left * right if is_product else left / right

    def _tried(self, node: Expression) -> Unit | None:
        """Return the unit of a part without noting what is wrong in it."""
        trial = replace(self, mismatches=[], readings=[])
        return trial.unit(node, None)

    def agreed(
        self, parts: Sequence[Expression], wanted: Unit | None, why: str
    ) -> Unit | None:
        """Return the one unit that parts share; each that differs is at fault."""
        found = [(part, self.unit(part, wanted)) for part in parts]
        known = [(part, unit) for part, unit in found if unit is not None]
        if not known:
            return None
        shared = self._shared([unit for _, unit in known], wanted)
        for part, unit in known:
            self._refuse(part, unit, shared, why)
        return shared

    def _shared(self, found: Sequence[Unit], wanted: Unit | None) -> Unit:
        """Return the unit asked for where a part has it, else the most frequent."""
        if wanted is not None and any(self.units.same(u, wanted) for u in found):
            return wanted

        def weight(unit: Unit) -> tuple[int, bool]:
            return sum(self.units.same(unit, u) for u in found), unit != PURE

        return max(found, key=weight)

    def _power(self, base: Expression, exponent: Expression) -> Unit | None:
        self._pure(exponent, "an exponent")
        number = plain_number(exponent)
        if number is None:
            self._pure(base, "the base of a power whose exponent is no plain number")
            return PURE
        unit = self.unit(base, None)
        return None if unit is None else unit**number

    def _call(self, node: Call, wanted: Unit | None) -> Unit | None:
        name = canonical(node.function)
        variable = self.model.variables.get(name)
        if variable is not None:
            return self._lookup(node, name)
        row = builtin(name, self.model.language)
        if row is None:
            for argument in node.arguments:
                self.unit(argument, None)
            return None
        if row.units.endswith(">x/y") and len(node.arguments) > 1:
            return self._quotient(node)
        if row.name in ("power", "sqrt") and node.arguments:
            second = node.arguments[1] if name == "power" else Number(0, 0, 0.5)
            return self._power(node.arguments[0], second)
        if row.name.startswith("get ") and row.units == "?>?":
            return wanted
        return self._by_rule(node, rule_of(row), wanted)

    def _lookup(self, node: Call, name: str) -> Unit | None:
        for argument in node.arguments[:1]:
            unit = self.unit(argument, None)
            if unit is not None:
                self.readings.append(Reading(name, argument, unit))
        return self.known.get(name)

    def _quotient(self, node: Call) -> Unit | None:
        over, under, *rest = (self.unit(a, None) for a in node.arguments)
        quotient = None if over is None or under is None else over / under
        if rest and rest[0] is not None and quotient is not None:
            why = "the quotient for which it stands in"
            self._refuse(node.arguments[2], rest[0], quotient, why)
        return quotient

    def _by_rule(self, node: Call, rule: Rule, wanted: Unit | None) -> Unit | None:
        wants = [(a, rule.argument(n)) for n, a in enumerate(node.arguments)]
        why = f"the other arguments of {node.function}"
        self.agreed([a for a, code in wants if code == "y"], None, why)
        x = self._of_rate(wants, self._asked(rule, wanted))
        alike = [a for a, code in wants if code == "x"]
        found = self.agreed(alike, x, why)
        if canonical(node.function) == "integ" and x is not None and found is not None:
            if plain_number(alike[0]) is None:
                self._refuse(alike[0], found, x, "the unit declared for the stock")
        else:
            x = x if found is None else found
        for argument, code in wants:
            if code in ("x", "y"):
                continue
            asked = self._of_code(code, x)
            unit = self.unit(argument, asked)
            if unit is not None and asked is not None:
                self._refuse(argument, unit, asked, f"what {node.function} takes")
        return self._of_code(rule.result, x)

    def _asked(self, rule: Rule, wanted: Unit | None) -> Unit | None:
        """Return the `x` of a rule whose result has the unit that is asked for."""
        if wanted is None:
            return None
        asked = {"x": wanted, "x/t": wanted * self.time, "1/x": PURE / wanted}
        return asked.get(rule.result)

    def _of_rate(
        self, wants: Sequence[tuple[Expression, str]], asked: Unit | None
    ) -> Unit | None:
        """Return the `x` asked for, else that of a rate among the arguments."""
        rates = [argument for argument, code in wants if code == "x/t"]
        if asked is not None or not rates:
            return asked
        unit = self._tried(rates[0])
        return None if unit is None else unit * self.time

    def _of_code(self, code: str, x: Unit | None) -> Unit | None:
        """Return the unit that a rule's code stands for."""
        units = {"1": PURE, "t": self.time, "1/t": PURE / self.time}
        if x is not None:
            units |= {"x": x, "x/t": x / self.time, "1/x": PURE / x}
        return units.get(code)

    def _pure(self, node: Expression, why: str) -> Unit:
        unit = self.unit(node, PURE)
        if unit is not None:
            self._refuse(node, unit, PURE, f"{why}, a pure number")
        return PURE

    def _refuse(self, part: Expression, found: Unit, wanted: Unit, why: str) -> None:
        """Note a part whose unit is not the one that its place asks for."""
        if not self.units.same(found, wanted):
            self.mismatches.append(Mismatch(part, found, wanted, why))
