from pathlib import Path

import pytest

from cqsim.case.registers import read_glossary
from cqsim.errors import CqsimError, InputFileError
from cqsim.model.resolve import read_model
from cqsim.resources import data_folder


def test_every_name_of_the_model_has_a_term_with_its_unit() -> None:
    folder = data_folder("model")
    model = read_model(folder / "metro.mdl")
    terms = read_glossary(folder / "glossary.csv")
    units = {key: variable.unit for key, variable in model.variables.items()}
    assert {key: term.unit for key, term in terms.items()} == units


def test_no_two_terms_share_a_chinese_name() -> None:
    terms = read_glossary(data_folder("model") / "glossary.csv").values()
    words = [term.zh for term in terms]
    assert sorted(words) == sorted(set(words))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("a,甲,A,m\nA,乙,B,m\n", r"g\.csv:3: the name 'a' stands in line 2"),
        ("a,,A,m\n", r"g\.csv:2: the cell 'zh' is empty"),
        ("a,甲,A\n", r"g\.csv:2: the line has 3 cells, the header 4"),
    ],
)
def test_a_faulty_row_is_named(tmp_path: Path, rows: str, message: str) -> None:
    path = tmp_path / "g.csv"
    path.write_text(f"name,zh,en,unit\n{rows}", encoding="utf-8")
    with pytest.raises(CqsimError, match=message):
        read_glossary(path)


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "g.csv"
    with pytest.raises(InputFileError, match="the file is missing"):
        read_glossary(path)
    path.write_text("name,zh\n", encoding="utf-8")
    with pytest.raises(InputFileError, match=r"g\.csv:1: the columns differ"):
        read_glossary(path)
    path.write_bytes("name,zh,en,unit\n".encode("utf-16"))
    with pytest.raises(InputFileError, match="neither UTF-8 nor GB18030"):
        read_glossary(path)
