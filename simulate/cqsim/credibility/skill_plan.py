"""The plan of scoring skill: `model/skill.toml`, read and checked."""

from collections.abc import Iterator
from math import sqrt
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, ValidationInfo, model_validator

from cqsim.case.settings import time_bounds
from cqsim.errors import did_you_mean
from cqsim.ledger.rules import GRADES
from cqsim.model.model import Model
from cqsim.study.checked import InputName, NameContext, unique
from cqsim.study.evidence import Deflator, Quantity
from cqsim.tomlfile import load, read_document
from cqsim.tomlschema import Frozen, Misfit, Name, Positive, Years, refuse_misfits

FILE = "skill.toml"
EVERY_REGION = "regions"
"""The places of a hindcast of every region."""


class Series(Quantity):
    """A series to be forecast: quantity, places, and the error to be expected.

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
    def areas(self) -> tuple[str, ...]:
        """The scopes and areas that it names."""
        return self.places

    @property
    def at_constant_prices(self) -> bool:
        """Whether the published value, at current prices, is to be deflated."""
        return self.deflated

    def deviation(self, value: float, years: int) -> float:
        """Return the standard deviation of a forecast so many years ahead."""
        spread = self.spread * sqrt(years)
        return spread if self.absolute else spread * abs(value)


class Hindcast(Quantity):
    """A target of the hindcast from the first census; `gate` as in a series."""

    gate: bool = False
    years: Years
    places: Name
    limit: Positive
    absolute: bool = False

    @property
    def areas(self) -> tuple[str, ...]:
        """The scope or area that it names, if not every region."""
        return () if self.places == EVERY_REGION else (self.places,)


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
    set: dict[InputName, float] = Field(default_factory=dict)


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
    as_of: tuple[InputName, ...] = ()
    grades: dict[str, Positive]
    deflator: Deflator
    series: Annotated[tuple[Series, ...], unique("series")]
    hindcast: Annotated[tuple[Hindcast, ...], unique("hindcast")] = ()
    shortfall: tuple[Shortfall, ...] = ()

    @model_validator(mode="after")
    def _fits(self, info: ValidationInfo) -> Self:
        if isinstance(info.context, NameContext):
            refuse_misfits(self._misfits(info.context.model))
        return self

    def _misfits(self, model: Model) -> Iterator[Misfit]:
        clock = model.variable("initial time")
        if clock and (bounds := time_bounds(clock)).broken_by(self.jump_off):
            what = f"jump_off = {self.jump_off}: no run starts there, only in "
            remedy = "Take a census that the model starts from."
            yield Misfit(what + bounds.text(), remedy, ("jump_off",))
        last = max(self.years)
        for origin in self.origins:
            if not self.jump_off <= origin < last:
                what = f"origin {origin}: not from the jump-off {self.jump_off} on, or "
                what += f"not before the last year {last}"
                yield Misfit(what, "Take origins between them.", ("origins",))
        for number, series in enumerate(self.series):
            if series.line_from > self.jump_off:
                what = f"line_from = {series.line_from} is after the jump-off"
                at = ("series", number, "line_from")
                yield Misfit(what, "A line needs values before it.", at)
        yield from self._name_misfits()

    def _name_misfits(self) -> Iterator[Misfit]:
        if set(self.grades) != set(GRADES):
            given = ", ".join(sorted(self.grades))
            what = f"grades are {', '.join(GRADES)}, here {given}"
            remedy = "Give each of them a relative standard deviation."
            yield Misfit(what, remedy, ("grades",))
        for number, shortfall in enumerate(self.shortfall):
            for name in set(shortfall.checks) - set(self.checks):
                what = f"there is no check of skill '{name}'"
                remedy = did_you_mean(name, sorted(self.checks))
                yield Misfit(what, remedy, ("shortfall", number, "checks"))

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


def refuse_unscored(path: Path, known: NameContext) -> None:
    """Refuse a plan of which a part could not be scored, before anything runs.

    Raises
    ------
    FaultsError
        It names what neither the model nor the ledger has, or years that do not go
        together; each with its place.
    """
    load(read_document(path), SkillPlan, known)
