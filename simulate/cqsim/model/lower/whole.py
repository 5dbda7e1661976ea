"""All of a model lowered: its ranges, then its elements one after another."""

from types import MappingProxyType
from typing import Any

from cqsim.compile.ir import Note, System
from cqsim.language import syntax
from cqsim.model.data import DataFiles, Reader
from cqsim.model.lower.allocation import check_profiles
from cqsim.model.lower.elements import is_lookup, left_sides, lower_element
from cqsim.model.lower.expansion import refuse_expansion
from cqsim.model.lower.limits import refuse_axes, refuse_large, refuse_more
from cqsim.model.lower.names import Names
from cqsim.model.lower.parse import parse
from cqsim.model.lower.ranges import ranges_of
from cqsim.model.lower.shapes import axes_of
from cqsim.model.lower.source import Source, key_of


def lowered(source: Source) -> System:
    """Return the system that a model's text describes; raise as `lower.read`."""
    main, *macros = parse(source).sections
    names = _names(source, main)
    names.macros.update({key_of(macro.name): macro for macro in macros})
    refuse_expansion(names, main.elements)
    for element in main.elements:
        lower_element(names, element, names.spelled[key_of(element.name)])
        refuse_more(names)
    check_profiles(names)
    refuse_large(names)
    return System(
        source.path,
        source.digest,
        MappingProxyType(dict(names.variables)),
        MappingProxyType(dict(names.lookups)),
        MappingProxyType({_shown(e.name): _note(source, e) for e in main.elements}),
        MappingProxyType(names.ranges.by_name()),
        frozenset(names.structural),
        tuple(names.limits),
        MappingProxyType(names.data.digests()),
    )


def _names(source: Any, section: Any) -> Names:
    data = DataFiles(source.path.parent)

    def read_elements(content: dict[str, str]) -> list[str]:
        place = syntax.Source(source.path, "", 0)
        reader = Reader(place, 0, "a subscript range")
        cells = content["firstcell"], content["lastcell"]
        found = data.texts(reader, content["file"], content["tab"], *cells)
        return [f"{content['prefix']}{text}" for text in found]

    ranges = ranges_of(section, source, read_elements)
    names = Names(source, ranges, data)
    for element in section.elements:
        name = _shown(element.name)
        if key_of(name) == "time":
            what = "Time is what a run counts, and can't be given an equation"
            raise source.fault(name, what, "Rename the variable.")
        if key_of(name) in names.spelled:
            what = f"'{name}' is defined twice, for case and blanks tell no names apart"
            raise source.fault(name, what, "Rename one of them.")
        names.spelled[key_of(name)] = name
        names.written[name] = element
        sides = left_sides(names, element)
        names.axes[name] = axes_of(name, sides, ranges, source)
        if is_lookup(element):
            names.tables.add(name)
    refuse_axes(names)
    return names


def _shown(name: str) -> str:
    return " ".join(name.split())


def _note(source: Any, element: Any) -> Note:
    unit = (element.units or "").strip()
    text = (element.documentation or "").strip()
    low, high = (*(element.limits or ()), None, None)[:2]
    return Note(unit, text, source.line_of(element.name), low, high)
