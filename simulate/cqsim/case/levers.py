"""Levers, which policy sets, and shocks, which disturb the model from outside.

Each is tied to constants or lookups of the model, and checked against it when read.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from cqsim.case.scopes import Geography
from cqsim.case.settings import Bounds, Mistake, constant_of, lookup_of, places
from cqsim.errors import did_you_mean
from cqsim.language.syntax import canonical
from cqsim.model.model import Model, Variable
from cqsim.tomlfile import Document, Fault, load, read_document, refuse
from cqsim.tomlschema import Frozen, Name, Number, Text, Year
from cqsim.tomlspans import Key


def table_or_number(value: Any) -> str:
    """Return which of the two forms of an amount a value has."""
    return "[table]" if isinstance(value, dict) else "[number]"


AmountInFile = Annotated[
    Annotated[Number, Tag("[number]")] | Annotated[dict[str, Number], Tag("[table]")],
    Discriminator(table_or_number),
]
"""A number, or numbers by region, ring or other element."""

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class Effort(Frozen):
    """The cost of a lever: a proxy, its unit, and the amount per unit of the lever."""

    proxy: Name | Text
    unit: Name
    per_unit: Number


class Lever(Frozen):
    """A lever: constants of the model that policy can set.

    `today`, `floor` and `ceiling` are in `unit`; `ramp` is in years. `scope` names the
    regions, rings or other subscript elements that the lever reaches; it reaches all
    where it names none, or the whole.
    """

    id: Id
    title: Text
    summary: Text | None = None
    unit: Name
    constant: Name
    start_constant: Name | None = None
    ramp_constant: Name | None = None
    scope: Name | tuple[Name, ...] = ()
    today: AmountInFile
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
    def constants(self) -> dict[str, str]:
        """The constants that its value, start and ramp set, as far as it has them."""
        named = {
            "value": self.constant,
            "start": self.start_constant,
            "ramp": self.ramp_constant,
        }
        return {key: name for key, name in named.items() if name is not None}

    @property
    def reach(self) -> tuple[str, ...]:
        """The elements or ranges that the lever is confined to; none means no bound."""
        return (self.scope,) if isinstance(self.scope, str) else self.scope


class Shock(Frozen):
    """A driver from outside that a scenario may disturb.

    `size_constant`, `start_constant` and `duration_constant` take a pulse, all three or
    none; `by_year` is a lookup over time that takes a series. `floor` and `ceiling` are
    in `unit`; 0 is a driver left alone.
    """

    id: Id
    title: Text
    summary: Text
    unit: Name
    size_constant: Name | None = None
    start_constant: Name | None = None
    duration_constant: Name | None = None
    by_year: Name
    floor: Number
    ceiling: Number
    range_reason: Name
    sources: tuple[Name, ...] = Field(min_length=1)

    @property
    def pulse_constants(self) -> tuple[str, str, str] | None:
        """Size, start and duration of a pulse, where the model has constants for it."""
        found = (self.size_constant, self.start_constant, self.duration_constant)
        named = tuple(name for name in found if name is not None)
        return (named[0], named[1], named[2]) if len(named) == 3 else None


Levers = Mapping[str, Lever]
Shocks = Mapping[str, Shock]


class LeverFile(Frozen):
    """The whole file: `[[lever]]`, again and again."""

    lever: tuple[Lever, ...]


class _ShockFile(Frozen):
    """The whole file: `[[shock]]`, again and again."""

    shock: tuple[Shock, ...]


def read_levers(
    path: Path, model: Model, geography: Geography, indicators: Collection[str]
) -> Levers:
    """Return the levers of a model by id, in the file's order.

    Parameters
    ----------
    path
        The file, one table a lever.
    model, geography, indicators
        What the levers set, the places that they reach, and what they can move.

    Raises
    ------
    InputFileError
        The file is missing or cannot be decoded.
    FaultsError
        It is not TOML, keys are unknown, missing or wrong, or a lever does not fit the
        model; each fault with its place.
    """
    document = read_document(path)
    levers = load(document, LeverFile).lever
    faults = list(_double_ids(document, "lever", levers))
    for number, lever in enumerate(levers):
        faults += _range_faults(document, ("lever", number), lever)
        faults += _lever_faults(document, ("lever", number), lever, model, geography)
        faults += _unknown_moves(document, ("lever", number), lever, indicators)
    refuse(document, faults)
    whole = geography.whole
    everywhere = {"scope": ()}
    return {
        lever.id: lever.model_copy(update=everywhere) if whole in lever.reach else lever
        for lever in levers
    }


def read_shocks(path: Path, model: Model) -> Shocks:
    """Return the shocks of a model by id, in the file's order; see `read_levers`."""
    document = read_document(path)
    shocks = load(document, _ShockFile).shock
    faults = list(_double_ids(document, "shock", shocks))
    for number, shock in enumerate(shocks):
        faults += _shock_faults(document, ("shock", number), shock, model)
    refuse(document, faults)
    return {shock.id: shock for shock in shocks}


