"""What a Vensim text says, construct beside tree."""

from pathlib import Path

import pytest

from cqsim.errors import CqsimError, FaultsError
from cqsim.language.expression import MISSING, parse_text
from cqsim.language.syntax import (
    ArrayLiteral,
    Call,
    Definition,
    LookupTable,
    SourceModel,
)
from cqsim.language.vensim import parse_vensim

PATH = Path("m.mdl")


def read(text: str, encoding: str = "utf-8") -> SourceModel:
    return parse_vensim(PATH, text.encode(encoding))


def first(text: str) -> Definition:
    return read(text).definitions[0]


def test_a_definition_has_its_parts_and_places() -> None:
    text = "level[r] :EXCEPT: [a] = INTEG(in - out, 5) ~ m [0, ?] ~ {kept} Water. |\n"
    found = first(text)
    assert (found.name, found.subscripts, found.exceptions) == (
        "level",
        ("r",),
        (("a",),),
    )
    assert (found.unit, found.documentation) == ("m [0, ?]", "{kept} Water.")
    assert isinstance(found.value, Call)
    flow = found.value.arguments[0]
    assert found.source.text[flow.start : flow.end] == "in - out"
    assert found.source.position(flow.start) == (1, 31)


def test_an_expression_in_parentheses_stands_where_they_stand() -> None:
    text = "x = 2 * (a + b) ~ ~ |\n"
    value = first(text).value
    assert value is not None
    assert text[value.start : value.end] == "2 * (a + b)"


def test_comments_nest_and_stand_anywhere() -> None:
    text = "{a {b} c} x {here} = {there} 1 + {so} 2 ~ ~ |"
    assert first(text).value == parse_text("1 + 2")


def test_groups_open_parts_of_the_file() -> None:
    text = "a = 1 ~ ~ |\n****\n.Sector\n****~ What it is. |\nb = 2 ~ ~ |\n"
    found = read(text)
    assert [d.group for d in found.definitions] == ["", "Sector"]
    assert (found.groups[0].name, found.groups[0].documentation) == (
        "Sector",
        "What it is.",
    )


def test_a_macro_has_parameters_outputs_and_equations() -> None:
    text = ":MACRO:GROW(x, r : total)\nGROW = x * r ~ ~ |\n:END OF MACRO:\ny = 1 ~ ~ |"
    (macro,) = read(text).macros
    assert (macro.name, macro.parameters, macro.outputs) == (
        "GROW",
        ("x", "r"),
        ("total",),
    )
    assert macro.body[0].value == parse_text("x * r")


@pytest.mark.parametrize(
    ("text", "members"),
    [
        ("r: a, b ~ ~ |", ("a", "b")),
        ("r: (a1-a3), z ~ ~ |", ("a1", "a2", "a3", "z")),
        ("r: 1990 to 2000, 5 ~ ~ |", ("1990 to 2000", "5")),
    ],
)
def test_a_range_lists_its_members(text: str, members: tuple[str, ...]) -> None:
    assert read(text).dimensions[0].members == members


def test_a_range_maps_with_and_without_a_list() -> None:
    (found,) = read("r: a, b -> s, (t: c, d) ~ ~ |").dimensions
    assert [(m.dimension, m.elements) for m in found.mappings] == [
        ("s", ()),
        ("t", ("c", "d")),
    ]
    (alias,) = read("r <-> s ~ ~ |").dimensions
    assert [(m.dimension, m.elements) for m in alias.mappings] == [("s", ())]
    assert alias.members == ("s",)


@pytest.mark.parametrize(
    "keyword", [":RAW:", ":INTERPOLATE:", ":LOOK FORWARD:", ":HOLD BACKWARD:"]
)
def test_a_data_variable_has_its_keyword(keyword: str) -> None:
    found = first(f"d{keyword.replace(':', ' : ').strip()} := f ~ ~ |")
    assert (found.keyword, found.operator) == (keyword, ":=")


