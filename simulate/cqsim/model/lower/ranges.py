"""Subscript ranges: their elements, subranges, mappings and aliases."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from cqsim.language.syntax import canonical
from cqsim.model.lower.source import Source, key_of

#: Ranges within ranges, deeper than this, are not a model that anyone wrote.
_DEEPEST = 100


@dataclass(frozen=True, slots=True)
class Range:
    """A named list of elements, and the ranges whose place it may take by order."""

    name: str
    elements: tuple[str, ...]
    mapped: tuple[str, ...] = ()


class Ranges:
    """All ranges of a section, found by name as Vensim compares names."""

    def __init__(self, ranges: Iterable[Range]) -> None:
        self._ranges = {key_of(entry.name): entry for entry in ranges}
        self._elements: dict[str, str] = {}
        for entry in self._ranges.values():
            for element in entry.elements:
                self._elements.setdefault(key_of(element), element)

    def range(self, name: str) -> Range | None:
        """Return the range of that name, if there is one."""
        return self._ranges.get(key_of(name))

    def element(self, name: str) -> str | None:
        """Return an element as it was first written, if there is one of that name."""
        return self._elements.get(key_of(name))

    def mapping(self, reference: Range, definition: Range) -> bool:
        """Tell whether elements of one range stand for those of another, by order."""
        related = key_of(definition.name) in map(key_of, reference.mapped) or key_of(
            reference.name
        ) in map(key_of, definition.mapped)
        return related and len(reference.elements) == len(definition.elements)

    def covering(self, elements: Iterable[str]) -> Range | None:
        """Return the first range of just these elements, else the least wider one."""
        wanted = {key_of(element) for element in elements}
        sets = [(r, set(map(key_of, r.elements))) for r in self._ranges.values()]
        for entry, members in sets:
            if members == wanted:
                return entry
        wider = [(len(members), r) for r, members in sets if wanted < members]
        return min(wider, key=lambda pair: pair[0])[1] if wider else None

    def main(self, elements: Iterable[str]) -> Range | None:
        """Return the widest range that holds all of these elements."""
        wanted = {key_of(element) for element in elements}
        holding = [
            entry
            for entry in self._ranges.values()
            if wanted <= set(map(key_of, entry.elements))
        ]
        return max(holding, key=lambda entry: len(entry.elements), default=None)

    def elements(self) -> frozenset[str]:
        """Return all elements, as names are compared in files of data."""
        return frozenset(map(canonical, self._elements.values()))

    def names(self) -> list[str]:
        """Return the names of all ranges."""
        return [entry.name for entry in self._ranges.values()]

    def by_name(self) -> dict[str, tuple[str, ...]]:
        """Return the elements of each range."""
        return {entry.name: entry.elements for entry in self._ranges.values()}


ReadElements = Callable[[dict[str, str]], list[str]]


def ranges_of(section: Any, source: Source, read_elements: ReadElements) -> Ranges:
    """Return the ranges of a section of PySD's abstract model.

    Parameters
    ----------
    read_elements
        Reads the elements that a range takes from a file.

    Raises
    ------
    InputFileError
        If a range is empty, refers to itself or copies one that is not there.
    """
    written: dict[str, Any] = {}
    for entry in section.subscripts:
        content = entry.subscripts
        written[key_of(entry.name)] = (
            read_elements(content) if isinstance(content, dict) else content
        )
    ranges = []
    expanded: dict[str, list[str]] = {}
    for entry in section.subscripts:
        elements = _expand(entry.name, written, source, (), expanded)
        if not elements:
            what = f"the range '{entry.name}' has no elements"
            raise source.fault(entry.name, what, "List its elements.")
        copied = (entry.subscripts,) if isinstance(entry.subscripts, str) else ()
        mapped = tuple(dict.fromkeys((*entry.mapping, *copied)))
        ranges.append(Range(entry.name, tuple(elements), mapped))
    return Ranges(ranges)


def _expand(
    name: str,
    written: dict[str, Any],
    source: Source,
    within: tuple[str, ...],
    expanded: dict[str, list[str]],
) -> list[str]:
    """Return the elements of a range, with those of ranges named in it in place."""
    key = key_of(name)
    if key in expanded:
        return expanded[key]
    if len(within) > _DEEPEST:
        what = f"the range '{within[0]}' is made of ranges more than {_DEEPEST} deep"
        raise source.fault(within[0], what, "List its elements.")
    if key in within or key not in written:
        what = (
            f"the range '{name}' refers to itself"
            if key in within
            else f"the range '{within[-1] if within else name}' copies "
            f"'{name}', which is not a range"
        )
        raise source.fault(within[-1] if within else name, what, "Correct its list.")
    content = written[key]
    if isinstance(content, str):
        return _expand(content, written, source, (*within, key), expanded)
    elements: list[str] = []
    for entry in content:
        if key_of(entry) in written:
            elements.extend(_expand(entry, written, source, (*within, key), expanded))
        else:
            elements.append(" ".join(entry.split()))
    expanded[key] = list(dict.fromkeys(elements))
    return expanded[key]
