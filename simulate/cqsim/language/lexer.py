"""The words of an equation, and what the two languages write differently."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, NoReturn, Self, TypeVar

from cqsim.language.syntax import Source

Item = TypeVar("Item")
#: Characters of a name or number, at most.
LONGEST_WORD = 1_000


class Token(NamedTuple):
    """A word of an equation: `kind` is number, name, string, sign or end."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a language writes names and operators.

    Attributes
    ----------
    token, blank
        Match one word with the blanks before it (the name of the group is its kind),
        and blanks alone.
    binding
        How tightly each infix operator holds its operands.
    spelling
        The syntax tree's operator for one that this language writes in another way.
    calls
        Infix operators that are functions, with their names.
    words
        Names that are operators, in capitals.
    """

    token: re.Pattern[str]
    blank: re.Pattern[str]
    binding: Mapping[str, int]
    spelling: Mapping[str, str]
    calls: Mapping[str, str]
    words: frozenset[str]
    is_xmile: bool


_NUMBER = r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
_QUOTED = r'"(?:[^"\\\n]|\\.)*"'
_BLANK = r"(?:\s|\\[ \t]*\r?\n|\\t)*"
_WORD = r"[\w$'.&]*[\w$'&]"
_MARKS = (
    "AND|OR|NOT|NA|EXCEPT|RAW|INTERPOLATE|LOOK FORWARD|HOLD BACKWARD|TEST INPUT"
    "|THE CONDITION|IS|IMPLIES|SUPPLEMENTARY|MACRO|END OF MACRO"
).replace(" ", r"[ \t]+")
BINDING = {"+": 5, "-": 5, "*": 6, "/": 6, "^": 8}
BINDING |= dict.fromkeys(("=", "<>", "<", ">", "<=", ">="), 4)
SIGN = 7
NOT = 3

VENSIM = Dialect(
    re.compile(
        rf"""{_BLANK}(?:{_NUMBER}
        | (?P<name>{_QUOTED}|[^\W\d](?:{_WORD})?(?:(?:\s|\\[ \t]*\r?\n)+{_WORD})*)
        | (?P<string>'[^'\n]*')
        | (?P<sign><->|->|[-+*/^(),;!~|\[\]]|:[ \t]*(?i:{_MARKS})[ \t]*:
          |<=|>=|<>|:=|==|[=<>:]))""",
        re.VERBOSE,
    ),
    re.compile(_BLANK),
    BINDING | {":OR:": 1, ":AND:": 2},
    spelling={},
    calls={},
    words=frozenset(),
    is_xmile=False,
)
_XMILE_WORD = r"[\w$]+(?:'[\w$]+)*"
_XMILE_NAME = rf"(?:{_QUOTED}|(?![\d$]){_XMILE_WORD})"
XMILE = Dialect(
    re.compile(
        rf"""\s*(?:{_NUMBER}
        | (?P<name>\.?{_XMILE_NAME}(?:\.(?:{_QUOTED}|{_XMILE_WORD}))*)
        | (?P<string>'[^'\n]*')
        | (?P<sign>:(?i:AND|OR|NOT|NA):|<=|>=|<>|!=|==|:=|//|\.\*
          |[-+*/^=<>()\[\],;!:@&|]|'(?![^'\n]*')))""",
        re.VERBOSE,
    ),
    re.compile(r"\s*"),
    BINDING
    | {":OR:": 1, ":AND:": 2, "OR": 1, "|": 1, "AND": 2, "&": 2, "MOD": 6, "//": 6}
    | dict.fromkeys(("=", "==", "<>", "!="), 3),
    spelling={
        "OR": ":OR:",
        "|": ":OR:",
        "AND": ":AND:",
        "&": ":AND:",
        "!=": "<>",
        "==": "=",
    },
    calls={"MOD": "MOD", "//": "SAFEDIV"},
    words=frozenset(("AND", "OR", "NOT", "MOD", "IF", "THEN", "ELSE")),
    is_xmile=True,
)


def spelled(text: str) -> str:
    """Return a name with each run of blanks as one blank."""
    return text if text[:1] == '"' else " ".join(text.replace("\\", " ").split())


