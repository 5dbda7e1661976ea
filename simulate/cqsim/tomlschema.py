"""Base classes and field types for the schemas of TOML files."""

from collections.abc import Iterable
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

Name = Annotated[str, Field(min_length=1, strict=True)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Positive = Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)]
Year = Annotated[int, Field(strict=True, ge=1900, le=2200)]
Years = Annotated[tuple[Year, ...], Field(min_length=1)]


MISFITS = "misfits"
"""The kind of error that `refuse_misfits` raises."""


class Misfit(NamedTuple):
    """What in a table goes with nothing that there is, and what would put it right.

    `at` is the key within the table that is validated; empty for the table itself.
    """

    what: str
    remedy: str
    at: tuple[str | int, ...] = ()


def refuse_misfits(misfits: Iterable[Misfit]) -> None:
    """Refuse what a validator looks at, for all that is wrong with it at once.

    Raises
    ------
    PydanticCustomError
        There is at least one misfit.
    """
    if found := list(misfits):
        raise PydanticCustomError(MISFITS, "fit what there is", {MISFITS: found})


class Frozen(BaseModel):
    """A table of a file: no key unknown, no number infinite, nothing changed later."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Text(Frozen):
    """The same words in Chinese and in English.

    Where the case of the file speaks one language only, its words stand for both.
    """

    zh: Name
    en: Name
