"""How wide a text is, and where it breaks, without a font at hand.

Widths are those of common sans-serif faces, in parts of the font size, rounded up: a
label may get more room than it needs, never less.
"""

from unicodedata import east_asian_width

_NARROW = set("iljtfrI.,'|()[]: ")
_BROAD = set("mwMW@%")


def width(text: str, size: float) -> float:
    """Return the width of a line of text, in the unit of the font size."""
    return sum(map(_part, text)) * size


def _part(letter: str) -> float:
    if east_asian_width(letter) in "WF":
        return 1.0
    if letter in _NARROW:
        return 0.34
    if letter in _BROAD:
        return 0.9
    return 0.7 if letter.isupper() else 0.58


def wrapped(text: str, size: float, room: float) -> list[str]:
    """Return the text in lines that fit the room; a longer word stands alone."""
    lines: list[str] = []
    for word in _pieces(text, size, room):
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and width(joined, size) <= room:
            lines[-1] = joined
        else:
            lines.append(word)
    return lines


def _pieces(text: str, size: float, room: float) -> list[str]:
    """Return the words of a text; one that does not fit is cut where it must be."""
    pieces = []
    for word in text.split():
        part = ""
        for letter in word:
            if part and width(part + letter, size) > room:
                pieces.append(part)
                part = ""
            part += letter
        pieces.append(part)
    return pieces
