"""The reader of tables: what it takes, and what it says of what it does not."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated

import pytest

from cqsim.errors import CqsimError, FaultsError, InputFileError
from cqsim.tables import (
    CalendarYear,
    Filled,
    MaybeNumber,
    PrintedNumber,
    TableRecord,
    csv_text,
    one_of,
    read_lines,
    read_table,
    refuse_repeats,
)


class Reading(TableRecord):
    place: Filled
    year: CalendarYear
    level: PrintedNumber
    least: MaybeNumber = None
    kind: Annotated[str, one_of("counted", "guessed")] = "counted"


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    file = folder / "levels.csv"
    file.write_bytes(text.encode(encoding))
    return file


def test_cells_keep_their_digits_and_lines_their_numbers(tmp_path: Path) -> None:
    text = '\ufeffyear,level,place\n2020,1.50,"a\nb"\n\n2021,2,c\n'
    first, second = read_table(written(tmp_path, text), Reading)
    assert (first.record.level, str(first.record.level)) == (Decimal("1.50"), "1.50")
    assert (first.record.least, first.record.kind) == (None, "counted")
    assert (first.number, second.number) == (3, 5)
    assert first.cells["place"] == "a\nb"


def test_what_is_written_is_read_again_whatever_is_in_a_cell(tmp_path: Path) -> None:
    cells = ["a,b", 'say "x"', "one\ntwo", "\u2028", "\x0c", " ", ""]
    file = written(tmp_path, csv_text([list("abcdefg"), cells]))
    assert list(read_lines(file, list("abcdefg"))[0].cells.values()) == cells


def test_gb18030_is_read_and_a_workbook_is_told_from_text(tmp_path: Path) -> None:
    text = "place,year,level\n重庆市沙坪坝区,2020,1\n"
    (line,) = read_table(written(tmp_path, text, "gb18030"), Reading)
    assert line.record.place == "重庆市沙坪坝区"
    file = tmp_path / "levels.csv"
    file.write_bytes(b"PK\x03\x04 and more")
    with pytest.raises(InputFileError, match=r"workbook .* Save its sheet as CSV"):
        read_table(file, Reading)


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("place,year", "missing level; not known none"),
        ("place,year,level,lewel", r"not known lewel\. Did you mean 'level'"),
        ("place,year,level,year", "not known year"),
    ],
)
def test_other_columns_are_refused_with_the_nearest_name(
    header: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(InputFileError, match=rf"levels\.csv:1: the columns .*{said}"):
        read_table(written(tmp_path, f"{header}\n"), Reading)


def test_further_columns_may_be_allowed(tmp_path: Path) -> None:
    file = written(tmp_path, "place,year,level,more\na,2020,1,x\n")
    (line,) = read_table(file, Reading, exact=False)
    assert line.cells["more"] == "x"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("a,2020,1e99,,counted", "'1e99' stands where a number belongs, in 'level'"),
        ("a,2020,1_0,,counted", "'1_0' stands where a number belongs, in 'level'"),
        ("a,2020,inf,,counted", "'inf' stands where a number belongs, in 'level'"),
        ("a,20.5,1,,counted", r"'20\.5' is not a year from 1949 to 2100, in 'year'"),
        (" ,2020,1,,counted", r"the cell 'place' is empty\. Fill it in"),
        ("a,2020,1,,heard", "'heard' is not one of counted, guessed, in 'kind'"),
        ("a,2020,1,low,counted", "'low' stands where a number belongs, in 'least'"),
        ("a,2020,1", "the line has 3 cells, the header 5"),
        ('"a"b,2020,1,,counted', r"the line is not CSV .*each that opens must close"),
    ],
)
def test_a_wrong_cell_is_told_with_line_column_and_remedy(
    row: str, said: str, tmp_path: Path
) -> None:
    head = "place,year,level,least,kind\n"
    with pytest.raises(CqsimError, match=rf"levels\.csv:2: {said}"):
        read_table(written(tmp_path, f"{head}{row}\n"), Reading)


def test_all_faults_of_a_table_are_told_together(tmp_path: Path) -> None:
    file = written(tmp_path, "place,year,level\na,x,y\nb,2020,z\n")
    with pytest.raises(FaultsError) as raised:
        read_table(file, Reading)
    told = str(raised.value).splitlines()
    assert [line.split("'")[1] for line in told] == ["x", "y", "z"]


def test_a_name_that_stands_twice_is_refused_with_both_lines(tmp_path: Path) -> None:
    lines = read_table(
        written(tmp_path, "place,year,level\na,2020,1\nb,2020,1\na,2021,2\n"), Reading
    )
    with pytest.raises(InputFileError, match=r":4: the place 'a' stands in line 2 "):
        refuse_repeats(lines, "place", lambda reading: reading.place)
