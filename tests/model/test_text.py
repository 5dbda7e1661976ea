import re
from pathlib import Path

import pytest

from cqsim.errors import InputFileError
from cqsim.model.text import read_model_text
from cqsim.model.variables import Model


def replace_in(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_each_kind_is_told_apart(small: Model) -> None:
    kinds = {v.name: v.kind for v in small.variables.values()}
    assert kinds == {
        "Residents": "stock",
        "births": "flow",
        "deaths": "flow",
        "arrivals": "flow",
        '"pull (jobs)"': "auxiliary",
        "birth rate": "constant",
        "life span": "constant",
        "initial residents": "constant",
        "room": "constant",
        "crowding effect": "lookup",
        "FINAL TIME": "time",
        "INITIAL TIME": "time",
        "SAVEPER": "time",
        "TIME STEP": "time",
    }


def test_an_equation_is_kept_as_written(small: Model) -> None:
    deaths = small.variables["deaths"]
    assert (
        deaths.equations[0].text
        == "deaths[region]= Residents[region]/life  span[region]"
    )
    assert deaths.title == "deaths[region]"


def test_spellings_of_a_name_are_one_name(small: Model) -> None:
    assert small.variable("BIRTH_RATE") is small.variables["birth rate"]
    assert small.variable("pull (jobs)") is small.variable('"Pull_(jobs)"')


def test_unit_range_sources_and_class_are_read(small: Model) -> None:
    rate = small.variables["birth rate"]
    assert (rate.unit, rate.low, rate.high) == ("1/year", 0.0, 0.05)
    assert rate.documentation == "Births a person."
    assert rate.sources == ("census", "yearbook")
    assert rate.evidence == "statistic"


def test_an_open_end_of_a_range_is_none(small: Model) -> None:
    residents = small.variables["residents"]
    assert (residents.unit, residents.low, residents.high) == ("person", 0.0, None)


def test_a_variable_belongs_to_the_group_above_it(small: Model) -> None:
    assert small.variables["births"].group == "people"
    assert small.variables["time step"].group == "Control"
    assert small.groups[0].documentation == "Who lives where."


def test_the_line_of_a_variable_is_its_line_in_the_file(small: Model) -> None:
    lines = small.path.read_text(encoding="utf-8").splitlines()
    for variable in small.variables.values():
        assert lines[variable.line - 1].startswith(variable.name)


def test_ranges_hold_their_elements_and_aliases_follow(small: Model) -> None:
    assert small.elements("Region") == ("north", "south", "isle")
    assert small.elements("partner") == ("north", "south", "isle")
    assert small.elements("mainland") == ("north", "south")
    assert small.elements("isle") == ("isle",)


def test_numbered_ranges_and_ranges_of_ranges_are_expanded(tmp_path: Path) -> None:
    text = "a: (A1-A3) ~~|\nb: a, A4 ~~|\n"
    (tmp_path / "m.mdl").write_text(text, encoding="utf-8")
    model = read_model_text(tmp_path / "m.mdl")
    assert model.elements("b") == ("A1", "A2", "A3", "A4")


def test_equations_for_parts_of_a_range_are_one_variable(tmp_path: Path) -> None:
    text = "x[a] = 1 ~~|\nx[b] = 2 ~ m [0,9] ~ Two parts. |\n"
    (tmp_path / "m.mdl").write_text(text, encoding="utf-8")
    variable = read_model_text(tmp_path / "m.mdl").variables["x"]
    assert [e.right for e in variable.equations] == ["1", "2"]
    assert (variable.unit, variable.high, variable.line) == ("m", 9.0, 1)


def test_a_chinese_model_is_read(tmp_path: Path) -> None:
    text = "人口= INTEG(出生, 100) ~ 人 ~ 常住人口。 |\n出生= 1 ~ 人/year ~ 出生。 |\n"
    (tmp_path / "m.mdl").write_text(text, encoding="utf-8")
    model = read_model_text(tmp_path / "m.mdl")
    assert model.variables["人口"].kind == "stock"


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("birth rate= 0.01", "birth rate= 0.01*(2", "birth rate=", "')' is missing"),
        ("/life  span[region]", "/life  span[region", "deaths[", "']' is missing"),
        ("room= 5000", "room= 5000 ; x", "room=", "only numbers can stand"),
        ("SUM(Residents", "SUM(% Residents", "SUM(", "'%' cannot stand here"),
        ("born.\n\t|", "born.\n", "births[region]=", "the '|' after 'births"),
        ("{per year}", "{per year", "births[region]-", "the comment { is not closed"),
        ('"pull (jobs)"[region]= 0', '"pull (jobs[region]= 0', "pull (", "not closed"),
        ("room= 5000", "Birth_Rate= 1", "Birth_Rate=", "'Birth_Rate' is defined again"),
        ("isle\n", "region\n", "region:", "'region' contains itself"),
        ("mainland: north", "region: north", "region: n", "'region' is defined again"),
        ("2,0) )", "2) )", "crowding effect(", "a lookup needs pairs of numbers"),
        ("room= 5000\n\t~", "room= 5000\n", "room=", "lacks the fields"),
    ],
)
def test_a_fault_of_syntax_names_its_line(
    small_path: Path, old: str, new: str, line: str, message: str
) -> None:
    replace_in(small_path, old, new)
    with pytest.raises(InputFileError, match=re.escape(message)) as caught:
        read_model_text(small_path)
    text = small_path.read_text(encoding="utf-8")
    assert line in text.splitlines()[caught.value.args[1] - 1]


def test_gb18030_is_refused_with_the_line_and_the_cure(tmp_path: Path) -> None:
    path = tmp_path / "m.mdl"
    path.write_bytes("a = 1 ~ m ~ x |\n人口 = 1 ~ 人 ~ 人口 |".encode("gb18030"))
    with pytest.raises(InputFileError, match=r"m\.mdl:2: .*GB18030.*iconv -f GB18030"):
        read_model_text(path)


def test_bytes_of_no_encoding_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.mdl"
    path.write_bytes(b"a = 1 ~ \xff\xff ~ x |")
    with pytest.raises(InputFileError, match="not UTF-8"):
        read_model_text(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match="cannot be read"):
        read_model_text(tmp_path / "none.mdl")
