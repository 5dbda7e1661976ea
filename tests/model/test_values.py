from pathlib import Path

import pytest

from cqsim.errors import CqsimError, FaultsError, InputFileError
from cqsim.model.model import Model
from cqsim.model.resolve import read_model
from cqsim.model.values import ConstantValue, constant_values


def values_of(folder: Path, text: str, name: str = "x") -> list[float]:
    (folder / "m.mdl").write_text(text, encoding="utf-8")
    model = read_model(folder / "m.mdl")
    return [v.value for v in constant_values(model, model.variables[name])]


def test_a_vector_is_read_down_a_column(small: Model) -> None:
    found = constant_values(small, small.variables["initial residents"])
    file = small.path.parent / "people.csv"
    assert found == [
        ConstantValue(("north",), 1000.0, file, 2),
        ConstantValue(("south",), 500.0, file, 3),
        ConstantValue(("isle",), 20.0, file, 4),
    ]


def test_numbers_in_the_text_follow_the_elements(small: Model) -> None:
    found = constant_values(small, small.variables["life span"])
    assert [(v.elements, v.value) for v in found] == [
        (("north",), 70.0),
        (("south",), 71.0),
        (("isle",), 72.0),
    ]


def test_one_number_stands_for_every_element(tmp_path: Path) -> None:
    assert values_of(tmp_path, "a: p, q ~~|\nx[a]= -3 ~~|") == [-3.0, -3.0]


def test_plain_arithmetic_is_worked_out(tmp_path: Path) -> None:
    assert values_of(tmp_path, "x= (1+2)*3/4-5^2 ~~|") == [9 / 4 - 25]


def test_an_exception_leaves_its_element_to_another_equation(tmp_path: Path) -> None:
    text = "a: p, q, r ~~|\nx[a] :EXCEPT: [q]= 1 ~~|\nx[q]= 2 ~~|"
    assert sorted(values_of(tmp_path, text)) == [1.0, 1.0, 2.0]


@pytest.mark.parametrize(
    ("cell", "expected"), [("B2", [1.0, 2.0, 3.0, 4.0]), ("B2*", [1.0, 3.0, 2.0, 4.0])]
)
def test_a_block_of_two_subscripts_can_be_turned(
    tmp_path: Path, cell: str, expected: list[float]
) -> None:
    (tmp_path / "v.csv").write_text(",p,q\nc,1,2\nd,3,4\n", encoding="utf-8")
    call = f"GET DIRECT CONSTANTS('v.csv', ',', '{cell}')"
    text = f"a: c, d ~~|\nb: p, q ~~|\nx[a,b]= {call} ~~|"
    assert values_of(tmp_path, text) == expected


@pytest.mark.parametrize(
    ("csv", "file", "message"),
    [
        ("n,v\np,1\n", "v.csv", r"v\.csv:2: no row for q"),
        ("n,v\np,1\nq,many\n", "v.csv", r"v\.csv:3: column 2 holds 'many'"),
        ("n,v\np,1\nq,1_000\n", "v.csv", r"v\.csv:3: column 2 holds '1_000'"),
        ("", "none.csv", r"m\.mdl:2: 'x' reads 'none\.csv', and there is no such file"),
        ("", "../v.csv", r"m\.mdl:2: 'x' reads '\.\./v\.csv', which is not beside"),
    ],
)
def test_a_vector_that_cannot_be_read_is_refused(
    tmp_path: Path, csv: str, file: str, message: str
) -> None:
    (tmp_path / "v.csv").write_text(csv, encoding="utf-8")
    call = f"GET DIRECT CONSTANTS('{file}', ',', 'B2*')"
    with pytest.raises(CqsimError, match=message):
        values_of(tmp_path, f"a: p, q ~~|\nx[a]= {call} ~~|")


def test_too_few_numbers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match="2 numbers stand for 3 elements"):
        values_of(tmp_path, "a: p, q, r ~~|\nx[a]= 1, 2 ~~|")


def test_a_name_may_stand_for_the_file_that_is_read(tmp_path: Path) -> None:
    (tmp_path / "v.csv").write_text("n,v\nx,7\n", encoding="utf-8")
    text = "table :IS: 'v.csv' ~~|\nx= GET DIRECT CONSTANTS(table, ',', 'B2') ~~|"
    assert values_of(tmp_path, text) == [7.0]


def test_an_exception_with_too_few_subscripts_is_refused(tmp_path: Path) -> None:
    text = "d: p, q ~~|\ng: v, w ~~|\nx[d,g] :EXCEPT: [p]= 1 ~~|"
    with pytest.raises(FaultsError, match=r"m\.mdl:3: .*another number of subscripts"):
        values_of(tmp_path, text)
