"""Which characters the shipped fonts have; what they lack is printed as U+XXXX."""

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from cqsim.resources import data_folder


@cache
def covered() -> frozenset[str]:
    """Return the characters that every shipped font has."""
    from matplotlib.ft2font import FT2Font

    paths = sorted((data_folder("reports") / "fonts").glob("*.ttf"))
    maps = [set(FT2Font(str(path)).get_charmap()) for path in paths]
    return (
        frozenset(chr(code) for code in set.intersection(*maps))
        if maps
        else frozenset()
    )


MARKS = frozenset("\n\u27e6\u27e7")
"""A line's end, and the brackets of number markers, which are never printed."""


@dataclass(slots=True)
class Letters:
    """Cleans texts, and remembers what it had to replace and where it came from."""

    replaced: dict[str, str] = field(default_factory=dict)

    def cleaned(self, text: str, origin: str) -> str:
        """Return a text that the fonts can print."""
        known = covered() | MARKS
        if all(character in known for character in text):
            return text
        return "".join(self._shown(c, origin) if c not in known else c for c in text)

    def _shown(self, character: str, origin: str) -> str:
        if character in "\r\t\u200b\ufeff":
            return " "
        shown = f"U+{ord(character):04X}"
        self.replaced.setdefault(shown, origin)
        return shown

    def everywhere(self, value: Any, origin: str) -> Any:
        """Return a value as JSON has it with every text in it cleaned."""
        if isinstance(value, str):
            return self.cleaned(value, origin)
        if isinstance(value, list):
            return [self.everywhere(each, origin) for each in value]
        if isinstance(value, dict):
            return {key: self.everywhere(each, origin) for key, each in value.items()}
        return value

    @property
    def warnings(self) -> list[str]:
        """One sentence a character that was replaced."""
        return [
            f"{origin}: the report's font has no character {shown}; "
            "its code is printed instead"
            for shown, origin in sorted(self.replaced.items())
        ]
