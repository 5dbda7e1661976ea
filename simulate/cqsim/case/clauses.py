"""The clauses of the plan, each with what the model makes of it."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from cqsim.errors import FaultsError, InputFileError

Status = Literal["modelled", "proxy", "out of scope"]
COLUMNS = ["id", "location", "quote", "status", "indicator", "reason"]


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause: its words, and whether and how the model represents it.

    `indicator` names the indicators, separated by spaces; `reason` says how they stand
    for the clause, which part of the model does, or why none does.
    """

    id: str
    location: str
    quote: str
    status: str
    indicator: str
    reason: str


def read_clauses(path: Path) -> tuple[Clause, ...]:
    """Return the clauses in the file's order.

    Raises
    ------
    InputFileError
        The file is missing, is not UTF-8, or has other columns.
    FaultsError
        Every row that is short, doubled or has an unknown status.
    """
    if not path.is_file():
        remedy = "Name a file that exists."
        raise InputFileError(path, 0, "there is no such file", remedy)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        remedy = "Save the file as UTF-8."
        raise InputFileError(path, 0, "the text is not UTF-8", remedy) from error
    reader = csv.reader(lines)
    if next(reader, []) != COLUMNS:
        remedy = f"The first line is {','.join(COLUMNS)}."
        raise InputFileError(path, 1, "the columns are not those of clauses", remedy)
    clauses: list[Clause] = []
    faults: list[str] = []
    for row in reader:
        what, remedy = _fault(row, [clause.id for clause in clauses])
        if what:
            faults.append(str(InputFileError(path, reader.line_num, what, remedy)))
        else:
            clauses.append(Clause(*row))
    if faults:
        raise FaultsError(faults)
    return tuple(clauses)


def _fault(row: list[str], above: list[str]) -> tuple[str, str]:
    """Return what is wrong with a row and what to do, or two empty texts."""
    if len(row) != len(COLUMNS):
        return f"the row has {len(row)} fields", f"Give it {len(COLUMNS)}."
    clause = Clause(*row)
    if clause.id in above:
        return f"the clause {clause.id} stands here twice", "Remove one of them."
    if clause.status not in get_args(Status):
        return f"there is no status '{clause.status}'", f"Use {get_args(Status)}."
    if clause.status == "proxy" and not clause.indicator:
        return "a proxy needs an indicator", "Name one, or choose another status."
    if not clause.reason:
        return "the reason is missing", "Say what the model makes of the clause."
    return "", ""
