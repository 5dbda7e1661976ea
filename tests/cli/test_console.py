"""Tables on a terminal of 80 columns."""

from itertools import zip_longest

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from cqsim.cli.console import ColumnHead, Row, TextTable, numbers, rendered

WORDS = st.text(alphabet="ab 1-.≥市区率", max_size=90)
TEXTS = st.booleans().flatmap(
    lambda is_text: st.builds(ColumnHead, st.text("x区", max_size=20), st.just(is_text))
)


def lines(table: TextTable) -> list[str]:
    return [line.plain for line in rendered(table, Console())]


@st.composite
def tables(draw: st.DrawFn) -> TextTable:
    columns = draw(st.lists(TEXTS, max_size=14))
    cells = st.lists(WORDS, min_size=len(columns), max_size=len(columns))
    rows = draw(st.lists(st.builds(Row, WORDS, cells, st.integers(0, 4)), max_size=4))
    return TextTable(draw(WORDS), columns, rows, draw(st.lists(WORDS, max_size=2)))


@given(tables())
def test_no_line_is_wider_than_80_columns(table: TextTable) -> None:
    assert all(cell_len(line) <= 80 for line in lines(table))


@given(tables())
def test_no_letter_is_lost(table: TextTable) -> None:
    printed = "".join(lines(table))
    for row in table.rows:
        for text in (row.name, *map(str, row.cells)):
            for letter in set(text) - {" "}:
                assert printed.count(letter) >= text.count(letter)


def test_columns_that_do_not_fit_follow_in_a_second_table() -> None:
    heads = [f"scenario{number}" for number in range(12)]
    rows = [Row("gross domestic product", ["38 170○"] * 12)]
    printed = lines(TextTable(columns=numbers(*heads), rows=rows))
    assert "".join(printed).count("38 170○") == 12
    assert "".join(printed).count("gross domestic product") == 2


def test_a_name_without_room_stands_above_its_cells() -> None:
    name = "二氧化碳排放最高的年份 " * 5
    printed = lines(TextTable(columns=numbers("2025"), rows=[Row(name, ["2029"])]))
    *above, last = printed[2:]
    assert "".join("".join(above).split()) == "".join(name.split())
    assert last.split() == ["2029"]


def test_numbers_stand_below_each_other() -> None:
    rows = [Row("a", ["1"]), Row("区", ["1 000"])]
    first, second = lines(TextTable(columns=numbers("x"), rows=rows))[2:]
    assert cell_len(first) == cell_len(second)


def test_heads_in_two_languages_stand_below_each_other() -> None:
    printed = lines(
        TextTable(columns=numbers("要求\nRequired"), rows=[Row("a", ["1"])])
    )
    assert [line.split() for line in printed[:2]] == [["要求"], ["Required"]]
    assert all(
        cell_len(a) == cell_len(b) for a, b in zip_longest(printed[:1], printed[1:2])
    )
