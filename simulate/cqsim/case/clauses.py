"""The clauses of the plan, each with what the model makes of it."""

from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from pydantic import model_validator

from cqsim.tables import (
    Filled,
    InvalidCell,
    TableRecord,
    one_of,
    read_table,
    refuse_repeats,
)

Status = Literal["modelled", "proxy", "out of scope"]


class Clause(TableRecord):
    """A clause: its words, and whether and how the model represents it.

    `indicator` names the indicators, separated by spaces; `reason` says how they stand
    for the clause, which part of the model does, or why none does.
    """

    id: Filled
    location: str
    quote: str
    status: Annotated[str, one_of(*get_args(Status))]
    indicator: str
    reason: Filled

    @model_validator(mode="after")
    def _proxy_has_an_indicator(self) -> Self:
        if self.status == "proxy" and not self.indicator:
            what = "a proxy needs an indicator"
            raise InvalidCell(what, "Name one, or choose another status.")
        return self


def read_clauses(path: Path) -> tuple[Clause, ...]:
    """Return the clauses in the file's order.

    Raises
    ------
    InputFileError, FaultsError
        The file cannot be read or has other columns; every row that is short, doubled,
        without reason or has an unknown status.
    """
    lines = read_table(path, Clause)
    refuse_repeats(lines, "clause", lambda clause: clause.id)
    return tuple(line.record for line in lines)
