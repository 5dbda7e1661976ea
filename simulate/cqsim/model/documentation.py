"""What stands after an equation: its unit, its range, its meaning, its sources."""

import re

_UNIT = re.compile(r"^(?P<unit>.*?)\s*(?:\[(?P<range>[^\[\]]*)\])?$", re.DOTALL)
_CLASS = re.compile(r"\bClass:\s*(?P<evidence>[A-Za-z-]+)\.?")
_SOURCE = re.compile(r"\bSource:\s*(?P<ids>[\w:/.-]+(?:\s*,\s*[\w:/.-]+)*)?")


def read_documentation(field: str) -> tuple[str, tuple[str, ...], str]:
    """Return the meaning, the source ids and the evidential class of a field."""
    text = re.sub(r"\\\s*\n", " ", field)
    # "Class: x" ends a source list that stands before it on the same line.
    evidence = _CLASS.search(text)
    text = _CLASS.sub("\n", text)
    sources: list[str] = []
    for found in _SOURCE.finditer(text):
        ids = (part.strip().rstrip(".") for part in (found["ids"] or "").split(","))
        sources.extend(i for i in ids if i and i not in sources)
    text = _SOURCE.sub("\n", text)
    meaning = " ".join(text.split()).removesuffix(" .")
    return meaning, tuple(sources), evidence["evidence"].lower() if evidence else ""


def read_unit(field: str) -> tuple[str, float | None, float | None, float | None]:
    """Return the unit, the two ends of the range (None is open) and its increment."""
    match = _UNIT.match(" ".join(field.replace("\\\n", " ").split()))
    if match is None:
        return field.strip(), None, None, None
    ends = [_end(part) for part in (match["range"] or "").split(",")]
    low, high, increment = (*ends, None, None, None)[:3]
    return match["unit"], low, high, increment


def _end(text: str) -> float | None:
    """Return one end of a range; None for `?` and what is not finite."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None
