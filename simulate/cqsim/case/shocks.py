"""Shocks: what befalls the area from outside, each tied to constants of the model."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import Field

from cqsim.tomlfile import Document, Fault, load, read_document, refuse
from cqsim.tomlschema import Frozen, Name, Number, Text


class Shock(Frozen):
    """A driver from outside that a scenario may disturb.

    `size_constant`, `start_constant` and `duration_constant` take a pulse, all three or
    none; `by_year` is a lookup over time that takes a series. `floor` and `ceiling` are
    in `unit`; 0 is a driver left alone.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
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


Shocks = Mapping[str, Shock]


class _File(Frozen):
    """The whole file: `[[shock]]`, again and again."""

    shock: tuple[Shock, ...]


def read_shocks(path: Path) -> Shocks:
    """Return the shocks by id, in the file's order.

    Raises
    ------
    InputFileError
        The file is missing or cannot be decoded.
    FaultsError
        It is not TOML, or keys are unknown, missing or wrong; each with its place.
    """
    document = read_document(path)
    shocks = load(document, _File).shock
    faults = [
        fault
        for number, shock in enumerate(shocks)
        for fault in _faults(document, number, shock, shocks[:number])
    ]
    refuse(document, faults)
    return {shock.id: shock for shock in shocks}


def _faults(
    document: Document, number: int, shock: Shock, above: tuple[Shock, ...]
) -> list[Fault]:
    """Return a fault for an id twice, a range without 0, and half a pulse."""
    faults = []
    where = ("shock", number)
    if shock.id in [other.id for other in above]:
        what = f"the id '{shock.id}' is there twice"
        faults.append(document.fault((*where, "id"), what, "Rename one of them."))
    if not shock.floor <= 0 <= shock.ceiling or shock.floor == shock.ceiling:
        what = f"{shock.id}: 0 is not between floor and ceiling"
        remedy = "Let the range hold 0, where nothing is disturbed."
        faults.append(document.fault((*where, "floor"), what, remedy, value=True))
    named = (shock.size_constant, shock.start_constant, shock.duration_constant)
    if shock.pulse_constants is None and any(named):
        what = f"{shock.id}: a pulse needs constants for size, start and duration"
        faults.append(document.fault(where, what, "Name all three or none."))
    return faults
