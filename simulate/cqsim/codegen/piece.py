"""Pieces of emitted NumPy text, and the arrays that the text refers to."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

#: How tightly a piece of text binds, from the loosest.
LOOSEST, SUM, PRODUCT, SIGN, POWER, ATOM = range(6)


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text, the counters its array has axes for, and how tightly it binds."""

    text: str
    indices: tuple[str, ...] = ()
    binding: int = ATOM
    condition: bool = False

    def within(self, binding: int) -> str:
        """Return the text, in parentheses where it binds less tightly."""
        return f"({self.text})" if self.binding < binding else self.text


@dataclass
class Pool:
    """Arrays that emitted code takes its positions and literals from."""

    arrays: list[Any] = field(default_factory=list)
    _known: dict[Any, str] = field(default_factory=dict)

    def name(self, key: Any, make: Callable[[], Any]) -> str:
        """Return the identifier of an array, added if it is new."""
        if key not in self._known:
            self._known[key] = f"k{len(self.arrays)}"
            self.arrays.append(make())
        return self._known[key]
