"""Cells, series and data sets that a model names: what is read, and what is refused."""

import os
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from openpyxl import Workbook
from openpyxl.workbook.defined_name import DefinedName

from cqsim.errors import CqsimError, FaultsError, InputFileError
from cqsim.language.syntax import Source
from cqsim.model.data import DataFiles, Reader, sheet
from cqsim.model.data.sheet import series_key

ROWS, COLUMNS = ("r1", "r2"), ("c1", "c2", "c3")


def reader(folder: Path, low: float = -np.inf, high: float = np.inf) -> Reader:
    return Reader(Source(folder / "m.mdl", "x = y\n"), 0, "x", low, high)


Given = Callable[[Mapping[str, str | bytes]], DataFiles]


@pytest.fixture
def given(tmp_path: Path) -> Given:
    """Return what writes files into the model's folder and opens it."""

    def write(files: Mapping[str, str | bytes]) -> DataFiles:
        for name, content in files.items():
            raw = content.encode() if isinstance(content, str) else content
            (tmp_path / name).write_bytes(raw)
        return DataFiles(tmp_path)

    return write


def workbook(path: Path, rows: list[list[object]], **names: str) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Tab"
    for row in rows:
        sheet.append(row)
    for name, cells in names.items():
        book.defined_names[name] = DefinedName(name, attr_text=f"Tab!{cells}")
    book.save(path)


BLOCK = ",c1,c2,c3\nr1,1,2,3\nr2,4,5,6\n"


@pytest.mark.parametrize(
    ("first", "axes", "expected"),
    [
        ("B2", (ROWS, COLUMNS), [[1, 2, 3], [4, 5, 6]]),
        ("b2*", (COLUMNS, ROWS), [[1, 4], [2, 5], [3, 6]]),
        ("D2*", (ROWS,), [3, 6]),
        ("B3", (COLUMNS,), [4, 5, 6]),
        ("C3", (), 5),
    ],
)
def test_cells_run_right_on_the_last_subscript_and_a_star_turns_them(
    given: Given,
    tmp_path: Path,
    first: str,
    axes: Sequence[Sequence[str]],
    expected: object,
) -> None:
    block = (
        given({"a.csv": BLOCK}).table(reader(tmp_path), "a.csv", ",").cells(first, axes)
    )
    assert block.values.tolist() == expected
    assert block.path == tmp_path / "a.csv"


def test_each_value_has_the_line_that_it_stands_in(
    given: Given, tmp_path: Path
) -> None:
    text = 'n,"of two\nlines"\np,1\n\nq,2\n'
    files = given({"a.csv": text})
    axes = (("p", "-", "q"),)
    with pytest.raises(FaultsError, match=r"a\.csv:4: the model knows no row ''"):
        files.table(reader(tmp_path), "a.csv", ",").cells("B2*", axes)
    block = files.table(reader(tmp_path), "a.csv", ",").cells("B4*", (("q",),))
    assert (block.values.tolist(), block.lines.tolist()) == ([2.0], [5])


@pytest.mark.parametrize(
    ("name", "content", "tab"),
    [
        ("a.csv", "\ufeff1,2\n", ""),
        ("a.csv", "1\t2\n", "\\t"),
        ("a.csv", "1;2\n", ";"),
        ("a.tab", "1\t2\n", ""),
        ("a.txt", "1\t2\n", "Sheet1"),
        ("a.csv", "1,2,按普查的人口数\n".encode("gb18030"), ","),
    ],
)
def test_text_is_read_with_any_separator_and_encoding(
    given: Given, tmp_path: Path, name: str, content: str | bytes, tab: str
) -> None:
    block = given({name: content}).table(reader(tmp_path), name, tab).cells("B1")
    assert block.values == 2


@pytest.mark.parametrize("cell", ["", "  ", "none"])
def test_a_cell_without_a_number_is_0_where_no_label_says_more(
    given: Given, tmp_path: Path, cell: str
) -> None:
    files = given({"a.csv": f"1,{cell},3\n"})
    block = files.table(reader(tmp_path), "a.csv", ",").cells("A1", (COLUMNS,))
    assert block.values.tolist() == [1, 0, 3]


