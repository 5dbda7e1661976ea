"""The shape of a scenario file."""

from math import frexp
from typing import Annotated, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from cqsim.case.levers import Amount, table_or_number
from cqsim.tomlschema import Frozen, Name, Number, Text, Year

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

    value: Amount | None = Field(None, description="取值 / value, in the lever's unit")
    start: Years | None = Field(None, description="启动年 / first year")
    ramp: Amount | None = Field(None, description="爬坡年数 / years to the value")
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
    constants: dict[str, Amount] = Field(default_factory=dict)
    shocks: dict[str, ShockSetting] = Field(default_factory=dict)
    targets: dict[TargetId, TargetSetting] = Field(default_factory=dict)
