"""Named feedback loops, checked against the equations that close them.

A loop stands only if each variable on its path stands in the equation of the next, and
if the signs of these links multiply to the polarity that the file states.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from cqsim.errors import FaultsError, did_you_mean
from cqsim.language.syntax import canonical
from cqsim.model.graph import Graph, dependency_graph
from cqsim.model.loops import Loop
from cqsim.model.model import Model
from cqsim.model.polarity import Polarity


@dataclass(frozen=True, slots=True)
class Link:
    """One step of a loop. The reason is empty where the equation gives the sign."""

    cause: str
    effect: str
    sign: str
    reason: str


@dataclass(frozen=True, slots=True)
class VerifiedLoop:
    """A loop whose links are all in the equations and give its polarity."""

    loop: Loop
    links: tuple[Link, ...]


def verify_loops(path: Path, loops: list[Loop], model: Model) -> list[VerifiedLoop]:
    """Return the loops with the signs of their links.

    Raises
    ------
    FaultsError
        A loop names an unknown variable, a link that no equation has or whose sign
        is neither found nor stated, has no stock, or has another polarity.
    """
    graph, polarity = dependency_graph(model), Polarity(model)
    verified, faults = [], []
    for loop in loops:
        links, wrong = _links(loop, model, graph, polarity)
        wrong = wrong or list(_loop_faults(loop, links, graph))
        faults += [f"{path}:{loop.line}: loop '{loop.id}': {fault}" for fault in wrong]
        verified.append(VerifiedLoop(loop, links))
    if faults:
        raise FaultsError(faults)
    return verified


def _links(
    loop: Loop, model: Model, graph: Graph, polarity: Polarity
) -> tuple[tuple[Link, ...], list[str]]:
    """Return the links of a loop, and what is wrong with them."""
    known = [v.name for v in model.variables.values()]
    unknown = [name for name in loop.path if model.variable(name) is None]
    if unknown:
        return (), [
            f"there is no variable '{name}'. {did_you_mean(name, known)}"
            for name in unknown
        ]
    pairs = list(pairwise([*loop.path, loop.path[0]]))
    faults = [
        f"signs: '{a} -> {b}' is not a link of its path. Delete it."
        for a, b in loop.signs
        if (a, b) not in {(canonical(c), canonical(e)) for c, e in pairs}
    ]
    links = []
    for cause, effect in pairs:
        link, fault = _link(loop, cause, effect, graph, polarity)
        links.append(link)
        faults += [fault] if fault else []
    return tuple(links), faults


def _link(
    loop: Loop, cause: str, effect: str, graph: Graph, polarity: Polarity
) -> tuple[Link, str]:
    """Return one link of a loop, and what is wrong with it."""
    ends = canonical(cause), canonical(effect)
    stated = loop.signs.get(ends)
    if ends[0] not in graph.causes[ends[1]] or ends in graph.initial_only:
        fault = f"'{cause}' is not in the equation of '{effect}'. Correct the path."
        return Link(cause, effect, "?", ""), fault
    found = polarity.link(cause, effect)
    if found == "?" and stated is None:
        fault = (
            f"the sign of '{cause} -> {effect}' does not follow from the equation. "
            f'State it: signs = {{ "{cause} -> {effect}" = '
            '{ sign = "+", reason = "…" } }.'
        )
        return Link(cause, effect, "?", ""), fault
    if stated is not None and found not in ("?", stated.sign):
        fault = (
            f"'{cause} -> {effect}' is stated as {stated.sign}, but the equation "
            f"gives {found}. Delete the statement or correct the equation."
        )
        return Link(cause, effect, found, ""), fault
    if found == "?" and stated is not None:
        return Link(cause, effect, stated.sign, stated.reason), ""
    return Link(cause, effect, found, ""), ""


def _loop_faults(loop: Loop, links: tuple[Link, ...], graph: Graph) -> Iterator[str]:
    """Yield what is wrong with a loop whose links all stand."""
    negative = sum(link.sign == "-" for link in links)
    polarity = "B" if negative % 2 else "R"
    if polarity != loop.polarity:
        steps = ", ".join(f"{k.cause} -> {k.effect} {k.sign}" for k in links)
        yield (
            f"it is stated as {loop.polarity}, but its {negative} negative links make "
            f"it {polarity} ({steps}). Correct the type or the equations."
        )
    if graph.states.isdisjoint(map(canonical, loop.path)):
        yield "no stock is on its path, so nothing carries it on. Name its stock."
