"""From what a user types to what it names, in any of the model's registers."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from cqsim.documentation.registers import Registers
from cqsim.errors import CqsimError, UnknownNameError
from cqsim.language.syntax import canonical
from cqsim.model.model import Model

KINDS = ("variable", "lever", "target", "indicator", "region", "source")


@dataclass(frozen=True, slots=True)
class Named:
    """A thing with a name: its kind, its id, and the words people may call it by."""

    kind: str
    id: str
    words: tuple[str, ...]


class AmbiguousNameError(CqsimError):
    """A name that several things have."""

    def __init__(self, name: str, choices: list[str]) -> None:
        super().__init__(name, choices)

    def __str__(self) -> str:
        name, choices = self.args
        lines = "\n".join(f"  {choice}" for choice in choices)
        return f"'{name}' names several things. Say which:\n{lines}"


def named_things(model: Model, registers: Registers) -> Iterator[Named]:
    """Yield all that has a name, in the order of the kinds."""
    for key, variable in model.variables.items():
        term = registers.glossary.get(key)
        words: tuple[str, ...] = (term.zh, term.en) if term else ()
        yield Named("variable", variable.name.strip('"'), words)
    for kind, entries in (
        ("lever", registers.levers),
        ("target", registers.targets),
        ("indicator", registers.indicators),
    ):
        for key, entry in entries.items():
            title = entry.get("title", {})
            words = tuple(map(str, title.values())) if isinstance(title, dict) else ()
            clause = (str(entry["clause"]),) if entry.get("clause") else ()
            yield Named(kind, key, (*words, *clause))
    for key, row in registers.regions.items():
        columns = ("name_zh", "name_en", "short_zh")
        yield Named("region", key, tuple(row.get(c, "") for c in columns))
    for key in registers.sources:
        yield Named("source", key, ())


def find_named(name: str, model: Model, registers: Registers) -> Named:
    """Return what a name stands for.

    Case, underscores and blanks do not count. `kind:name` picks one kind.

    Raises
    ------
    UnknownNameError
        Nothing has the name; the nearest names are offered.
    AmbiguousNameError
        Several things have it.
    """
    things = list(named_things(model, registers))
    prefix, _, rest = name.partition(":")
    if rest and prefix.strip() in KINDS:
        things = [thing for thing in things if thing.kind == prefix.strip()]
        name = rest.strip()
    wanted = canonical(name)
    by_id = [t for t in things if canonical(t.id) == wanted]
    found = by_id or [t for t in things if wanted in map(canonical, t.words)]
    # An indicator often has the words of the variable that it shows, which names it.
    found = [t for t in found if t.kind != "indicator"] or found
    if len(found) == 1:
        return found[0]
    if found:
        raise AmbiguousNameError(name, [f"{t.kind}:{t.id}" for t in found])
    where = "cqsim explain"
    raise UnknownNameError(where, "name", name, _near(wanted, things))


def _near(wanted: str, things: list[Named]) -> list[str]:
    """Return the names that hold the wanted one, or else the nearest ones."""
    names = [word for thing in things for word in (thing.id, *thing.words) if word]
    holding = [name for name in names if wanted in canonical(name)]
    if holding:
        return sorted(dict.fromkeys(holding), key=len)[:12]
    folded = {canonical(name): name for name in names}
    near = get_close_matches(wanted, list(folded), n=3, cutoff=0.5)
    return [folded[key] for key in near] or sorted(names)
