"""What one check came to."""

from dataclasses import dataclass
from typing import Literal

Group = Literal[
    "units", "evidence", "extremes", "reality", "responses", "numerics", "skill"
]


@dataclass(frozen=True, slots=True)
class Finding:
    """A check, whether it holds, and what was seen.

    Attributes
    ----------
    detail
        What was looked at; of a check that fails, the run, place and year at fault.
    is_gate
        Whether the model may not be released while the check fails. What is no gate is
        a shortfall to be told, such as a series in which a naive forecast is better.
    """

    group: Group
    check: str
    title: str
    holds: bool
    detail: str
    is_gate: bool = True
