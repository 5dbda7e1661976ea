"""Scopes: the regions of a case, and the sets of regions that a number can be for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import ValidationError, field_validator, model_validator

from cqsim.errors import FaultsError, InputFileError, did_you_mean
from cqsim.resources import LANGUAGES
from cqsim.tables import read_lines
from cqsim.tomlschema import Frozen, Name, Text

Scopes = Mapping[str, tuple[str, ...]]
"""The regions of each scope, by the scope's id; a region is a scope of its own."""

COLUMNS = ("id", "kind")
OPTIONAL = ("of", "boundary", "table")


class ScopeRow(Frozen):
    """A row of scopes.csv.

    `kind` says what it is made of: `whole` of all regions; `ring` of those whose column
    `ring` in regions.csv names it; `union` of the rings and regions that `of` names;
    `area` is no set of regions but a larger area that the model has totals of. What
    counts can be confined to a `boundary`; tables show those with `table`.
    """

    id: Name
    kind: Literal["whole", "ring", "union", "area"]
    of: tuple[str, ...] = ()
    boundary: bool = False
    table: bool = False
    title: Text
    short: Text

    @model_validator(mode="after")
    def _parts(self) -> Self:
        if bool(self.of) != (self.kind == "union"):
            what = "a union has parts in 'of', and no other kind has"
            raise ValueError(what)
        if repeated := [part for part in self.of if self.of.count(part) > 1]:
            what = f"'{repeated[0]}' stands here twice"
            raise ValueError(what)
        return self

    @field_validator("of", mode="before")
    @classmethod
    def _words(cls, given: Any) -> Any:
        return given.split() if isinstance(given, str) else given

    @field_validator("boundary", "table", mode="before")
    @classmethod
    def _yes(cls, given: Any) -> Any:
        return {"": False, "yes": True}.get(given, given)


_ALL = Text(zh="全部", en="all")
EVERYTHING = ScopeRow(
    id="all", kind="whole", boundary=True, table=True, title=_ALL, short=_ALL
)
"""The one scope of a case without scopes.csv, besides its regions."""


@dataclass(frozen=True)
class Geography:
    """The scopes of a case in the order of their file, and the ring of each region.

    `ring_of` is in the order of the regions; "" in a case without rings.
    """

    rows: tuple[ScopeRow, ...]
    ring_of: Mapping[str, str]

    @cached_property
    def whole(self) -> str:
        """The scope that means all regions."""
        return next(row.id for row in self.rows if row.kind == "whole")

    def of_kind(self, kind: str) -> tuple[str, ...]:
        """Return the ids of the rows of a kind."""
        return tuple(row.id for row in self.rows if row.kind == kind)

    @cached_property
    def scopes(self) -> Scopes:
        """The regions of every scope, each in the order of the regions."""
        found = {
            row.id: tuple(name for name in self.ring_of if self._holds(row, name))
            for row in self.rows
            if row.kind != "area"
        }
        return {**found, **{name: (name,) for name in self.ring_of}}

    def _holds(self, row: ScopeRow, region: str) -> bool:
        ring = self.ring_of[region]
        return row.kind == "whole" or ring == row.id or bool({ring, region} & {*row.of})


def read_geography(folder: Path, elements: Sequence[str] = ()) -> Geography:
    """Return the scopes and regions that scopes.csv and regions.csv of a folder make.

    Parameters
    ----------
    elements
        The regions where there is no regions.csv.

    Raises
    ------
    InputFileError
        A file cannot be read, or lacks a column; a region stands twice or has a ring
        that scopes.csv does not have.
    FaultsError
        Rows of scopes.csv whose kind, flags, titles or parts are wrong, and more or
        fewer than one of the kind `whole`.
    """
    path = folder / "scopes.csv"
    numbered = _read_scopes(path) if path.exists() else [(0, EVERYTHING)]
    rows = tuple(row for _, row in numbered)
    rings = [row.id for row in rows if row.kind == "ring"]
    regions = folder / "regions.csv"
    ring_of = dict.fromkeys(elements, "")
    if regions.exists():
        ring_of = _read_rings(regions, rings)
    known = [*rings, *ring_of]
    faults = [
        _fault(path, line, f"the scope '{row.id}' has the id of a region", remedy)
        for line, row in numbered
        if row.id in ring_of
        for remedy in ["Rename it: every region is a scope of its own."]
    ]
    faults += [
        _fault(path, line, f"there is no ring or region '{part}'", remedy)
        for line, row in numbered
        for part in row.of
        if part not in known
        for remedy in [did_you_mean(part, known)]
    ]
    if faults:
        raise FaultsError(faults)
    return Geography(rows, ring_of)


def _read_scopes(path: Path) -> list[tuple[int, ScopeRow]]:
    """Return the rows of scopes.csv with their lines."""
    titles = [f"{word}_{key}" for word in ("title", "short") for key in LANGUAGES]
    scopes: dict[str, tuple[int, ScopeRow]] = {}
    faults: list[str] = []
    for written in read_lines(path, COLUMNS, [*OPTIONAL, *titles]):
        line, cells = written.number, written.cells
        try:
            row = _scope(cells)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where, what = (
                (*first["loc"], "of")[0],
                first["msg"].removeprefix("Value error, "),
            )
            faults.append(_fault(path, line, f"{where}: {what}", "Correct the cell."))
            continue
        if row.id in scopes:
            what = f"the scope '{row.id}' stands here twice"
            faults.append(_fault(path, line, what, "Remove one of them."))
        scopes[row.id] = line, row
    wholes = [row.id for _, row in scopes.values() if row.kind == "whole"]
    if not faults and len(wholes) != 1:
        what = f"{len(wholes)} rows are of the kind 'whole'"
        faults.append(_fault(path, 0, what, "Let one row mean all regions."))
    if faults:
        raise FaultsError(faults)
    return list(scopes.values())


def _scope(cells: Mapping[str, str]) -> ScopeRow:
    given: dict[str, Any] = {
        key: cells[key] for key in (*COLUMNS, *OPTIONAL) if key in cells
    }
    languages = [key for key in LANGUAGES if f"title_{key}" in cells] or ["en"]
    title = dict.fromkeys(LANGUAGES, cells.get(f"title_{languages[0]}", cells["id"]))
    title |= {key: cells[f"title_{key}"] for key in languages if len(languages) > 1}
    short = {key: cells.get(f"short_{key}", "") or cells["id"] for key in title}
    return ScopeRow.model_validate({**given, "title": title, "short": short})


def _read_rings(path: Path, rings: Sequence[str]) -> dict[str, str]:
    """Return the ring of each region of regions.csv, "" in a case without rings."""
    ring_of: dict[str, str] = {}
    for line in read_lines(path, ["region", *(["ring"] if rings else [])]):
        region, ring = line.cells["region"], line.cells["ring"] if rings else ""
        if region in ring_of:
            what = f"the region '{region}' stands here twice"
            raise line.fault(what, "Remove one of them.")
        if rings and ring not in rings:
            what = f"there is no ring '{ring}'"
            raise line.fault(what, did_you_mean(ring, list(rings)))
        ring_of[region] = ring
    return ring_of


def _fault(path: Path, line: int, what: str, remedy: str) -> str:
    return str(InputFileError(path, line, what, remedy))