def _double_ids(
    document: Document, kind: str, entries: Sequence[Lever | Shock]
) -> Iterator[Fault]:
    ids = [entry.id for entry in entries]
    for number, name in enumerate(ids):
        if name in ids[:number]:
            what = f"the id '{name}' is there twice"
            yield document.fault((kind, number, "id"), what, "Rename one of them.")


def _range_faults(document: Document, where: Key, lever: Lever) -> Iterator[Fault]:
    """Yield a floor above the ceiling, or a value of today outside of both."""
    if lever.floor >= lever.ceiling:
        what = f"{lever.id}: the floor {lever.floor:g} is not below the ceiling"
        remedy = f"Give a floor below {lever.ceiling:g}."
        yield document.fault((*where, "floor"), what, remedy, value=True)
        return
    today = lever.today
    for value in today.values() if isinstance(today, dict) else (today,):
        if not lever.floor <= value <= lever.ceiling:
            what = f"{lever.id}: today's {value:g} is beyond floor or ceiling"
            remedy = f"Choose within [{lever.floor:g}, {lever.ceiling:g}]."
            yield document.fault((*where, "today"), what, remedy, value=True)


def _lever_faults(
    document: Document, where: Key, lever: Lever, model: Model, geography: Geography
) -> Iterator[Fault]:
    """Yield what in a lever does not fit the model."""
    for key, name in (
        ("constant", lever.constant),
        ("start_constant", lever.start_constant),
        ("ramp_constant", lever.ramp_constant),
    ):
        if name is None:
            continue
        try:
            variable = constant_of(model, name)
        except Mistake as mistake:
            what = f"{lever.id}: {mistake.what}"
            yield document.fault((*where, key), what, mistake.remedy, value=True)
            continue
        if key == "constant":
            yield from _constant_faults(document, where, lever, variable)
            yield from _place_faults(document, where, lever, variable, model, geography)


def _unknown_moves(
    document: Document, where: Key, lever: Lever, indicators: Collection[str]
) -> Iterator[Fault]:
    """Yield a fault for each indicator that a lever moves and the case lacks."""
    for number, name in enumerate(lever.moves):
        if name not in indicators:
            what = f"{lever.id}: there is no indicator '{name}'"
            remedy = did_you_mean(name, list(indicators))
            yield document.fault((*where, "moves", number), what, remedy, value=True)


def _constant_faults(
    document: Document, where: Key, lever: Lever, variable: Variable
) -> Iterator[Fault]:
    """Yield a unit or a range that is not that of the constant that a lever moves."""
    if variable.unit != lever.unit:
        what = (
            f"{lever.id}: the unit is '{lever.unit}', "
            f"that of '{variable.name}' is '{variable.unit}'"
        )
        remedy = "Give the lever in the constant's unit."
        yield document.fault((*where, "unit"), what, remedy, value=True)
    for key, value in (("floor", lever.floor), ("ceiling", lever.ceiling)):
        low = variable.low is not None and value < variable.low
        high = variable.high is not None and value > variable.high
        if low or high:
            what = f"{lever.id}: the {key} {value:g} is beyond the constant's range"
            remedy = "Choose a value within the range that the model gives."
            yield document.fault((*where, key), what, remedy, value=True)


