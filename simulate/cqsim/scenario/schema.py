"""The shape of a scenario file."""

from math import frexp
from typing import Annotated

from pydantic import AfterValidator, Field

from cqsim.registry.levers import Amount, Frozen, Name, Number, Text, Year

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


class LeverSetting(Frozen):
    """How far a lever is pulled, from when, and over how many years."""

    value: Amount | None = Field(None, description="取值 / value, in the lever's unit")
    start: Year | None = Field(default=None, description="启动年 / first year")
    ramp: Number | None = Field(None, ge=0, description="爬坡年数 / years to the value")


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
