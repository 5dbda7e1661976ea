"""Scopes: the rings, the unions of rings and the regions that a number can be for."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, get_args

from cqsim.errors import InputFileError, did_you_mean

Ring = Literal["central", "integrating", "fulcrum", "bridgehead", "northern"]
Union = Literal["metro", "cq21", "outer"]
RINGS: tuple[str, ...] = get_args(Ring)
SCOPES: tuple[str, ...] = (*get_args(Union), *RINGS)

Scopes = Mapping[str, tuple[str, ...]]
"""The regions of each scope, by the scope's name."""


def scopes_of(ring_of: Mapping[str, str]) -> Scopes:
    """Return the regions of every scope, in the order of the regions.

    Parameters
    ----------
    ring_of
        The ring of each region.
    """
    rings = {
        ring: tuple(region for region, its in ring_of.items() if its == ring)
        for ring in RINGS
    }
    unions = {
        "metro": tuple(ring_of),
        "cq21": tuple(r for r, ring in ring_of.items() if ring != "northern"),
        "outer": tuple(r for r, ring in ring_of.items() if ring != "central"),
    }
    return {**unions, **rings, **{region: (region,) for region in ring_of}}


def read_scopes(path: Path) -> Scopes:
    """Return the scopes that the columns `region` and `ring` of a CSV file make.

    Raises
    ------
    InputFileError
        The file is missing, is not UTF-8, lacks a column, has a region twice or a ring
        that there is not.
    """
    if not path.is_file():
        remedy = "Name a file that exists."
        raise InputFileError(path, 0, "there is no such file", remedy)
    try:
        reader = csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    except UnicodeDecodeError as error:
        remedy = "Save the file as UTF-8."
        raise InputFileError(path, 0, "the text is not UTF-8", remedy) from error
    missing = {"region", "ring"} - set(reader.fieldnames or [])
    if missing:
        what = f"the column {', '.join(sorted(missing))} is missing"
        raise InputFileError(path, 1, what, "Add it.")
    ring_of: dict[str, str] = {}
    for row in reader:
        if row["region"] in ring_of:
            what = f"the region '{row['region']}' stands here twice"
            raise InputFileError(path, reader.line_num, what, "Remove one of them.")
        if row["ring"] not in RINGS:
            what = f"there is no ring '{row['ring']}'"
            remedy = did_you_mean(row["ring"] or "", list(RINGS))
            raise InputFileError(path, reader.line_num, what, remedy)
        ring_of[row["region"]] = row["ring"]
    return scopes_of(ring_of)
