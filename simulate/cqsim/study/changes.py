"""What differs between two things made of plain data, said one line each."""

from collections.abc import Iterator
from typing import Any


def changes(before: Any, after: Any, place: str = "") -> list[str]:
    """Return a line for every place where two pieces of data differ."""
    return list(_changes(before, after, place))


def _changes(before: Any, after: Any, place: str) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys(), key=str):
            inner = f"{place}.{key}" if place else str(key)
            if key not in after:
                yield f"{inner}: was {_shown(before[key])}, is not there any more"
            elif key not in before:
                yield f"{inner}: is new: {_shown(after[key])}"
            else:
                yield from _changes(before[key], after[key], inner)
    elif before != after:
        if place.startswith("files."):
            name = place.removeprefix("files.")
            yield f"{name} has changed ({str(before)[:12]}… → {str(after)[:12]}…)"
        else:
            yield f"{place}: was {_shown(before)}, is {_shown(after)}"


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 80 else text[:77] + "…"
