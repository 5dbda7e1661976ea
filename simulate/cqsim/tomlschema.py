"""What schemas of TOML files are made of."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(min_length=1, strict=True)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Positive = Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)]
Year = Annotated[int, Field(strict=True, ge=1900, le=2200)]
Years = Annotated[tuple[Year, ...], Field(min_length=1)]


class Frozen(BaseModel):
    """A table of a file: no key unknown, nothing changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(Frozen):
    """The same words in Chinese and in English.

    Where the case of the file speaks one language only, its words stand for both.
    """

    zh: Name
    en: Name
