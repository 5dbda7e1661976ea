"""Levers: what a city decides, each tied to constants of the model and to clauses."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from cqsim.tomlfile import Document, Fault, load, read_document, refuse
from cqsim.tomlschema import Frozen, Name, Number, Text, Year


def table_or_number(value: Any) -> str:
    """Return which of the two forms of an amount a value has."""
    return "[table]" if isinstance(value, dict) else "[number]"


Amount = Annotated[
    Annotated[Number, Tag("[number]")] | Annotated[dict[str, Number], Tag("[table]")],
    Discriminator(table_or_number),
]
"""A number, or numbers by region, ring or other element."""


class Effort(Frozen):
    """What pulling a lever costs: a proxy, its unit, and how much for each unit."""

    proxy: Name | Text
    unit: Name
    per_unit: Number


class Lever(Frozen):
    """What a city can set.

    `today`, `floor` and `ceiling` are in `unit`; `ramp` is in years. `scope` names the
    regions, rings or other subscript elements that the lever reaches, or `metro`.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
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

    @property
    def reach(self) -> tuple[str, ...]:
        """The elements or ranges that the lever is confined to; none means no bound."""
        scope = (self.scope,) if isinstance(self.scope, str) else self.scope
        return () if "metro" in scope else scope


Levers = Mapping[str, Lever]


class _File(Frozen):
    """The whole file: `[[lever]]`, again and again."""

    lever: tuple[Lever, ...]


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
    levers = load(document, _File).lever
    refuse(document, _value_faults(document, levers))
    return {lever.id: lever for lever in levers}


def _value_faults(document: Document, levers: Sequence[Lever]) -> list[Fault]:
    """Return a fault for each id twice, floor above ceiling and today outside."""
    faults = []
    seen: set[str] = set()
    for number, lever in enumerate(levers):
        where = ("lever", number)
        if lever.id in seen:
            what = f"the id '{lever.id}' is there twice"
            faults.append(document.fault((*where, "id"), what, "Rename one of them."))
        seen.add(lever.id)
        if lever.floor >= lever.ceiling:
            what = f"{lever.id}: the floor {lever.floor:g} is not below the ceiling"
            remedy = f"Give a floor below {lever.ceiling:g}."
            place = (*where, "floor")
            faults.append(document.fault(place, what, remedy, value=True))
            continue
        today = lever.today
        for value in today.values() if isinstance(today, dict) else (today,):
            if not lever.floor <= value <= lever.ceiling:
                what = f"{lever.id}: today's {value:g} is beyond floor or ceiling"
                remedy = f"Choose within [{lever.floor:g}, {lever.ceiling:g}]."
                place = (*where, "today")
                faults.append(document.fault(place, what, remedy, value=True))
    return faults
