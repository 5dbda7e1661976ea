"""One expression parser for both languages.

It climbs operator precedence (Pratt 1973, doi:10.1145/512927.512931).
"""

import math
import operator as operator_module
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Self

from cqsim.language.lexer import BINDING, NOT, SIGN, VENSIM, Dialect, Lexer
from cqsim.language.syntax import (
    ArrayLiteral,
    Binary,
    Call,
    Expression,
    LookupTable,
    Number,
    Reference,
    Source,
    String,
    Subscript,
    Unary,
)

#: Vensim's missing value.
MISSING = -(2.0**109)
#: Parentheses, functions and signs within each other, at most.
DEEPEST = 100
#: What ends the points of a lookup.
_ENDS = (")", "~", "|")
#: Operators in a row, at most.
LONGEST_CHAIN = 500


def parse_expression(
    source: Source, dialect: Dialect, *, is_array: bool = False
) -> Expression:
    """Return the tree of a text that is one expression, or the numbers of an array.

    Raises
    ------
    InputFileError
        At the character at fault.
    """
    parser = Parser(source, dialect).seek(0)
    found = parser.right_side() if is_array else parser.expression()
    if parser.token.kind != "end":
        parser.refuse(f"'{parser.token.text}' cannot stand here")
    return found


def parse_text(text: str) -> Expression:
    """Return the tree of an expression that stands in no model, in Vensim's language.

    Raises
    ------
    InputFileError
        At the character at fault.
    """
    return parse_expression(Source(Path(), text), VENSIM)


