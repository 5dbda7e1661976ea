"""Subscript ranges: elements, subranges of ranges, numbered ranges, aliases."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cqsim.model.blocks import Block, Source
from cqsim.model.variables import SubscriptRange, canonical

#: Ranges longer than this, or deeper within each other, are no model that anyone wrote.
_LONGEST, _DEEPEST = 100_000, 100

_NUMBERED = re.compile(
    r"^\(\s*(?P<a>.*?)(?P<from>\d+)\s*-\s*(?P<b>.*?)(?P<to>\d+)\s*\)$"
)


@dataclass(frozen=True, slots=True)
class RangeText:
    """A range as written: names of elements and of other ranges."""

    name: str
    members: tuple[str, ...]
    documentation: str
    offset: int
    line: int
    is_alias: bool


def read_range(source: Source, block: Block, left: re.Match[str]) -> RangeText:
    """Return a range as it is written in its block."""
    right = block.equation[left.end() :].split("->")[0]
    if re.match(r"\s*GET ", right, re.IGNORECASE):
        what = f"'{left['name'].strip()}' takes its elements from a file"
        raise source.fault(block.offset, what, "Write the elements in the model.")
    members = [" ".join(part.split()) for part in right.split(",")]
    return RangeText(
        name=" ".join(left["name"].split()),
        members=tuple(
            e for member in members for e in _numbered(source, block, member)
        ),
        documentation=" ".join(block.documentation.split()),
        offset=block.offset,
        line=block.line,
        is_alias=left["operator"] == "<->",
    )


def _numbered(source: Source, block: Block, member: str) -> list[str]:
    """Return the elements of `(A1-A9)`, or the member itself."""
    match = _NUMBERED.match(member)
    if match is None:
        return [member] if member else []
    digits = max(len(match["from"]), len(match["to"]))
    first, last = (int(match[end][:10]) for end in ("from", "to"))
    if digits > 9 or last - first > _LONGEST:
        what = f"a numeric range has more than {_LONGEST} elements"
        raise source.fault(block.offset, what, "Give a shorter range.")
    return [f"{match['a']}{number}" for number in range(first, last + 1)]


def resolve_ranges(
    source: Source, found: Sequence[RangeText]
) -> dict[str, SubscriptRange]:
    """Return the ranges with those in them replaced by their elements.

    Raises
    ------
    InputFileError
        A range is defined twice or contains itself.
    """
    written: dict[str, RangeText] = {}
    for one in found:
        key = canonical(one.name)
        if key in written:
            what = f"the range '{one.name}' is defined again"
            remedy = f"Delete one; the other is on line {written[key].line}."
            raise source.fault(one.offset, what, remedy)
        written[key] = one
    known: dict[str, tuple[str, ...]] = {}
    return {
        key: SubscriptRange(
            one.name,
            _expand(source, written, key, (), known),
            one.documentation,
            one.line,
        )
        for key, one in written.items()
    }


def _expand(
    source: Source,
    written: dict[str, RangeText],
    key: str,
    above: tuple[str, ...],
    known: dict[str, tuple[str, ...]],
) -> tuple[str, ...]:
    """Return the elements of a range, in order."""
    if key in known:
        return known[key]
    if key in above or len(above) > _DEEPEST:
        fault = "contains itself" if key in above else "lies too deep within others"
        what = f"the range '{written[key].name}' {fault}"
        raise source.fault(written[key].offset, what, "Name its elements instead.")
    elements: list[str] = []
    for member in written[key].members:
        inner = canonical(member)
        if inner in written:
            elements.extend(_expand(source, written, inner, (*above, key), known))
        else:
            elements.append(member)
    known[key] = tuple(dict.fromkeys(elements))
    return known[key]
