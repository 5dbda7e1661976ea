"""What a fit is asked to do: `model/calibration.toml`, checked."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from cqsim.study.posterior_plan import Posterior
from cqsim.tomlschema import Frozen, Name

Rule = Literal["factor", "growth", "depletion", "flow"]


def _listed(value: object) -> object:
    """Return one axis as a list of one, and none as an empty list."""
    if isinstance(value, str):
        return [value] if value else []
    return value


Axes = Annotated[tuple[Name, ...], BeforeValidator(_listed), Field(max_length=2)]
"""Axes of a constant in its own order: none, one, or two."""


class Fit(Frozen):
    """One constant, the variable it has to bring to its observation, and how."""

    constant: Name
    file: Name
    variable: Name
    along: Axes = ()
    rule: Rule
    gain: Annotated[float, Field(strict=True, ge=-10, le=10)]
    mean_one: bool = False
    mean_zero: bool = False


class FitPlan(Frozen):
    """The fits of a model, done together, and when they are done.

    `start` and `end` are the years of the censuses; `tolerance` is the largest relative
    miss at which the fit stops, `rounds` the most rounds it may take. `posterior` asks
    how far the evidence informs constants that the fit takes as they are.
    """

    start: Annotated[int, Field(strict=True, ge=1950, le=2100)]
    end: Annotated[int, Field(strict=True, ge=1950, le=2100)]
    rounds: Annotated[int, Field(strict=True, ge=1, le=1000)]
    tolerance: Annotated[float, Field(strict=True, gt=0, lt=1)]
    fit: tuple[Fit, ...] = Field(min_length=1)
    posterior: Posterior | None = None

    @property
    def years(self) -> int:
        """Return the years between the censuses."""
        return self.end - self.start
