"""The feedback loops that `loops.toml` names, checked against the equations.

A loop stands only if each variable on its path stands in the equation of the next, and
if the signs of these links multiply to the polarity that the file states.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from cqsim.errors import did_you_mean
from cqsim.language.syntax import canonical
from cqsim.model.graph import Graph, dependency_graph
from cqsim.model.model import Model
from cqsim.model.polarity import Polarity
from cqsim.tomlfile import load, read_document, refuse
from cqsim.tomlschema import Frozen, Name, Text


class StatedSign(Frozen):
    """The sign of a link that the rules cannot find, and why it is so."""

    sign: Literal["+", "-"]
    reason: Name


class FeedbackLoop(Frozen):
    """A loop as the file names it: reinforcing (R) or balancing (B).

    `signs` are by link: `a -> b`.
    """

    id: Name
    title: Text
    type: Literal["R", "B"]
    path: Annotated[tuple[Name, ...], Field(min_length=2)]
    explanation: Name
    signs: Mapping[str, StatedSign] = {}


class _FeedbackFile(Frozen):
    """The whole file: `[[loop]]`, again and again."""

    loop: tuple[FeedbackLoop, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """One step of a loop. The reason is empty where the equation gives the sign."""

    cause: str
    effect: str
    sign: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class VerifiedLoop:
    """A loop whose links are all in the equations and give its polarity."""

    loop: FeedbackLoop
    links: tuple[Link, ...]


Fault = tuple[str, str]
"""A fault of a loop, and its remedy."""


def read_loops(path: Path, model: Model) -> list[VerifiedLoop]:
    """Return the loops that a file names, with the signs of their links.

    Raises
    ------
    InputFileError, FaultsError
        The file is missing, is not TOML, or an entry lacks or misspells a key. A loop
        names an unknown variable, a link that no equation has or whose sign is neither
        found nor stated, has no stock, or has another polarity.
    """
    document = read_document(path)
    graph, polarity = dependency_graph(model), Polarity(model)
    found, faults = [], []
    for number, loop in enumerate(load(document, _FeedbackFile).loop):
        links: list[Link] = []
        wrong = list(_path_faults(loop, model))
        wrong = wrong or list(_link_faults(loop, links, graph, polarity))
        wrong = wrong or list(_loop_faults(loop, links, graph))
        found.append(VerifiedLoop(loop, tuple(links)))
        for what, remedy in wrong:
            said = f"loop '{loop.id}': {what}"
            faults.append(document.fault(("loop", number, "id"), said, remedy))
    refuse(document, faults)
    return found


def _path_faults(loop: FeedbackLoop, model: Model) -> Iterator[Fault]:
    """Yield what is wrong with the names on a path, and with the links with signs."""
    known = [variable.name for variable in model.variables.values()]
    for name in loop.path:
        if model.variable(name) is None:
            yield f"there is no variable '{name}'", did_you_mean(name, known)
    keys = [canonical(name) for name in loop.path]
    if len({*keys}) < len(keys):
        yield "its path names a variable twice", "The last acts on the first by itself."
    pairs = {*pairwise([*keys, keys[0]])}
    for link in loop.signs:
        if _ends(link) not in pairs:
            yield f"signs: '{link}' is not a link of its path", "Delete it."


def _ends(link: str) -> tuple[str, str]:
    """Return cause and effect of a link written `a -> b`."""
    cause, _, effect = link.partition("->")
    return canonical(cause), canonical(effect)


def _link_faults(
    loop: FeedbackLoop, links: list[Link], graph: Graph, polarity: Polarity
) -> Iterator[Fault]:
    """Add the links of a loop; yield what is wrong with them."""
    signs = {_ends(link): stated for link, stated in loop.signs.items()}
    for cause, effect in pairwise([*loop.path, loop.path[0]]):
        ends = canonical(cause), canonical(effect)
        stated, found = signs.get(ends), polarity.link(cause, effect)
        if ends[0] not in graph.causes[ends[1]] or ends in graph.initial_only:
            yield f"'{cause}' is not in the equation of '{effect}'", "Correct the path."
        elif found == "?" and stated is None:
            example = '{ sign = "+", reason = "…" }'
            yield (
                f"the sign of '{cause} -> {effect}' does not follow from the equation",
                f'State it: signs = {{ "{cause} -> {effect}" = {example} }}.',
            )
        elif stated is not None and found not in ("?", stated.sign):
            what = f"'{cause} -> {effect}' is stated as {stated.sign}"
            remedy = "Delete the statement or correct the equation."
            yield f"{what}, but the equation gives {found}", remedy
        elif found == "?" and stated is not None:
            links.append(Link(cause, effect, stated.sign, stated.reason))
        else:
            links.append(Link(cause, effect, found))


def _loop_faults(
    loop: FeedbackLoop, links: list[Link], graph: Graph
) -> Iterator[Fault]:
    """Yield what is wrong with a loop whose links all stand."""
    negative = sum(link.sign == "-" for link in links)
    polarity = "B" if negative % 2 else "R"
    if polarity != loop.type:
        steps = ", ".join(f"{k.cause} -> {k.effect} {k.sign}" for k in links)
        yield (
            f"it is stated as {loop.type}, but its {negative} negative links make it "
            f"{polarity} ({steps})",
            "Correct the type or the equations.",
        )
    if graph.states.isdisjoint(map(canonical, loop.path)):
        yield "no stock is on its path, so nothing carries it on", "Name its stock."
