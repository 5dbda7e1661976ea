"""Subscript ranges: elements, subranges of ranges, numbered ranges, aliases."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cqsim.model.blocks import Block, Source
from cqsim.model.variables import SubscriptRange, canonical

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
        members=tuple(e for member in members for e in _numbered(member)),
        documentation=" ".join(block.documentation.split()),
        offset=block.offset,
        line=block.line,
        is_alias=left["operator"] == "<->",
    )


def _numbered(member: str) -> list[str]:
    """Return the elements of `(A1-A9)`, or the member itself."""
    match = _NUMBERED.match(member)
    if match is None:
        return [member] if member else []
    first, last = int(match["from"]), int(match["to"])
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
    return {
        key: SubscriptRange(
            one.name, _expand(source, written, key, ()), one.documentation, one.line
        )
        for key, one in written.items()
    }


def _expand(
    source: Source, written: dict[str, RangeText], key: str, above: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the elements of a range, in order."""
    if key in above:
        what = f"the range '{written[key].name}' contains itself"
        raise source.fault(written[key].offset, what, "Name its elements instead.")
    elements: list[str] = []
    for member in written[key].members:
        inner = canonical(member)
        if inner in written:
            elements.extend(_expand(source, written, inner, (*above, key)))
        else:
            elements.append(member)
    return tuple(elements)
