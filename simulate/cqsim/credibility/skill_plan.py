"""What skill is measured by: `model/skill.toml`, read and checked."""

from typing import Annotated

from pydantic import Field

from cqsim.study.published import Deflator
from cqsim.study.quantity import Quantity
from cqsim.tomlschema import Frozen, Name, Positive, Years


class Series(Quantity):
    """What is forecast, where, and how far a forecast may be off.

    Of a `gate` the model must not fall short.
    """

    gate: bool = False
    deflated: bool = False
    unit: Name
    places: tuple[Name, ...] = ()
    spread: Positive
    absolute: bool = False
    line_from: int
    known_regions: bool = False


class Hindcast(Quantity):
    """What a run from the first census must come near to; a `gate` as in a series."""

    gate: bool = False
    years: Years
    places: Name
    limit: Positive
    absolute: bool = False


class Tried(Frozen):
    """A change of the model that might mend a shortfall, and why one would make it.

    `equations` gives some variables another right side, by their left side as it stands
    in the model; `set` gives constants another value in the forecasts, which start at
    the jump-off, and in the hindcast, which starts at the first census. With `refit`
    the constants of the census fit are fitted again.
    """

    title: Name
    reason: Name
    refit: bool = False
    equations: dict[str, Name] = Field(default_factory=dict)
    set: dict[str, float] = Field(default_factory=dict)


class Shortfall(Frozen):
    """Checks that fall short or did, why, and what was tried; scored for the page."""

    checks: Annotated[tuple[Name, ...], Field(min_length=1)]
    cause: Name
    tried: tuple[Tried, ...] = ()


class SkillPlan(Frozen):
    """All that is scored, from which origins, for which years."""

    jump_off: int
    origins: Years
    years: Years
    as_of: tuple[Name, ...] = ()
    grades: dict[str, Positive]
    deflator: Deflator
    series: tuple[Series, ...]
    hindcast: tuple[Hindcast, ...] = ()
    shortfall: tuple[Shortfall, ...] = ()