class Parser(Lexer):
    """Reads expressions, lookups and arrays, one after another."""

    _depth = 0

    def seek(self, place: int) -> Self:
        """Go to a place in the text, where nothing is open."""
        self._depth = 0
        return super().seek(place)

    def expression(self, minimum: int = 0) -> Expression:
        """Take an expression whose operators hold more tightly than `minimum`."""
        self._depth += 1
        if self._depth > DEEPEST:
            self.refuse(
                f"the equation is nested more than {DEEPEST} deep",
                "Name a part of it in a variable of its own.",
            )
        left = self._operand()
        chain = 0
        while self._binding() > minimum:
            chain += 1
            if chain > LONGEST_CHAIN:
                what = f"more than {LONGEST_CHAIN} operators stand in a row"
                self.refuse(what, "Name a part of it in a variable of its own.")
            left = self._operation(left)
        self._depth -= 1
        return left

    def _binding(self) -> int:
        if self.token.kind != "sign":
            return 0
        return self.dialect.binding.get(self.token.text, 0)

    def _operation(self, left: Expression) -> Expression:
        binding = self._binding()
        sign = self.take().text
        right = self.expression(binding - 1 if sign == "^" else binding)
        if sign in self.dialect.calls:
            return Call(left.start, right.end, self.dialect.calls[sign], (left, right))
        operator = self.dialect.spelling.get(sign, sign)
        return Binary(left.start, right.end, operator, left, right)

    def _operand(self) -> Expression:
        start = self.token.start
        if self.token.kind == "sign":
            return self._prefixed(start)
        if self.token.kind == "number":
            return self._number()
        if self.token.kind == "string":
            return String(start, self.token.end, self.take().text[1:-1])
        return self._reference()

    def _prefixed(self, start: int) -> Expression:
        if self.skip("-"):
            operand = self.expression(SIGN - 1)
            if isinstance(operand, Number):
                return Number(start, operand.end, -operand.value)
            return Unary(start, operand.end, "-", operand)
        if self.skip("+"):
            return self.expression(SIGN - 1)
        if self.sees(":NOT:", "NOT"):
            operand = self.expression(NOT if self.take().text == ":NOT:" else SIGN - 1)
            return Unary(start, operand.end, ":NOT:", operand)
        if self.skip(":NA:"):
            return Number(start, self.last, MISSING)
        if self.skip("("):
            inner = self.expression()
            self.expect(")")
            return replace(inner, start=start, end=self.last)
        return self._word(start)

    def _word(self, start: int) -> Expression:
        """Take an expression that begins with one of the language's own words."""
        if self.skip("IF"):
            return self._condition(start)
        if not self.skip("MOD"):
            self.refuse(f"{self.shown()} stands where a name or number belongs")
        return self._call(start, "MOD", ())

    def _condition(self, start: int) -> Call:
        """Take what follows IF: a condition, THEN and ELSE with their expressions."""
        parts = [self.expression()]
        for word in ("THEN", "ELSE"):
            self.expect(word)
            parts.append(self.expression())
        return Call(start, self.last, "IF THEN ELSE", tuple(parts))

    def _number(self) -> Number:
        token = self.take()
        value = float(token.text)
        if math.isinf(value):
            what = "a number is too large"
            raise self.source.fault(token.start, what, "Give one below 1.8e308.")
        return Number(token.start, token.end, value)

    def _reference(self) -> Expression:
        start = self.token.start
        name = self.name()
        subscripts = self._subscripts() if self.skip("[") else ()
        if self.sees("'"):
            what = f"the transpose {name}' is not run"
            self.refuse(what, "Name its subscripts in the other order.")
        if not self.sees("("):
            return Reference(start, self.last, name, subscripts)
        return self._call(start, name, subscripts)

    def _call(
        self, start: int, name: str, subscripts: tuple[Subscript, ...]
    ) -> Expression:
        self.expect("(")
        if name.upper() == "TABBED ARRAY":
            return self._tabbed(start)
        arguments: tuple[Expression, ...]
        if name.upper() == "WITH LOOKUP":
            read = self.expression()
            arguments = (read, self._inline_table()) if self.skip(",") else (read,)
        else:
            arguments = self.listed(self.expression, ")", ":")
        outputs = self.listed(self.name, ")") if self.skip(":") else ()
        self.expect(")")
        return Call(start, self.last, name, arguments, subscripts, outputs)

    # Subscripts.

    def _subscripts(self) -> tuple[Subscript, ...]:
        found = self.listed(self._subscript, "]")
        self.expect("]")
        return found

    def _subscript(self) -> Subscript:
        start = self.token.start
        if self.skip("*"):
            return Subscript(start, self.last, "*")
        if not self.dialect.is_xmile:
            name = self.name()
            return Subscript(start, self.last, name, self.skip("!"))
        if self.skip("@"):
            return Subscript(start, self.last, f"@{self.name()}")
        return self._computed_subscript(start)

    def _computed_subscript(self, start: int) -> Subscript:
        """Take XMILE's subscript: a name, number, `a:b`, `dimension.*`, or computed."""
        inner = self.expression()
        name = _plain_name(inner)
        if name is None:
            return Subscript(start, self.last, "", False, inner)
        if self.skip(".*"):
            return Subscript(start, self.last, f"{name}.*")
        if self.skip(":"):
            end = _plain_name(self.expression())
            if end is None:
                self.refuse("a range of subscripts ends with a name or number")
            return Subscript(start, self.last, f"{name}:{end}")
        return Subscript(start, self.last, name, self.skip("!"))

    # Data.

    def _inline_table(self) -> LookupTable:
        self.expect("(")
        table = self.table()
        self.expect(")")
        return table

    def table(self) -> LookupTable:
        """Take a lookup's points: pairs, or all x before all y.

        What stands in brackets says how the lookup is drawn.
        """
        start = self.token.start
        if self.skip("["):
            while not self.skip("]"):
                if self.take().kind == "end":
                    self.refuse("']' is missing")
            self.skip(",")
        is_pairs = self.sees("(")
        points = [] if self.token.kind == "end" else self.listed(self._point, *_ENDS)
        numbers = [number for point in points for number in point]
        half = len(numbers) // 2
        if not numbers or len(numbers) % 2:
            self.refuse("a lookup needs pairs of numbers: (x, y), (x, y)")
        x, y = (numbers[:half], numbers[half:])
        if is_pairs:
            x, y = numbers[::2], numbers[1::2]
        return LookupTable(start, self.last, tuple(zip(x, y, strict=True)))

    def _point(self) -> tuple[float, ...]:
        if not self.skip("("):
            return (self._plain(self.expression(), "here"),)
        x = self._plain(self.expression(), "here")
        self.expect(",")
        y = self._plain(self.expression(), "here")
        self.expect(")")
        return x, y

    def _plain(self, node: Expression, where: str) -> float:
        value = folded(node)
        if value is None:
            what = f"only numbers can stand {where}"
            raise self.source.fault(node.start, what, "Write the number.")
        return value

    def _tabbed(self, start: int) -> ArrayLiteral:
        """Take numbers that blanks part; a line is a row."""
        rows: list[list[float]] = []
        while not self.sees(")"):
            gap = self.source.text[self.last : self.token.start]
            if not rows or "\n" in gap.replace("\\\n", ""):
                rows.append([])
            sign = -1.0 if self.skip("-") else 1.0
            if self.token.kind != "number":
                self.refuse("only numbers can stand in TABBED ARRAY")
            rows[-1].append(sign * self._number().value)
        self.expect(")")
        return ArrayLiteral(start, self.last, tuple(map(tuple, rows)))

    def right_side(self) -> Expression:
        """Take what stands right of an equals sign: an expression, or an array."""
        first = self.expression()
        if not self.sees(",", ";"):
            return first
        where = "in an array"
        rows = [[self._plain(first, where)]]
        while self.sees(",", ";"):
            if self.take().text == ";":
                rows.append([])
            if not self.sees("~", "|") and self.token.kind != "end":
                rows[-1].append(self._plain(self.expression(), where))
        filled = tuple(tuple(row) for row in rows if row)
        return ArrayLiteral(first.start, self.last, filled)


def folded(
    node: Expression, of: Callable[[Expression], float | None] = lambda _: None
) -> float | None:
    """Return the value of an expression of plain numbers; None for any other.

    A division by zero and a power that is no number have none.

    Parameters
    ----------
    of
        Returns what stands for a name or a call, if anything does.
    """
    match node:
        case Number(value=value):
            return value
        case Unary(operator="-", operand=operand):
            value_of = folded(operand, of)
            return None if value_of is None else -value_of
        case Binary(operator=operator, left=left, right=right) if operator in BINDING:
            first, second = folded(left, of), folded(right, of)
            if first is None or second is None:
                return None
            return _calculated(operator, first, second)
        case _:
            return of(node)


def _calculated(operator: str, left: float, right: float) -> float | None:
    """Return what an operator makes of two numbers; None if that is no number."""
    try:
        value = _ARITHMETIC[operator](left, right)
    except (ArithmeticError, ValueError, KeyError):
        return None
    return value if math.isfinite(value) else None


_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator_module.add,
    "-": operator_module.sub,
    "*": operator_module.mul,
    "/": operator_module.truediv,
    "^": math.pow,
}


def _plain_name(node: Expression) -> str | None:
    """Return a subscript that is just a name or a whole number."""
    match node:
        case Reference(name=name, subscripts=()):
            return name
        case Number(value=value) if value == int(value):
            return str(int(value))
        case _:
            return None