@pytest.mark.parametrize(
    "cell", ["1_000", "12%", "nan", "-inf", "1e999", "#REF!", "0x10"]
)
def test_what_was_meant_for_a_number_is_no_0(
    given: Given, tmp_path: Path, cell: str
) -> None:
    files = given({"a.csv": f"t,v\n0,{cell}\n"})
    with pytest.raises(CqsimError, match=r"a\.csv:2: column 2 holds .* number"):
        files.table(reader(tmp_path), "a.csv", ",").cells("B2")
    with pytest.raises(CqsimError, match=r"a\.csv:2: column 2 holds .* number"):
        files.table(reader(tmp_path), "a.csv", ",").series("A", "B2")


@pytest.mark.parametrize("first", ["B9", "Z1"])
def test_cells_beyond_the_table_are_refused(
    given: Given, tmp_path: Path, first: str
) -> None:
    with pytest.raises(FaultsError, match="is not there, and 'x' reads it"):
        given({"a.csv": BLOCK}).table(reader(tmp_path), "a.csv", ",").cells(first)


PLACES = ("yuzhong", "fuling", "guangan")
BIRTHS = "region,birth rate\nyuzhong,0.006\nfuling,0.008\nguangan,0.009\n"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("fuling,0.008\n", "", r"a\.csv:3: no row for fuling\. Add it"),
        ("fuling,", "Yuzhong,", r"a\.csv:3: the row 'Yuzhong' is there twice"),
        ("fuling,", "fulling,", r":3: the model knows no row 'fulling'.*'fuling'"),
        (
            "fuling,0.008\nguangan,0.009",
            "guangan,0.009\nfuling,0.008",
            r"a\.csv:2: the rows are in another order .*yuzhong, fuling, guangan",
        ),
        ("0.008", "many", r"a\.csv:3: column 2 holds 'many', and a number belongs"),
        ("0.008", "", r"a\.csv:3: column 2 holds '', and a number belongs"),
        ("0.008", "9", r"a\.csv:3: column 2 holds 9, outside \[0, 1\].* of 'x'"),
        ("0.008", "0,008", r"a\.csv:3: the row has 3 cells, and the first has 2"),
        ("0.009\n", "0.009\nparis,1\n", r":5: the model knows no row 'paris'"),
        (BIRTHS, "\n", r"a\.csv: the file is empty"),
    ],
)
def test_a_wrong_row_is_refused_with_file_and_line(
    given: Given, tmp_path: Path, before: str, after: str, said: str
) -> None:
    files = given({"a.csv": BIRTHS.replace(before, after)})
    with pytest.raises(CqsimError, match=said):
        files.table(reader(tmp_path, 0, 1), "a.csv", ",").cells("B2*", (PLACES,))


def test_all_faults_of_a_table_are_said_at_once(given: Given, tmp_path: Path) -> None:
    files = given({"a.csv": BIRTHS.replace("0.006", "x").replace("0.009", "y")})
    with pytest.raises(FaultsError) as caught:
        files.table(reader(tmp_path), "a.csv", ",").cells("B2*", (PLACES,))
    assert len(caught.value.args[0]) == 2


def test_columns_in_another_order_are_refused(given: Given, tmp_path: Path) -> None:
    files = given({"a.csv": BLOCK.replace("c1,c2", "c2,c1")})
    with pytest.raises(FaultsError, match=r"a\.csv:1: the columns are in another"):
        files.table(reader(tmp_path), "a.csv", ",").cells("B2", (ROWS, COLUMNS))


def test_rows_below_a_table_may_belong_to_another_range(
    given: Given, tmp_path: Path
) -> None:
    files = given({"a.csv": BIRTHS + ",2020\nyuzhong,1\nfuling,2\nguangan,3\n"})
    for first, axis in (("B2*", PLACES), ("B2*", PLACES[:2]), ("B6*", PLACES)):
        known = frozenset(PLACES)
        files.table(reader(tmp_path), "a.csv", ",").cells(first, (axis,), known)


def test_a_column_headed_by_another_constant_of_the_file_is_refused(
    given: Given, tmp_path: Path
) -> None:
    files = given({"a.csv": "n,y,x\np,1,2\n"})
    source = Source(tmp_path / "m.mdl", "x = y")
    files.table(Reader(source, 0, "x"), "a.csv", ",").cells("B2*", (("p",),))
    with pytest.raises(FaultsError, match=r"a\.csv:1: .*headed 'y' .* reads 'x'"):
        files.table(Reader(source, 0, "y"), "a.csv", ",").cells("C2*", (("p",),))


