"""What calls of macros come to, counted before any is lowered.

A macro that calls another twice, and that one the next, doubles with each: a page of
text can stand for more variables than memory holds.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import is_dataclass
from typing import Any

from cqsim.model.lower.elements import is_lookup
from cqsim.model.lower.limits import refuse_more
from cqsim.model.lower.names import Names

#: Macros that call each other deeper than this call themselves.
_DEEPEST = 20

_Calls = Mapping[str, Mapping[str, int]]


def refuse_expansion(names: Names, elements: Iterable[Any]) -> None:
    """Refuse a model whose macros would come to too many variables, or to no end.

    Raises
    ------
    InputFileError
        If a macro that is called calls itself, or macros come to too many variables.
    """
    if not names.macros:
        return
    calls = {
        name: _calls(names, macro.elements) for name, macro in names.macros.items()
    }
    sizes, endless = _sizes(names, calls), _endless(calls)
    total = 0
    for element in elements:
        called = _calls(names, [element])
        wrong = min(endless & called.keys(), default="")
        if wrong:
            what = (
                f"in the equation of '{element.name}': the macro "
                f"'{names.macros[wrong].name}' calls itself, or stands for macros "
                f"nested more than {_DEEPEST} deep"
            )
            raise names.source.fault(element.name, what, "A macro can't call itself.")
        total += sum(count * sizes[name] for name, count in called.items())
        refuse_more(names, total)


def _sizes(names: Names, calls: _Calls) -> dict[str, int]:
    """Return how many variables one call of each macro comes to."""
    own = {
        name: len(macro.params) + sum(not is_lookup(e) for e in macro.elements)
        for name, macro in names.macros.items()
    }
    sizes = dict.fromkeys(own, 0)
    for _ in range(_DEEPEST):
        sizes = {
            name: own[name] + sum(n * sizes[inner] for inner, n in calls[name].items())
            for name in own
        }
    return sizes


def _endless(calls: _Calls) -> set[str]:
    """Return the macros with more than the deepest nest of macros within them."""
    deeper = set(calls)
    for _ in range(_DEEPEST):
        deeper = {name for name in calls if deeper & calls[name].keys()}
    return deeper


def _calls(names: Names, elements: Iterable[Any]) -> Counter[str]:
    """Return how often each macro is called in the equations of PySD's elements."""
    found: Counter[str] = Counter()
    waiting = [component.ast for e in elements for component in e.components]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list | tuple):
            waiting.extend(node)
        elif is_dataclass(node):
            fields = vars(node)
            if type(node).__name__ == "CallStructure":
                found[fields["function"].reference] += 1
            waiting.extend(fields.values())
    return Counter({name: n for name, n in found.items() if name in names.macros})