class Lexer:
    """Reads words from the place in a text that it is sent to.

    Attributes
    ----------
    token
        The word that stands at the place.
    last
        Where the word before it ends.
    limit
        Where the part of the text that is read ends.
    """

    token: Token
    last: int

    def __init__(
        self, source: Source, dialect: Dialect, limit: int | None = None
    ) -> None:
        self.source = source
        self.dialect = dialect
        self.limit = len(source.text) if limit is None else limit

    def seek(self, place: int) -> Self:
        """Go to a place in the text, and read the word that begins there."""
        self.last = place
        self.token = self._read(place)
        return self

    def _read(self, place: int) -> Token:
        text = self.source.text
        while place < self.limit:
            if text[place] == "{":
                place = after_comment(self.source, place, self.limit)
                continue
            match = self.dialect.token.match(text, place, self.limit)
            if match is not None:
                return self._token(match)
            found = self.dialect.blank.match(text, place, self.limit)
            if found is None or found.end() == place:
                what = f"'{text[place]}' cannot stand here"
                raise self.source.fault(place, what, "Delete it, or quote the name.")
            place = found.end()
        return Token("end", "", self.limit, self.limit)

    def _token(self, match: re.Match[str]) -> Token:
        kind = str(match.lastgroup)
        text, start, end = match[kind], match.start(kind), match.end()
        if len(text) > LONGEST_WORD:
            what = f"a name or number has more than {LONGEST_WORD} characters"
            raise self.source.fault(start, what, "Give a shorter one.")
        if kind == "sign":
            if text[0] == ":" and len(text) > 2:
                text = f":{' '.join(text.strip(':').split()).upper()}:"
        elif self.dialect.words and text.upper() in self.dialect.words:
            kind, text = "sign", text.upper()
        return Token(kind, text, start, end)

    def take(self) -> Token:
        """Return the word that stands here, and go on to the next."""
        taken, self.last = self.token, self.token.end
        self.token = self._read(taken.end)
        return taken

    def sees(self, *signs: str) -> bool:
        """Whether one of these signs stands here."""
        return self.token.kind == "sign" and self.token.text in signs

    def skip(self, *signs: str) -> bool:
        """Go past one of these signs; False where none of them stands here."""
        found = self.sees(*signs)
        if found:
            self.take()
        return found

    def expect(self, sign: str) -> None:
        """Go past a sign that must stand here."""
        if not self.skip(sign):
            self.refuse(f"'{sign}' is missing before {self.shown()}")

    def listed(self, item: Callable[[], Item], *closing: str) -> tuple[Item, ...]:
        """Take items with commas between them, up to one of the closing signs."""
        found = []
        while not self.sees(*closing):
            found.append(item())
            if not self.skip(","):
                break
        return tuple(found)

    def shown(self) -> str:
        """Return the word that stands here, as a message shows it."""
        return f"'{self.token.text}'" if self.token.text else "the end"

    def refuse(self, what: str, remedy: str = "Correct the equation.") -> NoReturn:
        """Raise the error for a fault at the word that stands here."""
        raise self.source.fault(self.token.start, what, remedy)

    def name(self) -> str:
        """Take a name; one that begins with a digit is a name too.

        XMILE writes `_` for a blank in a name; files by other hands have the blank.
        """
        if self.token.kind not in ("name", "number"):
            self.refuse(f"a name is missing before {self.shown()}")
        start = self.token.start
        number = self.take().kind == "number"
        if number and self.token.kind == "name":
            self.take()
        while self.dialect.is_xmile and self.token.kind in ("name", "number"):
            self.take()
        found = spelled(self.source.text[start : self.last])
        if not found.strip('" '):
            remedy = "Write a name between the quotes."
            raise self.source.fault(start, "a name is empty", remedy)
        return found


def after_comment(source: Source, place: int, limit: int) -> int:
    """Return where the comment that begins here ends; comments nest."""
    depth = 0
    for end in range(place, limit):
        depth += {"{": 1, "}": -1}.get(source.text[end], 0)
        if depth == 0:
            return end + 1
    raise source.fault(place, "the comment is not closed", "Add '}'.")