def test_series_stop_at_the_first_time_that_is_no_number(
    given: Given, tmp_path: Path
) -> None:
    text = "Year,fuel,ore\n0,10,1\n2,,5\n4,n/a,\nnotes,9,9\n6,99,99\n"
    files = given({"a.csv": text})
    times, values = files.table(reader(tmp_path), "a.csv", ",").series("A", "B2", 2)
    assert times.tolist() == [0, 2, 4]
    np.testing.assert_equal(values, [[10, np.nan, np.nan], [1, 5, np.nan]])


def test_a_cell_without_a_number_is_0_in_a_lookup(given: Given, tmp_path: Path) -> None:
    files = given({"a.csv": "x,y\n0,1\n5,\n10,n/a\n10,4\n"})
    found = files.table(reader(tmp_path), "a.csv", ",").series(
        "a", "B2", is_lookup=True
    )
    assert [part.tolist() for part in found] == [[0, 5, 10, 10], [[1, 0, 0, 4]]]


def test_arguments_of_a_lookup_must_rise_and_times_may_stand_anyhow(
    given: Given, tmp_path: Path
) -> None:
    files = given({"a.csv": "x,y\n5,1\n0,2\n"})
    with pytest.raises(InputFileError, match=r"a\.csv:3: 0 stands after 5"):
        files.table(reader(tmp_path), "a.csv", ",").series("A", "B2", is_lookup=True)
    times, values = files.table(reader(tmp_path), "a.csv", ",").series("A", "B2")
    assert (times.tolist(), values.tolist()) == ([0, 5], [[2, 1]])


def test_times_may_stand_in_a_row(given: Given, tmp_path: Path) -> None:
    files = given({"a.csv": ",0,5\na,1,2\nb,3,4\n"})
    times, values = files.table(reader(tmp_path), "a.csv", ",").series("1", "B2", 2)
    assert (times.tolist(), values.tolist()) == ([0, 5], [[1, 2], [3, 4]])


def test_no_number_at_all_is_refused_with_the_line_of_the_model(
    given: Given, tmp_path: Path
) -> None:
    files = given({"a.csv": "x,y\na,b\n"})
    with pytest.raises(InputFileError, match=r"m\.mdl:1: 'x' reads .* no numbers are"):
        files.table(reader(tmp_path), "a.csv", ",").series("A", "B2")


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("A2", "A", ["na", "nb", "2020"]),
        ("A2", "", ["na", "10", "nb", "20", "2020"]),
        ("A2", "B3", ["na", "10", "nb", "20"]),
        ("A1", "1", ["shop", "sales"]),
    ],
)
def test_elements_are_read_across_and_down_without_empty_cells(
    given: Given, tmp_path: Path, first: str, last: str, expected: object
) -> None:
    files = given({"a.csv": "shop,sales\nna,10\nnb,20\n2020,\n"})
    assert files.table(reader(tmp_path), "a.csv", ",").texts(first, last) == expected


def test_a_workbook_is_read_by_cells_and_by_names(tmp_path: Path) -> None:
    rows: list[list[object]] = [["t", "v", "w"], [0, 1, 2], [1, 3, None]]
    names = {"all": "$B$2:$C$3", "time": "$A$2:$A$3", "one": "$B$3"}
    workbook(tmp_path / "A.xlsx", rows, **names)
    files = DataFiles(tmp_path)
    axes = (ROWS, ("c1", "c2"))
    at = reader(tmp_path), "a.xlsx", "tab"
    for first in ("B2", "ALL"):
        assert files.table(*at).cells(first, axes).values.tolist() == [[1, 2], [3, 0]]
    assert files.table(*at).cells("one").values == 3
    times, values = files.table(*at).series("time", "all", 2)
    assert times.tolist() == [0, 1]
    np.testing.assert_equal(values, [[1, 3], [2, np.nan]])
    with pytest.raises(InputFileError, match="'x' names the cells 'all': 2 rows of 2"):
        files.table(*at).cells("all")
    with pytest.raises(InputFileError, match=r"the sheet 'other' .* Known: Tab"):
        files.table(reader(tmp_path), "a.xlsx", "other").cells("A1")


