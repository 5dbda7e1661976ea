"""The functions of both languages, as `builtins.txt` lists them.

It is the only table that says what a function is.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cqsim.language.syntax import Language

ANY = 255


@dataclass(frozen=True, slots=True)
class Builtin:
    """A function of the language.

    Attributes
    ----------
    name
        Vensim's name in small letters; where XMILE has another meaning, `xmile NAME`.
    least, most
        How many arguments it takes.
    units
        `arguments>result`: `x` and `y` are any unit, the same wherever they stand; `t`
        is the unit of time, `1` a pure number, `l` that of a lookup's x axis, `?` not
        checked. The last argument's stands for all that follow.
    direction
        For each argument `+` or `-` where the result moves with it or against it, `?`
        where that is not known; the last stands for all that follow. The argument
        `initial` moves nothing later.
    interval
        Where the result stays: `x` between the least and greatest that the arguments
        in `x` (else the first) ever are; `0x` between these and 0; `sign` not below 0
        where none of them is, nor above; or between two numbers, `0,1`. Empty:
        anywhere.
    initial
        The number of the argument that only says where it starts, from 0; -1: none.
    has_memory
        Whether it depends on earlier times.
    """

    name: str
    least: int
    most: int
    units: str
    direction: str = "?"
    interval: str = ""
    initial: int = -1
    has_memory: bool = False
    vensim: tuple[str, ...] = ()
    xmile: tuple[str, ...] = ()

    def unit_of(self, argument: int) -> str:
        """Return the rule for the unit of an argument, counted from 0."""
        rules = self.units.partition(">")[0].split(",")
        return rules[min(argument, len(rules) - 1)]

    def direction_of(self, argument: int) -> str:
        """Return the direction for an argument, counted from 0; `0` if it has none."""
        if argument == self.initial:
            return "0"
        return self.direction[min(argument, len(self.direction) - 1)]


def _rows() -> Iterator[tuple[str, list[str]]]:
    """Yield the name of each function with what else stands in its line."""
    text = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, *columns = re.split(" {2,}", line)
            yield name, columns


def _builtin(name: str, takes: str, *columns: str) -> Builtin:
    """Return a function from the columns of its line."""
    units, direction, interval, initial, memory, *others = columns
    least, _, most = takes.partition("-")
    own: Language = "xmile" if name.startswith("xmile ") else "vensim"
    spelled: dict[str, tuple[str, ...]] = {own: (name.removeprefix("xmile "),)}
    for other in others:
        language, _, spelling = other.partition("=")
        added = () if spelling == "-" else (*spelled.get(language, ()), spelling)
        spelled[language] = added
    return Builtin(
        name,
        int(least),
        int(most.replace("*", str(ANY)) or least),
        units,
        direction,
        "" if interval == "-" else interval,
        -1 if initial == "-" else int(initial),
        memory == "yes",
        spelled.get("vensim", ()),
        spelled.get("xmile", ()),
    )


#: Functions that are known and not run, each with what to do instead.
REFUSED: Mapping[str, str] = {
    name: columns[1] for name, columns in _rows() if columns[0] == "refused"
}
#: By name.
BUILTINS: Mapping[str, Builtin] = {
    name: _builtin(name, *columns) for name, columns in _rows() if name not in REFUSED
}
_VENSIM = {spelling: row for row in BUILTINS.values() for spelling in row.vensim}
_XMILE = _VENSIM | {
    spelling: row for row in BUILTINS.values() for spelling in row.xmile
}

#: XMILE's names that need no parentheses.
NAMES_ALONE = frozenset(("time", "dt", "starttime", "stoptime", "pi", "inf", "nan"))


def builtin(name: str, language: Language) -> Builtin | None:
    """Return the function that a language calls by a name in its canonical spelling.

    XMILE files may call Vensim's functions too, as programs that export them do; where
    a name is in both, the file's language decides.
    """
    return (_VENSIM if language == "vensim" else _XMILE).get(name)


def names(language: Language) -> list[str]:
    """Return all names of functions that a language has, in capitals."""
    return [name.upper() for name in (_VENSIM if language == "vensim" else _XMILE)]