def _place_faults(
    document: Document,
    where: Key,
    lever: Lever,
    variable: Variable,
    model: Model,
    geography: Geography,
) -> Iterator[Fault]:
    """Yield the places that a lever names and its constant does not have."""
    ranges = model.ranges.values()
    known = {*geography.scopes, *(entry.name for entry in ranges)}
    known |= {element for entry in ranges for element in entry.elements}
    today = lever.today if isinstance(lever.today, dict) else {}
    named = [("scope", part) for part in lever.reach if part != geography.whole]
    for key, part in [*named, *(("today", place) for place in today)]:
        try:
            if variable.subscripts:
                places(model, variable, part)
            elif key == "scope" and part not in known:
                what = f"there is no place '{part}'"
                raise Mistake(what, did_you_mean(part, sorted(known)))
        except Mistake as mistake:
            what = f"{lever.id}: {mistake.what}"
            yield document.fault((*where, key), what, mistake.remedy, value=True)


def _shock_faults(
    document: Document, where: Key, shock: Shock, model: Model
) -> Iterator[Fault]:
    """Yield a range without 0, half a pulse, and what does not fit the model."""
    if not shock.floor <= 0 <= shock.ceiling or shock.floor == shock.ceiling:
        what = f"{shock.id}: 0 is not between floor and ceiling"
        remedy = "Let the range hold 0, where nothing is disturbed."
        yield document.fault((*where, "floor"), what, remedy, value=True)
    named = {
        "size_constant": shock.size_constant,
        "start_constant": shock.start_constant,
        "duration_constant": shock.duration_constant,
    }
    if shock.pulse_constants is None and any(named.values()):
        what = f"{shock.id}: a pulse needs constants for size, start and duration"
        yield document.fault(where, what, "Name all three or none.")
    for key, name in named.items():
        try:
            if name is not None:
                constant_of(model, name)
        except Mistake as mistake:
            what = f"{shock.id}: {mistake.what}"
            yield document.fault((*where, key), what, mistake.remedy, value=True)
    try:
        unit = lookup_of(model, shock.by_year).unit
    except Mistake as mistake:
        what = f"{shock.id}: {mistake.what}"
        yield document.fault((*where, "by_year"), what, mistake.remedy, value=True)
        return
    if unit != shock.unit:
        what = f"{shock.id}: the unit is '{shock.unit}', not '{unit}'"
        remedy = "Give the shock in the unit of its lookup."
        yield document.fault((*where, "unit"), what, remedy, value=True)


def bounds_of(variable: Variable, levers: Levers) -> Bounds:
    """Return the bounds of a constant: its lever's where it has one, else its own."""
    for lever in levers.values():
        if canonical(lever.constant) == variable.key:
            owner = f"floor and ceiling of the lever {lever.id}"
            reason = lever.ceiling_reason
            reason = reason if isinstance(reason, str) else reason.en
            source = f" {reason.rstrip('.')} (source: {', '.join(lever.sources)})."
            return Bounds(lever.floor, lever.ceiling, lever.unit, owner, source)
    return Bounds.of(variable, "its range in the model")


def lever_bounds(lever: Lever, key: str, variable: Variable, levers: Levers) -> Bounds:
    """Return the range of a lever's value, start or ramp, which sets a constant."""
    if key == "value":
        return bounds_of(variable, levers)
    low = variable.low
    if key == "start":
        low = max(lever.earliest_start, low or lever.earliest_start)
    owner = f"what the lever allows ('{variable.name}')"
    return Bounds(low, variable.high, variable.unit, owner)


def bounds_of_shock(shock: Shock) -> Bounds:
    """Return the range of a shock's size with its reason."""
    reason = shock.range_reason.rstrip(".")
    source = f" {reason} (source: {', '.join(shock.sources)})."
    owner = f"the range of the shock {shock.id}"
    return Bounds(shock.floor, shock.ceiling, shock.unit, owner, source)
