"""The figures on fields: one a theme, and one of all scenarios."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from cqsim.report.figure_sets.scales import line_of, observed_of
from cqsim.report.figures.lines import Panel, panels
from cqsim.report.sections.themes import RINGS, widest_scope
from cqsim.report.teller import Teller
from cqsim.report.words import Both

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Draw = Callable[[str], "Figure"]


def of_themes(teller: Teller) -> dict[str, Draw]:
    """Return what draws each figure on fields that the facts allow, by its name."""
    found: dict[str, Draw] = {}
    for theme in teller.facts.plan.theme:
        shown = [name for name in (theme.lead, theme.beside) if teller.has(name)]
        if shown:
            found[f"theme-{theme.id}"] = partial(_theme, teller, shown)
    if len(teller.facts.outcomes) > 1:
        found["scenarios"] = partial(_scenarios, teller)
    return found


def _theme(teller: Teller, names: Sequence[str], language: str) -> "Figure":
    drawn = []
    for name in names:
        widest = widest_scope(teller, name)
        lines = [line_of(teller, teller.scope(widest), name, widest, language)]
        for ring in RINGS:
            line = line_of(teller, teller.scope(ring), name, ring, language)
            if line.values:
                lines.append(line)
        observed = observed_of(teller, name, widest, language)
        observed = {y: v for y, v in observed.items() if y >= teller.years[0] - 10}
        panel = Panel(teller.title(name), teller.unit(name), lines, observed)
        drawn.append(panel)
    return panels(drawn, language, columns=len(drawn), height=2.3)


def _scenarios(teller: Teller, language: str) -> "Figure":
    drawn = []
    for theme in teller.facts.plan.theme:
        name = theme.lead
        if not teller.has(name):
            continue
        scope = widest_scope(teller, name)
        lines = [
            line_of(
                teller,
                Both(o.scenario.title["zh"], o.scenario.title["en"]),
                name,
                scope,
                language,
                run,
            )
            for run, o in enumerate(teller.facts.outcomes)
        ]
        if all(line.values for line in lines):
            drawn.append(Panel(teller.title(name), teller.unit(name), lines))
    return panels(drawn, language, columns=2, height=1.8)
