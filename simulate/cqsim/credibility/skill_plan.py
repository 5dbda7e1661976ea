"""What skill is measured by: `model/skill.toml`, read and checked."""

from collections.abc import Iterator, Sequence
from math import sqrt
from pathlib import Path
from typing import Annotated

from pydantic import Field

from cqsim.case.settings import time_bounds
from cqsim.errors import did_you_mean
from cqsim.ledger.rules import GRADES
from cqsim.model.model import Model
from cqsim.study.evidence import (
    Deflator,
    ObservedQuantities,
    Quantity,
    ledger_faults,
    place_faults,
    quantity_faults,
)
from cqsim.study.name_check import constant_faults, repeated_faults
from cqsim.tomlfile import Document, Fault, load, read_document, refuse
from cqsim.tomlschema import Frozen, Name, Positive, Years

FILE = "skill.toml"
EVERY_REGION = "regions"
"""The places of a hindcast of every region."""


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

    @property
    def at_constant_prices(self) -> bool:
        """Whether the published value, at current prices, is to be deflated."""
        return self.deflated

    def deviation(self, value: float, years: int) -> float:
        """Return the standard deviation of a forecast so many years ahead."""
        spread = self.spread * sqrt(years)
        return spread if self.absolute else spread * abs(value)


class Hindcast(Quantity):
    """What a run from the first census must come near to; a `gate` as in a series."""

    gate: bool = False
    years: Years
    places: Name
    limit: Positive
    absolute: bool = False


class Trial(Frozen):
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
    tried: tuple[Trial, ...] = ()


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

    @property
    def parts(self) -> dict[str, Sequence[Series | Hindcast]]:
        """The quantities that are scored, by the kind of their table."""
        return {"series": self.series, "hindcast": self.hindcast}

    @property
    def checks(self) -> list[str]:
        """The ids of all checks of skill."""
        series = [f"{s.id}{end}" for s in self.series for end in ("", "_by_region")]
        return [*series, *(f"hindcast_{hindcast.id}" for hindcast in self.hindcast)]


def read_skill_plan(path: Path) -> SkillPlan:
    """Return the plan of a file, its shape checked and nothing else.

    Raises
    ------
    InputFileError
        The file is missing or cannot be decoded.
    FaultsError
        It is not TOML, or keys are unknown, missing or wrong; each with its place.
    """
    return load(read_document(path), SkillPlan)


def refuse_unscored(path: Path, model: Model, observed: ObservedQuantities) -> None:
    """Refuse a plan of which a part could not be scored, before anything runs.

    Raises
    ------
    FaultsError
        It names what neither the model nor the ledger has, or years that do not go
        together; each with its place.
    """
    document = read_document(path)
    plan = load(document, SkillPlan)
    faults = [
        *_time_faults(document, plan, model),
        *_quantity_faults(document, plan, model, observed),
        *_shortfall_faults(document, plan, model),
        *constant_faults(document, ("as_of",), model, plan.as_of),
    ]
    if set(plan.grades) != set(GRADES):
        what = f"grades are {', '.join(GRADES)}, here {', '.join(sorted(plan.grades))}"
        remedy = "Give each of them a relative standard deviation."
        faults.append(document.fault(("grades",), what, remedy))
    for key in ("nominal", "growth"):
        names = [getattr(plan.deflator, key)]
        faults += ledger_faults(document, ("deflator", key), names, observed)
    refuse(document, faults)


def _time_faults(document: Document, plan: SkillPlan, model: Model) -> Iterator[Fault]:
    clock = model.variable("initial time")
    if clock and (bounds := time_bounds(clock)).broken_by(plan.jump_off):
        what = f"jump_off = {plan.jump_off}: no run starts there, only in "
        remedy = "Take a census that the model starts from."
        yield document.fault(("jump_off",), what + bounds.text(), remedy, value=True)
    for origin in plan.origins:
        if not plan.jump_off <= origin < max(plan.years):
            what = f"origin {origin}: not from the jump-off {plan.jump_off} on, or "
            what += f"not before the last year {max(plan.years)}"
            remedy = "Take origins between them."
            yield document.fault(("origins",), what, remedy, value=True)
    for number, series in enumerate(plan.series):
        if series.line_from > plan.jump_off:
            what = f"line_from = {series.line_from} is after the jump-off"
            remedy = "A line needs values before it."
            place = ("series", number, "line_from")
            yield document.fault(place, what, remedy, value=True)


def _quantity_faults(
    document: Document, plan: SkillPlan, model: Model, observed: ObservedQuantities
) -> Iterator[Fault]:
    for kind, parts in plan.parts.items():
        ids = [part.id for part in parts]
        yield from repeated_faults(document, (kind,), "id", ids, kind)
        for number, part in enumerate(parts):
            at = (kind, number)
            yield from quantity_faults(document, at, part, model, observed)
            names = [part.places] if isinstance(part.places, str) else part.places
            if isinstance(part, Hindcast):
                names = [name for name in names if name != EVERY_REGION]
            yield from place_faults(document, (*at, "places"), part, names, observed)


def _shortfall_faults(
    document: Document, plan: SkillPlan, model: Model
) -> Iterator[Fault]:
    for number, shortfall in enumerate(plan.shortfall):
        at = ("shortfall", number)
        for name in set(shortfall.checks) - set(plan.checks):
            remedy = did_you_mean(name, sorted(plan.checks))
            what = f"there is no check of skill '{name}'"
            yield document.fault((*at, "checks"), what, remedy, value=True)
        for index, trial in enumerate(shortfall.tried):
            inner = (*at, "tried", index, "set")
            yield from constant_faults(document, inner, model, trial.set)
