"""CSV tables read strictly: every fault has its file, line, column and remedy."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationError,
)

from cqsim.errors import FaultsError, InputFileError, did_you_mean, together
from cqsim.textfile import decode, read_bytes

Given = TypeVar("Given")
Made = TypeVar("Made")

FIRST_YEAR, LAST_YEAR = 1949, 2100
MAGNITUDE = 30
"""Powers of ten beyond which nothing that is published lies."""

WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How files of spreadsheet programs begin, new and old."""

REWRITE = "Run `cqsim ledger build`, or name a file that is there."
RESTORE = "Put it back, or name the folder that holds it."


class InvalidCell(ValueError):  # noqa: N818  (pydantic reads it; no user ever does)
    """A fault in the text of a cell, and its remedy."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what, remedy)


def _stripped(text: str) -> str:
    if not text.strip():
        what = "the cell is empty"
        raise InvalidCell(what, "Fill it in.")
    return text.strip()


def _number(text: str) -> Decimal:
    try:
        value = Decimal(_stripped(text))
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or "_" in text or abs(value.adjusted()) > MAGNITUDE:
        what = f"'{text}' stands where a number belongs"
        raise InvalidCell(what, "Write a number with a point, without a unit.")
    return value


def _year(text: str) -> int:
    value = _number(text)
    if value != int(value) or not FIRST_YEAR <= value <= LAST_YEAR:
        what = f"'{value}' is not a year from {FIRST_YEAR} to {LAST_YEAR}"
        raise InvalidCell(what, "Write a calendar year, such as 2020.")
    return int(value)


Filled = Annotated[str, AfterValidator(_stripped)]
"""A cell that must not be empty, without the blanks around it."""
PrintedNumber = Annotated[Decimal, BeforeValidator(_number)]
"""A finite number with the digits that were printed."""
MaybeNumber = Annotated[
    Decimal | None,
    BeforeValidator(lambda text: _number(text) if text.strip() else None),
]
CalendarYear = Annotated[int, BeforeValidator(_year)]


def one_of(*choices: str) -> AfterValidator:
    """Return a check that a cell is one of some words."""

    def check(text: str) -> str:
        if text not in choices:
            what = f"'{text}' is not one of {', '.join(choices)}"
            raise InvalidCell(what, "Write one of these.")
        return text

    return AfterValidator(check)


class TableRecord(BaseModel):
    """The cells of a line by type; columns that it lacks are left out."""

    model_config = ConfigDict(extra="ignore", frozen=True)


Row = TypeVar("Row", bound=TableRecord)


@dataclass(frozen=True, slots=True)
class CsvLine:
    """One line of a CSV: where it stands, and its cells by column."""

    file: Path
    number: int
    cells: Mapping[str, str]

    def fault(self, what: str, remedy: str) -> InputFileError:
        """Return a fault of this line, to be raised."""
        return InputFileError(self.file, self.number, what, remedy)


@dataclass(frozen=True, slots=True)
class TableLine(CsvLine, Generic[Row]):
    """One line of a CSV, its cells checked and converted."""

    record: Row


def read_table(
    file: Path,
    kind: type[Row],
    *,
    exact: bool = True,
    remedy: str = RESTORE,
    given: Mapping[str, str] | None = None,
) -> list[TableLine[Row]]:
    """Return the lines of a CSV whose columns are the fields of a record.

    The text is UTF-8 or GB18030; columns stand in any order; blank lines are left out.

    Parameters
    ----------
    kind
        A field without default is a column that must be there; its alias, if it has
        one, is the column's name.
    exact
        Whether a column that is no field is refused.
    remedy
        What to do where the file is missing.
    given
        Fields that are the same in all lines, and no columns.

    Raises
    ------
    InputFileError, FaultsError
        The file cannot be read, its columns differ, or cells are wrong; the faults of
        all lines are raised together.
    """
    fields = {field.alias or name: field for name, field in kind.model_fields.items()}
    required = [name for name, field in fields.items() if field.is_required()]
    others = [name for name in fields if name not in required]

    def checked(line: CsvLine) -> TableLine[Row]:
        record = record_of(line, kind, given)
        return TableLine(line.file, line.number, line.cells, record)

    optional = others if exact else None
    return gather(checked, read_lines(file, required, optional, remedy=remedy))


def record_of(
    line: CsvLine, kind: type[Row], given: Mapping[str, str] | None = None
) -> Row:
    """Return the cells of a line that a record has, checked and converted.

    `given` are further fields.

    Raises
    ------
    InputFileError, FaultsError
        Cells are wrong.
    """
    try:
        return kind.model_validate({**line.cells, **(given or {})})
    except ValidationError as error:
        raise together([_fault(line, entry) for entry in error.errors()]) from None


def read_lines(
    file: Path,
    columns: Sequence[str],
    optional: Sequence[str] | None = None,
    *,
    remedy: str = RESTORE,
) -> list[CsvLine]:
    """Return the lines of a CSV as text, in UTF-8 or GB18030, without blank lines.

    Parameters
    ----------
    columns
        They must be there, in any order.
    optional
        They may be there, and no others; None where any other may.
    remedy
        What to do where the file is missing.

    Raises
    ------
    InputFileError, FaultsError
        The file cannot be read, its columns differ, or lines have too many or too few
        cells.
    """
    numbered = _numbered(file, read_csv_text(file, remedy))
    _, header = next(numbered, (1, []))
    missing = [name for name in columns if name not in header]
    known = header if optional is None else [*columns, *optional]
    unknown = [name for name in header if name not in known or header.count(name) > 1]
    if missing or unknown:
        what = (
            f"the columns differ: missing {', '.join(missing) or 'none'}; "
            f"not known {', '.join(unknown) or 'none'}"
        )
        cure = f"The first line must be {','.join([*columns, *(optional or ())])}."
        if unknown and optional:
            cure = did_you_mean(unknown[0], [*columns, *optional])
        raise InputFileError(file, 1, what, cure)

    def line(row: tuple[int, list[str]]) -> CsvLine:
        number, cells = row
        if len(cells) != len(header):
            what = f"the line has {len(cells)} cells, the header {len(header)}"
            cure = "Add or remove a comma; a cell with a comma needs quotes."
            raise InputFileError(file, number, what, cure)
        return CsvLine(file, number, dict(zip(header, cells, strict=True)))

    return gather(line, numbered)


def read_csv_text(file: Path, remedy: str = RESTORE) -> str:
    """Return the text of a CSV in UTF-8 or GB18030.

    Raises
    ------
    InputFileError
        The file is missing, no text, or a workbook of a spreadsheet program.
    """
    if not file.exists():
        raise InputFileError(file, 0, "the file is missing", remedy)
    content = read_bytes(file)
    if content.startswith(WORKBOOKS):
        what = "this is a workbook of a spreadsheet program, not a CSV"
        raise InputFileError(file, 0, what, "Save its sheet as CSV in UTF-8.")
    return decode(file, content)


def refuse_repeats(
    lines: Iterable[TableLine[Row]], kind: str, name: Callable[[Row], str]
) -> None:
    """Refuse lines that give a thing of some kind a name that one before has.

    Raises
    ------
    InputFileError, FaultsError
        Each line that does.
    """
    first: dict[str, int] = {}
    faults = []
    for line in lines:
        found = name(line.record)
        if found in first:
            what = f"the {kind} '{found}' stands in line {first[found]} already"
            faults.append(line.fault(what, "Take one of them out, or rename it."))
        first.setdefault(found, line.number)
    raise_faults(faults)


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Return rows as the text of a CSV, lines ending in LF."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def gather(make: Callable[[Given], Made], items: Iterable[Given]) -> list[Made]:
    """Return what `make` gives for every item, or raise all faults together."""
    made: list[Made] = []
    faults: list[InputFileError | FaultsError] = []
    for item in items:
        try:
            made.append(make(item))
        except (InputFileError, FaultsError) as fault:
            faults.append(fault)
    raise_faults(faults)
    return made


def raise_faults(faults: Sequence[InputFileError | FaultsError]) -> None:
    """Raise the fault, or all of them as one; nothing where there is none."""
    if faults:
        raise together(faults)


def _fault(line: CsvLine, detail: Any) -> InputFileError:
    """Return what pydantic found in a cell, in the words of this package."""
    error = detail.get("ctx", {}).get("error")
    if not detail["loc"]:
        return line.fault(*error.args)
    column, text = detail["loc"][0], detail["input"]
    if not str(text).strip():
        what = f"the cell '{column}' is empty"
        return line.fault(what, "Fill it in, or take the row out.")
    if isinstance(error, InvalidCell):
        what, remedy = error.args
    elif detail["type"].endswith("_parsing"):
        what, remedy = f"'{text}' stands where a number belongs", "Write a number."
    else:
        what, remedy = f"'{text}' cannot be: {detail['msg']}", "Correct the cell."
    return line.fault(f"{what}, in '{column}'", remedy)


def _numbered(file: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the cells of each line with its number.

    The text goes to the reader as it is: a cell may hold separators of lines that no
    CSV has, such as U+2028.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for cells in reader:
            if cells:
                yield reader.line_num, cells
    except csv.Error as error:
        what = f"the line is not CSV ({error})"
        remedy = "Check its quotes: each that opens must close."
        raise InputFileError(file, reader.line_num, what, remedy) from None