def test_a_missing_value_is_a_number() -> None:
    assert first("x = :NA: ~ ~ |").value == parse_text(":na:")
    assert MISSING == -(2.0**109)


@pytest.mark.parametrize(
    "text",
    [
        "t([(0,0)-(9,9),(1,1)],(0,1),(2,3)) ~ ~ |",
        "t((0,1),(2,3)) ~ ~ |",
        "t(0,2,1,3) ~ ~ |",
    ],
)
def test_a_lookup_is_read_in_each_of_its_forms(text: str) -> None:
    assert first(text).value == LookupTable(0, 0, ((0.0, 1.0), (2.0, 3.0)))


def test_arrays_are_read_row_by_row() -> None:
    rows = ((1.0, -2.0), (3.0, 400.0))
    assert first("x[r,c] = 1, -2; 3, 4e2; ~ ~ |").value == ArrayLiteral(0, 0, rows)
    tabbed = "x[r,c] = TABBED ARRAY(\n1\t-2\n3\t4e2) ~ ~ |"
    assert first(tabbed).value == ArrayLiteral(0, 0, rows)


@pytest.mark.parametrize(
    "name",
    [
        '"A+B"',
        "l'eau",
        "price$",
        "城镇 人口",
        "Ünïcode_näme",
        '"人口, 总数"',
        "max price",
    ],
)
def test_names_are_read_in_any_script(name: str) -> None:
    assert first(f"{name} = 1 ~ ~ |").name == name


def test_a_name_goes_on_in_the_next_line() -> None:
    assert first("long \\\n\t\tname = 1 ~ ~ |").name == "long name"


@pytest.mark.parametrize(
    ("text", "encoding", "name"),
    [
        ("人口 = 1 ~ ~ |\n常住人口 = 2 ~ ~ |", "gb18030", "人口"),
        ("Größe = 1 ~ ~ |", "cp1252", "Größe"),
        ("{UTF-8}\nGröße = 1 ~ ~ |", "utf-8-sig", "Größe"),
        ("{utf-7}\n+ADA = 1 ~ ~ |", "utf-8", ""),
    ],
)
def test_a_text_is_decoded_by_rule(text: str, encoding: str, name: str) -> None:
    if not name:
        with pytest.raises(CqsimError, match="a name is missing before"):
            read(text, encoding)
        return
    assert read(text, encoding).definitions[0].name == name


def test_the_settings_after_the_sketch_say_how_a_model_runs() -> None:
    text = """x = 1 ~ ~ |
\\\\\\---/// Sketch information - do not modify anything except names
*View 1
///---\\\\\\
:L<%^E!@
22:Year,Years
13:a.vdf,b.vdf
15:0,0,0,5,0,0
24:1990
25:2050
"""
    found = read(text)
    assert found.settings.method == "rk4"
    assert (found.settings.start, found.settings.stop) == (1990.0, 2050.0)
    assert found.settings.data_files == ("a.vdf", "b.vdf")
    assert found.unit_synonyms == (("Year", "Years"),)


def test_all_faults_of_a_file_are_told_with_line_and_caret() -> None:
    text = "a = 1 + * 2 ~ ~ |\nb = 3 ~ ~ |\nc = (4 ~ ~ |\n"
    with pytest.raises(FaultsError) as raised:
        read(text)
    first_fault, second = raised.value.args[0]
    assert first_fault.splitlines() == [
        "m.mdl:1: '*' stands where a name or number belongs. Correct the equation.",
        "    a = 1 + * 2 ~ ~ |",
        "            ^",
    ]
    assert second.startswith("m.mdl:3: ')' is missing before '~'.")


def test_an_equation_without_an_end_is_refused() -> None:
    with pytest.raises(CqsimError, match="that ends the equation is missing"):
        read("a = 1 ~ ~\n")


def test_a_reality_check_is_no_equation() -> None:
    text = "check :THE CONDITION: x < 0 :IMPLIES: y > 0 ~ ~ |\na = 1 ~ ~ |\n"
    assert [d.name for d in read(text).definitions] == ["a"]
