"""Which figures a report has: by name, what draws each in a language."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from cqsim.report.figure_sets.causes import of_causes
from cqsim.report.figure_sets.regions import of_regions
from cqsim.report.figure_sets.spread import of_sweep
from cqsim.report.figure_sets.targets import of_targets
from cqsim.report.figure_sets.themes import of_themes
from cqsim.report.teller import Teller

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Draw = Callable[[str], "Figure"]


def figure_set(teller: Teller) -> Mapping[str, Draw]:
    """Return what draws each figure that the facts allow, by its name."""
    parts = (of_targets, of_themes, of_regions, of_causes, of_sweep)
    return {name: draw for part in parts for name, draw in part(teller).items()}
