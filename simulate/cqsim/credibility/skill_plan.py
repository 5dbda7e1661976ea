"""What skill is measured by: `model/skill.toml`, read and checked."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from cqsim.tomlfile import load, read_document

Name = Annotated[str, Field(min_length=1, strict=True)]
Positive = Annotated[float, Field(gt=0)]
Years = Annotated[tuple[int, ...], Field(min_length=1)]


class Frozen(BaseModel):
    """A table of the file: no key unknown, nothing changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Quantity(Frozen):
    """What both the model and the ledger know.

    The model's is `numerator` over `denominator`, summed over regions, times `factor`;
    the ledger's is `observed` times `observed_factor`, or of its parts. Of a `gate`
    the model must not fall short.
    """

    id: Name
    title: Name
    numerator: Name
    denominator: str = ""
    factor: float = 1.0
    observed: Name
    observed_factor: float = 1.0
    observed_numerator: str = ""
    observed_denominator: str = ""
    observed_ratio_factor: float = 1.0
    stands_for: dict[str, str] = {}
    gate: bool = False


class Series(Quantity):
    """What is forecast, where, and how far a forecast may be off."""

    unit: Name
    places: tuple[Name, ...] = ()
    spread: Positive
    absolute: bool = False
    line_from: int
    deflated: bool = False
    known_regions: bool = False


class Hindcast(Quantity):
    """What a run from the first census must come near to."""

    years: Years
    places: Name
    limit: Positive
    absolute: bool = False


class Deflator(Frozen):
    """Where a deflator follows from: nominal values and real growth of an area."""

    nominal: Name
    growth: Name
    region: Name


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


def read_skill_plan(path: Path) -> SkillPlan:
    """Return the plan of a file.

    Raises
    ------
    InputFileError
        The file is missing or cannot be decoded.
    FaultsError
        It is not TOML, or keys are unknown, missing or wrong; each with its place.
    """
    return load(read_document(path), SkillPlan)
