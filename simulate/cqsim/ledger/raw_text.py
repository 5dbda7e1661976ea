"""Reading a raw CSV strictly: every fault has its file, line and remedy."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TypeVar

from cqsim.errors import FaultsError, InputFileError

Given = TypeVar("Given")
Made = TypeVar("Made")

FIRST_YEAR, LAST_YEAR = 1949, 2100
MAGNITUDE = 30
"""Powers of ten beyond which nothing that is published lies."""

WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How files of spreadsheet programs begin, new and old."""

PRIVATE_USE = range(0xE000, 0xF900)
"""Characters that a text decoded with the wrong table is full of."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a CSV: where it stands, and its cells by column."""

    file: Path
    number: int
    cells: dict[str, str]

    def fault(self, what: str, remedy: str) -> InputFileError:
        """Return a fault of this line, to be raised."""
        return InputFileError(self.file, self.number, what, remedy)

    def filled(self, column: str) -> str:
        """Return a cell that must not be empty."""
        text = self.cells[column].strip()
        if not text:
            what = f"the cell '{column}' is empty"
            raise self.fault(what, "Fill it in, or take the row out.")
        return text

    def number_in(self, column: str) -> Decimal:
        """Return a cell that must be a finite number, as printed."""
        text = self.filled(column)
        try:
            value = Decimal(text)
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite() or "_" in text or abs(value.adjusted()) > MAGNITUDE:
            what = f"'{text}' stands where a number belongs, in '{column}'"
            raise self.fault(what, "Write a number with a point, without a unit.")
        return value

    def year(self) -> int:
        """Return the cell `year`, a calendar year."""
        value = self.number_in("year")
        if value != int(value) or not FIRST_YEAR <= value <= LAST_YEAR:
            what = f"'{value}' is not a year from {FIRST_YEAR} to {LAST_YEAR}"
            raise self.fault(what, "Write a calendar year, such as 2020.")
        return int(value)


def read_text(file: Path) -> str:
    """Return the text of a file in UTF-8, or in GB18030 where it is not UTF-8.

    Raises
    ------
    InputFileError
        The file is missing, or its bytes are neither.
    """
    try:
        content = file.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        remedy = "Put it back, or name the folder that holds it."
        raise InputFileError(file, 0, "the file is missing", remedy) from None
    except OSError as error:
        what = f"the file cannot be read ({error.strerror})"
        raise InputFileError(
            file, 0, what, "Check what it is, and its rights."
        ) from None
    if content.startswith(WORKBOOKS):
        what = "this is a workbook of a spreadsheet program, not a CSV"
        raise InputFileError(file, 0, what, "Save its sheet as CSV in UTF-8.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _from_gb18030(file, content)


def _from_gb18030(file: Path, content: bytes) -> str:
    what = "the text is neither UTF-8 nor GB18030"
    remedy = "Save it as UTF-8, without changing anything else."
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError:
        raise InputFileError(file, 0, what, remedy) from None
    if "\0" in text or any(ord(sign) in PRIVATE_USE for sign in text):
        raise InputFileError(file, 0, what, remedy)
    return text


def read_lines(file: Path, columns: Sequence[str]) -> list[Line]:
    """Return the lines of a CSV that has exactly these columns, in any order.

    Raises
    ------
    InputFileError, FaultsError
        The header differs, or lines have too many or too few cells.
    """
    numbered = _numbered(file, read_text(file))
    _, header = next(numbered, (1, []))
    if sorted(header) != sorted(columns):
        missing = ", ".join(sorted(set(columns) - set(header))) or "none"
        strange = ", ".join(sorted(set(header) - set(columns))) or "none"
        what = f"the columns differ: missing {missing}; not known {strange}"
        remedy = f"The first line must be {','.join(columns)}."
        raise InputFileError(file, 1, what, remedy)

    def line(row: tuple[int, list[str]]) -> Line:
        number, cells = row
        found = Line(file, number, dict(zip(header, cells, strict=False)))
        if len(cells) != len(header):
            what = f"the line has {len(cells)} cells, the header {len(header)}"
            remedy = "Add or remove a comma; a cell with a comma needs quotes."
            raise found.fault(what, remedy)
        return found

    return gather(line, numbered)


def gather(make: Callable[[Given], Made], items: Iterable[Given]) -> list[Made]:
    """Return what `make` gives for every item, or raise all faults together."""
    made: list[Made] = []
    faults: list[InputFileError] = []
    for item in items:
        try:
            made.append(make(item))
        except InputFileError as fault:
            faults.append(fault)
    raise_faults(faults)
    return made


def raise_faults(faults: Sequence[InputFileError]) -> None:
    """Raise the fault, or all of them as one; nothing where there is none."""
    if len(faults) == 1:
        raise faults[0]
    if faults:
        raise FaultsError([str(fault) for fault in faults])


def _numbered(file: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for cells in reader:
            if cells:
                yield reader.line_num, cells
    except csv.Error as error:
        what = f"the line is not CSV ({error})"
        remedy = "Check its quotes: each that opens must close."
        raise InputFileError(file, reader.line_num, what, remedy) from None
