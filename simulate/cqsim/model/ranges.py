"""Subscript ranges: their elements, those in files, aliases and mappings."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from cqsim.language.syntax import Call, Dimension, SourceModel, String, canonical
from cqsim.language.syntax import Mapping as WrittenMapping
from cqsim.model.model import Pairs, SubscriptRange

#: Ranges within ranges, at most.
_DEEPEST = 100
#: From so many on, elements that a range lists again count once.
_LONGEST = 10_000


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
    resolver = _Resolver(written, found, files)
    return {key: resolver.range(key) for key in written}


class _Resolver:
    """The elements of ranges, each worked out once."""

    def __init__(
        self,
        written: dict[str, Dimension],
        found: SourceModel,
        files: Mapping[str, Path],
    ) -> None:
        self._written = written
        self._found = found
        self._files = files
        self._listed: dict[str, tuple[str, ...]] = {}

    def range(self, key: str) -> SubscriptRange:
        """Return a range with its elements and mappings."""
        entry = self._written[key]
        elements = self._elements(key)
        if not elements:
            what = f"the range '{entry.name}' has no elements"
            raise entry.source.fault(entry.start, what, "List its elements.")
        line = entry.source.position(entry.start)[0]
        mappings = {
            canonical(mapping.dimension): self._mapped(entry, mapping, key)
            for mapping in entry.mappings
        }
        return SubscriptRange(
            entry.name, elements, " ".join(entry.documentation.split()), line, mappings
        )

    def _elements(self, key: str) -> tuple[str, ...]:
        """Return the elements of a range, each once."""
        return tuple({canonical(e): e for e in self._list(key)}.values())

    def _keys(self, key: str) -> list[str]:
        """Return the canonical names of what a range lists, as often as it does."""
        return [canonical(element) for element in self._list(key)]

    def _list(self, key: str, within: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return what a range lists, with the elements of ranges named in it in place.

        An element may stand in it more than once, for a mapping by position.
        """
        if key in self._listed:
            return self._listed[key]
        entry = self._written[key]
        if key in within or len(within) > _DEEPEST:
            fault = "contains itself" if key in within else "lies too deep in others"
            what = f"the range '{entry.name}' {fault}"
            raise entry.source.fault(entry.start, what, "Name its elements instead.")
        found: list[str] = []
        for member in self._members(entry):
            inner = canonical(member)
            if inner in self._written:
                found.extend(self._list(inner, (*within, key)))
            else:
                found.append(member)
        # Ranges that name each other twice would double in each.
        unique = {canonical(element): element for element in found}
        listed = found if len(found) < _LONGEST else unique.values()
        self._listed[key] = tuple(listed)
        return self._listed[key]

    def _members(self, entry: Dimension) -> Iterable[str]:
        if isinstance(entry.members, tuple):
            return entry.members
        texts = _strings(entry.members)
        if len(texts) != 5:
            what = f"the range '{entry.name}' is not read as documented"
            remedy = "Write GET DIRECT SUBSCRIPT('file', 'tab', 'A2', 'A', 'prefix')."
            raise entry.source.fault(entry.start, what, remedy)
        file, tab, first, last, prefix = texts
        # Most models name none, and do without what reads files.
        from cqsim.model.data import DataFiles, Reader

        folder, tags = self._found.source.path.parent, self._found.settings.file_tags
        files = DataFiles(folder, self._files, tags=dict(tags))
        reader = Reader(entry.source, entry.start, entry.name)
        texts = files.table(reader, file, tab).texts(first, last)
        return [f"{prefix}{text}" for text in texts]

    def _mapped(self, entry: Dimension, mapping: WrittenMapping, key: str) -> Pairs:
        """Return each element of the range mapped to, with the own one for it."""
        own, target = self._keys(key), canonical(mapping.dimension)
        if target not in self._written:
            what = f"'{entry.name}' maps to '{mapping.dimension}', which is no range"
            raise entry.source.fault(mapping.start, what, "Name a range.")
        listed = [canonical(e) for e in mapping.elements] or [target]
        parts = [
            self._keys(name) if name in self._written else [name] for name in listed
        ]
        if len(parts) == 1 and len(own) > 1:
            parts = [[element] for element in parts[0]]
        if len(parts) != len(own):
            what = (
                f"'{entry.name}' has {len(own)} elements, and maps to {len(parts)} "
                f"of '{mapping.dimension}'"
            )
            raise entry.source.fault(mapping.start, what, "List one for each element.")
        pairs = zip(own, parts, strict=True)
        return tuple((theirs, mine) for mine, part in pairs for theirs in part)


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
    written = _one_for_each(target.mappings.get(canonical(side.name), ()))
    if set(elements) <= written.keys():
        return {element: written[element] for element in elements}
    turned = _one_for_each(_turned(side.mappings.get(canonical(target.name), ())))
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


def _turned(pairs: Pairs) -> Pairs:
    return tuple((own, theirs) for theirs, own in pairs)


def _one_for_each(pairs: Pairs) -> dict[str, str]:
    """Return the second of each pair by its first, where that has only one."""
    found: dict[str, set[str]] = {}
    for first, second in pairs:
        found.setdefault(first, set()).add(second)
    return {first: min(own) for first, own in found.items() if len(own) == 1}


def _steps(
    ranges: Mapping[str, SubscriptRange], elements: set[str]
) -> Iterator[Mapping[str, str]]:
    """Yield the mappings, forward and backward, that cover some elements."""
    for entry in ranges.values():
        for pairs in entry.mappings.values():
            for step in (_one_for_each(pairs), _one_for_each(_turned(pairs))):
                if elements <= step.keys():
                    yield step
