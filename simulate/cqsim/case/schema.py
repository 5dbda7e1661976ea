"""The shape of a scenario file, and what it sets in the model."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from math import frexp
from typing import Annotated, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from cqsim.case.case import Case
from cqsim.case.levers import AmountInFile, Lever, Shock, table_or_number
from cqsim.case.settings import Amount, Points, Setting, overlay, places
from cqsim.case.targets import Target
from cqsim.model.model import Model
from cqsim.tomlschema import Frozen, Name, Number, Text, Year

EDGE = 1 / 128
"""Years in which a series goes from one year's value to the next: below any step."""

SHORTEST_STEP = 1 / 32


def _power_of_two(step: float) -> float:
    if step > 1 or step < SHORTEST_STEP or frexp(step)[0] != 0.5:
        message = "Input should be 1, 0.5, 0.25, 0.125, 0.0625 or 0.03125"
        raise ValueError(message)
    return step


Step = Annotated[Number, AfterValidator(_power_of_two)]
"""A power of two, so that sums of steps are exact."""


class Time(Frozen):
    """When the run starts and ends, and how far one step goes; in years."""

    start: Year | None = Field(default=None, description="起始年 / first year")
    end: Year | None = Field(default=None, description="终止年 / last year")
    step: Step | None = Field(default=None, description="步长（年）/ step in years")


Years = Annotated[
    Annotated[Year, Tag("[number]")] | Annotated[dict[str, Year], Tag("[table]")],
    Discriminator(table_or_number),
]
"""A year, or years by region, ring or other element."""


class LeverSetting(Frozen):
    """How far a lever is pulled, from when, and over how many years.

    Each is a number, or numbers by region or ring where the lever acts by region.
    """

    value: AmountInFile | None = Field(
        None, description="取值 / value, in the lever's unit"
    )
    start: Years | None = Field(None, description="启动年 / first year")
    ramp: AmountInFile | None = Field(None, description="爬坡年数 / years to the value")
    unit: Name | None = Field(None, description="单位(核对用) / unit, to be checked")


class Pulse(Frozen):
    """A disturbance of one size that begins, lasts and ends."""

    size: Number = Field(description="幅度 / size, in the shock's unit")
    start: Number = Field(ge=1900, le=2200, description="起始时间 / when, in years")
    duration: Number = Field(gt=0, le=300, description="持续年数 / years it lasts")


class ShockSetting(Frozen):
    """How a driver from outside is disturbed: by a pulse, or year by year."""

    pulse: Pulse | None = Field(None, description="一次冲击 / one disturbance")
    series: dict[str, Number] | None = Field(
        None, description="分年数值,未列年份为0 / value by year, 0 in all others"
    )
    unit: Name | None = Field(None, description="单位(核对用) / unit, to be checked")


class TargetSetting(Frozen):
    """A target of the analyst's own: an indicator at least or at most a value."""

    title: Text | None = Field(None, description="名称 / title")
    indicator: Name = Field(description="指标 / indicator")
    scope: Name | None = Field(None, description="范围 / area")
    year: Year = Field(description="年份 / year")
    at_least: Number | None = Field(None, description="不低于 / at least")
    at_most: Number | None = Field(None, description="不高于 / at most")
    unit: Name | None = Field(None, description="单位(核对用) / unit, to be checked")

    @model_validator(mode="after")
    def _one_end(self) -> Self:
        if (self.at_least is None) == (self.at_most is None):
            message = "have either at_least or at_most"
            raise ValueError(message)
        return self