def test_a_workbook_of_the_wrong_extension_is_read_by_what_it_is(
    tmp_path: Path,
) -> None:
    workbook(tmp_path / "a.xlsx", [[1]])
    (tmp_path / "a.xlsx").rename(tmp_path / "a.xls")
    files = DataFiles(tmp_path)
    assert files.table(reader(tmp_path), "a.xls", "Tab").cells("A1").values == 1


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.xlsx", b"no workbook", r"a\.xlsx: it is no workbook"),
        ("a.xlsx", b"PK\x03\x04 cut off", r"a\.xlsx: the workbook is damaged"),
        ("a.xls", b"\xd0\xcf\x11\xe0 cut off", r"a\.xls: the workbook is damaged"),
        ("a.csv", "1,2\n" + "9" * 200_000, r"a\.csv:2: the line cannot be read"),
        ("a.csv", b"1,\xff\xfe\n", r"a\.csv:1: .*neither UTF-8 nor GB18030"),
        ("a.csv", b"1,2\n\0", r"a\.csv:2: a zero byte"),
    ],
)
def test_a_damaged_file_is_refused_in_one_sentence(
    given: Given, tmp_path: Path, name: str, content: str | bytes, said: str
) -> None:
    with pytest.raises(InputFileError, match=said):
        given({name: content}).table(reader(tmp_path), name, "Tab").cells("A1")


def repacked(path: Path, change: Callable[[str, bytes], bytes]) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, change(name, content))


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (b"<worksheet", b"<!DOCTYPE a>\n<worksheet", "declares a document type"),
        (b'r="1"', b'r="999999999"', "a table 1,000 cells"),
        (b"</sheetData>", b" " * 2**20 + b"</sheetData>", "MiB unpacked"),
        (b"</sheetData>", b"", "the workbook is damaged"),
    ],
)
def test_a_hostile_workbook_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    before: bytes,
    after: bytes,
    said: str,
) -> None:
    monkeypatch.setattr(sheet, "LARGEST_WORKBOOK", 2**20)
    monkeypatch.setattr(sheet, "MOST_CELLS", 1000)
    workbook(tmp_path / "a.xlsx", [[1]])
    repacked(
        tmp_path / "a.xlsx",
        lambda name, c: c.replace(before, after) if "sheet1" in name else c,
    )
    with pytest.raises(InputFileError, match=said):
        DataFiles(tmp_path).table(reader(tmp_path), "a.xlsx", "Tab").cells("A1")


def test_a_table_of_too_many_cells_is_refused(
    given: Given, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet, "MOST_CELLS", 1000)
    with pytest.raises(InputFileError, match=r"a\.csv: it holds more than .* cells"):
        given({"a.csv": "1,2\n" * 500}).table(reader(tmp_path), "a.csv", ",").cells(
            "A1"
        )


@pytest.mark.parametrize(
    "file",
    [
        "../secret.csv",
        "a/../../secret.csv",
        "/etc/passwd",
        "C:\\secret.csv",
        "C:secret.csv",
        "\\\\host\\share\\secret.csv",
        "//host/share/secret.csv",
        "http://host/secret.csv",
        "a\0.csv",
        "",
    ],
)
def test_no_file_away_from_the_model_is_read(tmp_path: Path, file: str) -> None:
    (tmp_path.parent / "secret.csv").write_text("1\n", encoding="utf-8")
    with pytest.raises(InputFileError, match=r"m\.mdl:1: 'x' .* not beside the model"):
        DataFiles(tmp_path).table(reader(tmp_path), file, ",").cells("A1")


def test_links_out_folders_and_pipes_are_not_read(tmp_path: Path) -> None:
    secret = tmp_path.parent / "linked.csv"
    secret.write_text("1\n", encoding="utf-8")
    (tmp_path / "link.csv").symlink_to(secret)
    (tmp_path / "folder.csv").mkdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.csv")
    files = DataFiles(tmp_path)
    with pytest.raises(InputFileError, match="leads out of the model's folder"):
        files.table(reader(tmp_path), "link.csv", ",").cells("A1")
    for name in ("folder.csv", "pipe.csv"):
        with pytest.raises(InputFileError, match="there is no such file"):
            files.table(reader(tmp_path), name, ",").cells("A1")


def test_a_tag_is_read_from_the_file_that_the_user_names(
    given: Given, tmp_path: Path
) -> None:
    elsewhere = tmp_path.parent / "elsewhere.csv"
    elsewhere.write_text("7\n", encoding="utf-8")
    files = DataFiles(tmp_path, {"?A": elsewhere})
    assert files.table(reader(tmp_path), "?a", ",").cells("A1").values == 7
    with pytest.raises(InputFileError, match=r"m\.mdl:1: .* --file \?b=path"):
        files.table(reader(tmp_path), "?b", ",").cells("A1")


