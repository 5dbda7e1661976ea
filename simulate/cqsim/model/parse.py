"""From the text of a right side to its tree.

The text keeps its line breaks, so that a fault knows its line.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NoReturn

from cqsim.model.expression import (
    Array,
    Call,
    Negation,
    Node,
    Number,
    Operation,
    Reference,
    Table,
    Text,
)

_TOKEN = re.compile(
    r"""(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
      | (?P<quoted>"(?:[^"\\]|\\.)*")
      | (?P<text>'[^']*')
      | (?P<word>:(?:AND|OR|NOT|NA):)
      | (?P<name>[^\W\d](?:[\w\s'$]*[\w'$])?)
      | (?P<sign><=|>=|<>|[-+*/^=<>()\[\],;!])
      | (?P<blank>\s+)""",
    re.VERBOSE | re.IGNORECASE,
)

# How tightly an operator binds; a power binds to the right.
_BINDING = {":OR:": 1, ":AND:": 2}
_BINDING |= dict.fromkeys(("=", "<>", "<", ">", "<=", ">="), 4)
_BINDING |= {"+": 5, "-": 5, "*": 6, "/": 6, "^": 8}
_NOT_BINDING, _MINUS_BINDING = 3, 7
_MISSING = -(2.0**109)


class ExpressionFault(Exception):  # noqa: N818 - a place and a reason, made an error with its file by the caller
    """What is wrong with a right side, and at which character."""

    def __init__(self, offset: int, what: str) -> None:
        super().__init__(offset, what)

    @property
    def offset(self) -> int:
        """The character at fault, counted from 0."""
        return int(self.args[0])

    @property
    def what(self) -> str:
        """What is wrong there."""
        return str(self.args[1])


#: Deeper and longer than this no person writes, and what reads a tree comes to its end.
DEEPEST, LONGEST = 100, 300


@dataclass(frozen=True, slots=True)
class Token:
    """A word of an equation and where it stands."""

    kind: str
    text: str
    offset: int


def tokens(text: str) -> list[Token]:
    """Return the words of a right side.

    Raises
    ------
    ExpressionFault
        A character that no equation can hold, or a quote that is not closed.
    """
    found = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            what = f"'{text[position]}' cannot stand here"
            if text[position] in "\"'":
                what = f"the quote {text[position]} is not closed"
            raise ExpressionFault(position, what)
        if match.lastgroup != "blank":
            found.append(Token(str(match.lastgroup), match.group(), position))
        position = match.end()
    return found


def parse_expression(text: str) -> Node:
    """Return the tree of a right side, or the numbers of an array.

    Raises
    ------
    ExpressionFault
        The text is not an expression.
    """
    parser = _Parser(tokens(text), len(text.rstrip()))
    tree = parser.expression(0)
    if parser.sees(",", ";"):
        return _Parser(tokens(text), len(text.rstrip())).array()
    parser.end()
    return tree


def parse_table(text: str) -> Table:
    """Return the points of a lookup from what its parentheses hold."""
    return _points(tokens(text), 0)


def _points(words: Sequence[Token], offset: int) -> Table:
    """Return the points among these words, as pairs or as all x before all y."""
    drawn = _without_drawing_range(words)
    numbers = [
        -float(word.text) if before.text == "-" else float(word.text)
        for before, word in pairwise(drawn)
        if word.kind == "number"
    ]
    if len(numbers) < 2 or len(numbers) % 2:
        what = "a lookup needs pairs of numbers: (x, y), (x, y), …"
        raise ExpressionFault(offset, what)
    if sum(word.text == "(" for word in drawn) > 1:
        return Table(tuple(zip(numbers[::2], numbers[1::2], strict=True)))
    half = len(numbers) // 2
    return Table(tuple(zip(numbers[:half], numbers[half:], strict=True)))


def _without_drawing_range(words: Sequence[Token]) -> list[Token]:
    """Return the words outside `[...]`, which only says how Vensim draws the curve."""
    kept = [Token("sign", ",", 0)]
    inside = False
    for word in words:
        inside = word.text == "[" or (inside and word.text != "]")
        if not inside and word.text != "]":
            kept.append(word)
    return kept


class _Parser:
    """A precedence climber over the words of one right side."""

    def __init__(self, words: list[Token], length: int) -> None:
        self.words = words
        self.length = length
        self.place = 0
        self.depth = 0

    def sees(self, *texts: str) -> bool:
        """Whether the next word is one of these signs."""
        return self.place < len(self.words) and self.words[self.place].text in texts

    def fail(self, what: str) -> NoReturn:
        at = self.place
        offset = self.words[at].offset if at < len(self.words) else self.length
        raise ExpressionFault(offset, what)

    def take(self) -> Token:
        if self.place >= len(self.words):
            self.fail("the equation ends too early")
        self.place += 1
        return self.words[self.place - 1]

    def expect(self, text: str) -> None:
        if not self.sees(text):
            got = self.words[self.place].text if self.place < len(self.words) else ""
            end = f"before '{got}'" if got else "at the end of the equation"
            self.fail(f"'{text}' is missing {end}")
        self.place += 1

    def end(self) -> None:
        if self.place < len(self.words):
            self.fail(f"'{self.words[self.place].text}' cannot stand here")

    def expression(self, floor: int) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            self.fail(f"parentheses or signs are nested more than {DEEPEST} deep")
        tree = self.chain(floor)
        self.depth -= 1
        return tree

    def chain(self, floor: int) -> Node:
        left = self.prefix()
        terms = 1
        while self.place < len(self.words):
            operator = self.words[self.place].text.upper()
            binding = _BINDING.get(operator, 0)
            if binding <= floor:
                break
            self.place += 1
            right = self.expression(binding - 1 if operator == "^" else binding)
            left = Operation(operator, left, right)
            terms += 1
            if terms > LONGEST:
                self.fail(f"more than {LONGEST} terms stand in a row")
        return left

    def prefix(self) -> Node:
        word = self.take()
        if word.text == "-":
            operand = self.expression(_MINUS_BINDING - 1)
            if isinstance(operand, Number):
                return Number(-operand.value)
            return Negation("-", operand)
        if word.text == "+":
            return self.expression(_MINUS_BINDING - 1)
        if word.text.upper() == ":NOT:":
            return Negation(":NOT:", self.expression(_NOT_BINDING))
        if word.text == "(":
            inner = self.expression(0)
            self.expect(")")
            return inner
        return self.atom(word)

    def atom(self, word: Token) -> Node:
        if word.kind == "number":
            return Number(float(word.text))
        if word.kind == "text":
            return Text(word.text[1:-1])
        if word.text.upper() == ":NA:":
            return Number(_MISSING)
        if word.kind not in ("name", "quoted"):
            self.place -= 1
            self.fail(f"'{word.text}' cannot stand here")
        name = " ".join(word.text.split())
        subscripts = self.subscripts()
        if self.sees("("):
            self.place += 1
            return self.call(name, subscripts)
        return Reference(name, subscripts)

    def subscripts(self) -> tuple[str, ...]:
        if not self.sees("["):
            return ()
        self.place += 1
        names = [self.subscript()]
        while self.sees(","):
            self.place += 1
            names.append(self.subscript())
        self.expect("]")
        return tuple(names)

    def subscript(self) -> str:
        word = self.take()
        if word.kind not in ("name", "quoted"):
            self.place -= 1
            self.fail(f"'{word.text}' is not a subscript")
        mark = "!" if self.sees("!") else ""
        self.place += len(mark)
        return " ".join(word.text.split()) + mark

    def call(self, name: str, subscripts: tuple[str, ...]) -> Node:
        arguments: list[Node] = []
        while not self.sees(")"):
            if name.upper() == "WITH LOOKUP" and len(arguments) == 1:
                arguments.append(self.inline_table())
            else:
                arguments.append(self.expression(0))
            if not self.sees(","):
                break
            self.place += 1
        self.expect(")")
        return Call(name, tuple(arguments), subscripts)

    def inline_table(self) -> Table:
        start = self.place
        depth = 0
        while True:
            depth += {"(": 1, ")": -1}.get(self.take().text, 0)
            if depth <= 0:
                break
        return _points(self.words[start : self.place], self.words[start].offset)

    def array(self) -> Array:
        rows: list[tuple[float, ...]] = []
        row: list[float] = []
        while self.place < len(self.words):
            row.append(self.number())
            if self.place < len(self.words) and not self.sees(",", ";"):
                self.fail("an array is numbers with ',' or ';' between them")
            if self.place == len(self.words) or self.take().text == ";":
                rows.append(tuple(row))
                row = []
        if row:
            self.fail("a number is missing after the last ','")
        return Array(tuple(rows))

    def number(self) -> float:
        value = self.expression(0)
        if not isinstance(value, Number):
            self.place -= 1
            self.fail("only numbers can stand in an array")
        return value.value