TargetId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class ScenarioFile(Frozen):
    """A scenario as it stands in its file, what it extends not yet added."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_-]*$", max_length=60, strict=True)
    title: Text
    summary: Text | None = None
    extends: Name | None = Field(None, description="父情景 / the scenario it builds on")
    model: Name | None = Field(None, description="模型文件 / model file, from here")
    time: Time = Time()
    levers: dict[str, LeverSetting] = Field(default_factory=dict)
    constants: dict[str, AmountInFile] = Field(default_factory=dict)
    shocks: dict[str, ShockSetting] = Field(default_factory=dict)
    targets: dict[TargetId, TargetSetting] = Field(default_factory=dict)


def settings_of(case: Case, whole: ScenarioFile) -> dict[str, Setting]:
    """Return the constants and lookups that levers, constants and shocks set."""
    model = case.model
    settings: dict[str, Setting] = {}
    for name, amount in _amounts(case, whole):
        variable = model.variable(name)
        assert variable is not None
        if isinstance(amount, tuple):
            settings[variable.name] = amount
            continue
        below = settings.get(variable.name)
        settings[variable.name] = overlay(model, variable, below, amount)
    return settings


def _amounts(case: Case, whole: ScenarioFile) -> Iterator[tuple[str, Setting]]:
    """Yield each constant or lookup that is set, with its amount or points."""
    for name, setting in whole.levers.items():
        yield from _of_lever(case.model, case.levers[name], setting)
    yield from whole.constants.items()
    for name, shock_setting in whole.shocks.items():
        yield from _of_shock(case.shocks[name], shock_setting)


def _of_lever(
    model: Model, lever: Lever, setting: LeverSetting
) -> Iterator[tuple[str, Amount]]:
    for key, constant in lever.constants.items():
        amount = getattr(setting, key)
        if amount is not None:
            yield constant, _within_reach(model, lever, constant, amount)


def _within_reach(model: Model, lever: Lever, constant: str, amount: Amount) -> Amount:
    """Return a lever's plain number as numbers by the places that it reaches."""
    variable = model.variable(constant)
    assert variable is not None
    if isinstance(amount, Mapping) or not variable.subscripts or not lever.reach:
        return amount if isinstance(amount, Mapping) else float(amount)
    chosen = {p: None for part in lever.reach for p in places(model, variable, part)}
    return {",".join(place): float(amount) for place in chosen}


def _of_shock(shock: Shock, setting: ShockSetting) -> Iterator[tuple[str, Setting]]:
    """Yield the constants and the lookup that a setting of a shock stands for."""
    series = {float(year): value for year, value in (setting.series or {}).items()}
    spans = [(year, year + 1, value) for year, value in sorted(series.items())]
    pulse = setting.pulse
    if pulse is not None and shock.pulse_constants is not None:
        values = (pulse.size, pulse.start, pulse.duration)
        yield from zip(shock.pulse_constants, values, strict=True)
    elif pulse is not None:
        spans = _with_pulse(spans, pulse)
    if spans:
        yield shock.by_year, steps(spans)


def steps(spans: list[tuple[float, float, float]]) -> Points:
    """Return a lookup that has a value from the start of each span to before its end.

    Between spans it is 0. The spans follow each other in time and do not overlap.
    """
    points: dict[float, float] = {}
    for start, end, value in spans:
        points.setdefault(start - EDGE, 0.0)
        points[start] = value
        points[max(start, end - EDGE)] = value
        points[end] = 0.0
    return tuple(sorted(points.items()))


def _with_pulse(
    spans: list[tuple[float, float, float]], pulse: Pulse
) -> list[tuple[float, float, float]]:
    """Return spans with a pulse added to what they hold."""
    end = pulse.start + pulse.duration
    cuts = sorted({pulse.start, end, *(t for a, b, _ in spans for t in (a, b))})
    whole = []
    for start, stop in pairwise(cuts):
        value = sum(v for a, b, v in spans if a <= start < b)
        value += pulse.size if pulse.start <= start < end else 0.0
        whole.append((start, stop, value))
    return whole


def targets_of(scenario: ScenarioFile, case: Case) -> tuple[Target, ...]:
    """Return the analyst's own targets, as the register has its own."""
    return tuple(_target(name, each, case) for name, each in scenario.targets.items())


def _target(name: str, setting: TargetSetting, case: Case) -> Target:
    indicator = case.indicators[setting.indicator]
    low = setting.at_least is not None
    return Target.model_validate(
        {
            "id": name,
            "title": (setting.title or indicator.title).model_dump(),
            "year": setting.year,
            "scope": setting.scope or case.whole,
            "own_scope": setting.scope or case.whole,
            "indicator": setting.indicator,
            "operator": ">=" if low else "<=",
            "value": setting.at_least if low else setting.at_most,
            "unit": indicator.unit,
            "class": next(each.id for each in case.about.classes if each.own),
            "sources": ("analyst",),
        }
    )