def test_a_missing_file_is_named_with_the_nearest(given: Given, tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match=r"no such file\. Did you mean 'data.csv'"):
        given({"data.csv": "1"}).table(reader(tmp_path), "dat.csv", ",").cells("A1")


def test_a_file_is_read_once_and_its_digest_kept(given: Given, tmp_path: Path) -> None:
    files = given({"a.csv": "1\n"})
    files.table(reader(tmp_path), "a.csv", ",").cells("A1")
    (tmp_path / "a.csv").unlink()
    (tmp_path / "a.csv").write_bytes(b"2\n")
    assert files.table(reader(tmp_path), "a.csv", ",").cells("A1").values == 1
    assert files.digests() == {
        "a.csv": "4355a46b19d348dc2f57c046f8ef63d4538ebb936000f3c9ee954a27460dd865"
    }


def external(folder: Path, name: str, *wanted: str) -> dict[str, list[list[float]]]:
    found = DataFiles(folder, {}, (name,)).external(reader(folder), wanted)
    return {key: [part.tolist() for part in series] for key, series in found.items()}


DAT = """Sales[North] <Year>
2000\t1\tcounted
2002  3
\"2020 / plan\"
0,5
price / in euro
1 2
sales[ north ]
2001 2
"""


def test_a_dat_file_gives_series_by_name(given: Given, tmp_path: Path) -> None:
    given({"a.dat": DAT})
    assert external(tmp_path, "a.dat", "sales[north]", "price", "2020 / plan") == {
        "sales[north]": [[2000, 2001, 2002], [1, 2, 3]],
        "price": [[1], [2]],
        "2020 / plan": [[0], [5]],
    }


@pytest.mark.parametrize("text", ["1 2\nx\n", "x\n1\n"])
def test_a_number_out_of_place_in_a_dat_file_is_refused(
    given: Given, tmp_path: Path, text: str
) -> None:
    given({"a.dat": text})
    with pytest.raises(InputFileError, match=r"a\.dat:\d: a name, or a time and its"):
        external(tmp_path, "a.dat", "x")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", 'Time,x,"y[a,b]"\n0,1,\n2,,4\n'),
        ("a.tab", "Time\t0\t2\nx\t1\t\ny[a, B]\t\t4\n"),
    ],
)
def test_a_table_gives_series_by_name_along_either_side(
    given: Given, tmp_path: Path, name: str, text: str
) -> None:
    given({name: text})
    assert external(tmp_path, name, "X", "y[A,b]") == {
        "X": [[0], [1]],
        "y[A,b]": [[2], [4]],
    }


def test_the_last_data_set_that_has_a_name_gives_it(
    given: Given, tmp_path: Path
) -> None:
    given({"a.csv": "t,x,y\n0,1,1\n", "b.csv": "t,x\n0,2\n"})
    files = DataFiles(
        tmp_path, {"b.csv": tmp_path / "b.csv"}, ("none.vdf", "b.csv", "a.csv")
    )
    found = files.external(reader(tmp_path), ["x", "y"])
    assert {n: s[1].tolist() for n, s in found.items()} == {"x": [2], "y": [1]}


def test_a_data_set_that_is_missing_is_not_passed_over(
    given: Given, tmp_path: Path
) -> None:
    given({"a.csv": "t,x\n0,1\n"})
    with pytest.raises(InputFileError, match=r"'b\.csv', and there is no such file"):
        DataFiles(tmp_path, {}, ("a.csv", "b.csv")).external(reader(tmp_path), ["x"])


def test_a_variable_that_no_data_set_has_is_refused(
    given: Given, tmp_path: Path
) -> None:
    given({"a.csv": "t,x\n0,1\n"})
    with pytest.raises(InputFileError, match=r"m\.mdl:1: 'x' has no equation"):
        external(tmp_path, "a.csv", "z")
    with pytest.raises(InputFileError, match=r"'data\.vdf', and there is no such"):
        external(tmp_path, "data", "z")


def test_spellings_of_a_name_are_one() -> None:
    assert series_key(" Sales  in_2020[ North,SOUTH ]") == "sales in 2020[north,south]"
