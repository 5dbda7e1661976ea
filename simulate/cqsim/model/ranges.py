"""Subscript ranges: their elements, those in files, aliases and mappings."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from cqsim.language.syntax import Call, Dimension, SourceModel, String, canonical
from cqsim.language.syntax import Mapping as WrittenMapping
from cqsim.model.data import DataFiles, Reader
from cqsim.model.model import SubscriptRange

#: Ranges within ranges, at most.
_DEEPEST = 100


def resolve_ranges(
    found: SourceModel, files: Mapping[str, Path]
) -> dict[str, SubscriptRange]:
    """Return the ranges by canonical name, those within them replaced by elements.

    Raises
    ------
    InputFileError
        A range is defined twice, is empty, contains itself, maps to what is no range,
        or is read from a file that cannot be read.
    """
    written: dict[str, Dimension] = {}
    for entry in found.dimensions:
        key = canonical(entry.name)
        if key in written:
            what = f"the range '{entry.name}' is defined again"
            line = written[key].source.position(written[key].start)[0]
            remedy = f"Delete one; the other is on line {line}."
            raise entry.source.fault(entry.start, what, remedy)
        written[key] = entry
    resolver = _Resolver(written, DataFiles(found.source.path.parent, files))
    return {key: resolver.range(key) for key in written}


class _Resolver:
    """The elements of ranges, each worked out once."""

    def __init__(self, written: dict[str, Dimension], files: DataFiles) -> None:
        self._written = written
        self._files = files
        self._elements: dict[str, tuple[str, ...]] = {}

    def range(self, key: str) -> SubscriptRange:
        """Return a range with its elements and mappings."""
        entry = self._written[key]
        elements = self.elements(key)
        if not elements:
            what = f"the range '{entry.name}' has no elements"
            raise entry.source.fault(entry.start, what, "List its elements.")
        line = entry.source.position(entry.start)[0]
        mappings = dict(self._mappings(entry, elements))
        return SubscriptRange(
            entry.name, elements, " ".join(entry.documentation.split()), line, mappings
        )

    def elements(self, key: str, within: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return the elements of a range, with those of ranges named in it in place."""
        if key in self._elements:
            return self._elements[key]
        entry = self._written[key]
        if key in within or len(within) > _DEEPEST:
            fault = "contains itself" if key in within else "lies too deep in others"
            what = f"the range '{entry.name}' {fault}"
            raise entry.source.fault(entry.start, what, "Name its elements instead.")
        found: list[str] = []
        for member in self._members(entry):
            inner = canonical(member)
            if (inner in self._written and inner != key) or inner == key:
                found.extend(self.elements(inner, (*within, key)))
            elif entry.is_alias:
                what = f"the range '{entry.name}' copies '{member}', which is no range"
                raise entry.source.fault(entry.start, what, "Name a range.")
            else:
                found.append(member)
        self._elements[key] = tuple({canonical(e): e for e in found}.values())
        return self._elements[key]

    def _members(self, entry: Dimension) -> Iterable[str]:
        if isinstance(entry.members, tuple):
            return entry.members
        texts = _strings(entry.members)
        if len(texts) != 5:
            what = f"the range '{entry.name}' is not read as documented"
            remedy = "Write GET DIRECT SUBSCRIPT('file', 'tab', 'A2', 'A', 'prefix')."
            raise entry.source.fault(entry.start, what, remedy)
        file, tab, first, last, prefix = texts
        reader = Reader(entry.source, entry.start, entry.name)
        found = self._files.texts(reader, file, tab, first, last)
        return [f"{prefix}{text}" for text in found]

    def _mappings(
        self, entry: Dimension, elements: tuple[str, ...]
    ) -> Iterator[tuple[str, dict[str, str]]]:
        own = [canonical(element) for element in elements]
        if entry.is_alias and isinstance(entry.members, tuple):
            for member in entry.members:
                theirs = map(canonical, self.elements(canonical(member)))
                yield canonical(member), dict(zip(theirs, own, strict=False))
        for mapping in entry.mappings:
            yield canonical(mapping.dimension), self._mapped(entry, mapping, own)

    def _mapped(
        self, entry: Dimension, mapping: WrittenMapping, own: list[str]
    ) -> dict[str, str]:
        """Return which own element stands for each element of the range mapped to."""
        target = canonical(mapping.dimension)
        if target not in self._written:
            what = f"'{entry.name}' maps to '{mapping.dimension}', which is no range"
            raise entry.source.fault(mapping.start, what, "Name a range.")
        listed = [canonical(e) for e in mapping.elements] or [target]
        parts = [
            [canonical(e) for e in self.elements(name)]
            if name in self._written
            else [name]
            for name in listed
        ]
        if len(parts) == 1 and len(own) > 1:
            parts = [[element] for element in parts[0]]
        if len(parts) != len(own):
            what = (
                f"'{entry.name}' has {len(own)} elements, and maps to {len(parts)} "
                f"of '{mapping.dimension}'"
            )
            raise entry.source.fault(mapping.start, what, "List one for each element.")
        return {
            element: mine
            for mine, part in zip(own, parts, strict=True)
            for element in part
        }


def _strings(call: Call) -> list[str]:
    return [a.value for a in call.arguments if isinstance(a, String)]


def element_map(
    ranges: Mapping[str, SubscriptRange],
    side: SubscriptRange,
    target: SubscriptRange,
    elements: Sequence[str],
) -> dict[str, str] | None:
    """Return which element of a range stands for each of some elements of another.

    The mapping may be written at either range, be an alias, or go over other ranges.

    Parameters
    ----------
    side
        The range on the left side, whose elements (canonical names) are asked for.
    target
        The range whose elements stand for them.

    Returns
    -------
    dict of canonical names; None where no mapping covers all of the elements.
    """
    written = target.mappings.get(canonical(side.name), {})
    if set(elements) <= written.keys():
        return {element: written[element] for element in elements}
    turned = _turned(side.mappings.get(canonical(target.name), {}))
    if set(elements) <= turned.keys():
        return {element: turned[element] for element in elements}
    reached = [{element: element for element in elements}]
    for _ in range(3):
        found = []
        for known in reached:
            for step in _steps(ranges, set(known.values())):
                joined = {e: step[middle] for e, middle in known.items()}
                if set(joined.values()) <= set(target.keys):
                    return joined
                found.append(joined)
        reached = found[:100]
    return None


def _turned(mapping: Mapping[str, str]) -> dict[str, str]:
    """Return a mapping turned round; empty where it is not one to one."""
    turned = {own: theirs for theirs, own in mapping.items()}
    return turned if len(turned) == len(mapping) else {}


def _steps(
    ranges: Mapping[str, SubscriptRange], elements: set[str]
) -> Iterator[Mapping[str, str]]:
    """Yield the mappings, forward and backward, that cover some elements."""
    for entry in ranges.values():
        for mapping in entry.mappings.values():
            if elements <= mapping.keys():
                yield mapping
            turned = _turned(mapping)
            if elements <= turned.keys():
                yield turned
