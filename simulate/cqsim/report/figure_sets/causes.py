"""The figures on causes: waterfalls of people and of emissions."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from cqsim.report.decompositions import Decomposition
from cqsim.report.figure_sets.scales import factor, without_unit
from cqsim.report.figures.bars import Bar, Waterfall, waterfalls
from cqsim.report.teller import Teller
from cqsim.report.words import Both

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Draw = Callable[[str], "Figure"]


def of_causes(teller: Teller) -> dict[str, Draw]:
    """Return what draws each figure on causes that the facts allow, by its name."""
    facts = teller.facts
    pairs = (("people", facts.people), ("emissions", facts.emissions))
    return {
        f"waterfall-{name}": partial(_waterfalls, teller, parts)
        for name, parts in pairs
        if parts
    }


def _waterfalls(
    teller: Teller, parts: Sequence[Decomposition], language: str
) -> "Figure":
    drawn = []
    for found in parts:
        first, last = found.years
        drawn.append(
            Waterfall(
                teller.scope(found.scope),
                teller.unit(found.indicator),
                _bar(
                    teller, found, language, Both(f"{first}", f"{first}"), found.start
                ),
                [
                    _bar(teller, found, language, label, value, signed=True)
                    for label, value in found.parts
                ],
                _bar(teller, found, language, Both(f"{last}", f"{last}"), found.end),
            )
        )
    return waterfalls(drawn, language)


def _bar(
    teller: Teller,
    found: Decomposition,
    language: str,
    label: Both,
    value: float,
    *,
    signed: bool = False,
) -> Bar:
    own = teller.indicator(found.indicator)
    power = factor(teller, found.indicator, language)
    return Bar(
        label, value * power, without_unit(value, own.unit, own.decimals, signed=signed)
    )
