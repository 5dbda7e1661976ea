"""Levers: what a city decides, each tied to constants of the model and to clauses."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Discriminator, Field, RootModel, Tag

from cqsim.tomlfile import Document, Fault, load, read_document, refuse

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Year = Annotated[int, Field(strict=True, ge=1900, le=2200)]
Name = Annotated[str, Field(min_length=1, strict=True)]


def _is_table(value: Any) -> str:
    return "[table]" if isinstance(value, dict) else "[number]"


Amount = Annotated[
    Annotated[Number, Tag("[number]")] | Annotated[dict[str, Number], Tag("[table]")],
    Discriminator(_is_table),
]
"""A number, or numbers by region, ring or other element."""


class Frozen(BaseModel):
    """A table of the file: no key unknown, nothing changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(Frozen):
    """The same words in Chinese and in English."""

    zh: Name
    en: Name


class Effort(Frozen):
    """What pulling a lever costs: a proxy, its unit, and how much for each unit."""

    proxy: Name | Text
    unit: Name
    per_unit: Number


class LeverEntry(Frozen):
    """What a city can set, as the file has it; its id is the name of its table.

    `today`, `floor` and `ceiling` are in `unit`; `ramp` is in years. `scope` names the
    regions, rings or other subscript elements that the lever reaches, or `metro`.
    """

    title: Text
    summary: Text | None = None
    unit: Name
    constant: Name
    start_constant: Name | None = None
    ramp_constant: Name | None = None
    scope: Name | tuple[Name, ...] = "metro"
    today: Amount
    floor: Number
    ceiling: Number
    ceiling_reason: Name | Text
    sources: tuple[Name, ...] = Field(min_length=1)
    clauses: tuple[Name, ...] = ()
    earliest_start: Year
    ramp: Number = Field(ge=0)
    effort: Effort
    moves: tuple[Name, ...] = Field(min_length=1)


class Lever(LeverEntry):
    """A lever that knows its own id."""

    id: str

    @property
    def reach(self) -> tuple[str, ...]:
        """The elements or ranges that the lever is confined to; none means no bound."""
        scope = (self.scope,) if isinstance(self.scope, str) else self.scope
        return () if "metro" in scope else scope


Levers = Mapping[str, Lever]


class _File(RootModel[dict[str, LeverEntry]]):
    """The whole file: a table a lever."""


def read_levers(path: Path) -> Levers:
    """Return the levers by id, in the file's order.

    Raises
    ------
    InputFileError
        The file is missing or cannot be decoded.
    FaultsError
        It is not TOML, or keys are unknown, missing or wrong; each with its place.
    """
    document = read_document(path)
    entries = load(document, _File).root
    refuse(document, _value_faults(document, entries))
    return {
        name: Lever.model_validate({**entry.model_dump(), "id": name})
        for name, entry in entries.items()
    }


def _value_faults(document: Document, levers: Mapping[str, LeverEntry]) -> list[Fault]:
    """Return a fault for each floor above its ceiling and each today outside."""
    faults = []
    for name, lever in levers.items():
        if lever.floor >= lever.ceiling:
            what = f"{name}: the floor {lever.floor:g} is not below the ceiling"
            remedy = f"Give a floor below {lever.ceiling:g}."
            faults.append(document.fault((name, "floor"), what, remedy, value=True))
            continue
        today = lever.today
        for value in today.values() if isinstance(today, dict) else (today,):
            if not lever.floor <= value <= lever.ceiling:
                what = f"{name}: today's {value:g} is beyond floor or ceiling"
                remedy = f"Choose within [{lever.floor:g}, {lever.ceiling:g}]."
                faults.append(document.fault((name, "today"), what, remedy, value=True))
    return faults
