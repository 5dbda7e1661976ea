from pathlib import Path

import pytest

from cqsim.case.glossary import read_glossary
from cqsim.errors import FaultsError, InputFileError
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
        ("a,甲,A,m\nA,乙,B,m\n", r"g\.csv:3: 'A' is there twice"),
        ("a,,A,m\n", r"g\.csv:2: 'a' has no zh"),
        ("a,甲,A\n", r"g\.csv:2: 3 cells instead of 4"),
    ],
)
def test_a_faulty_row_is_named(tmp_path: Path, rows: str, message: str) -> None:
    path = tmp_path / "g.csv"
    path.write_text(f"name,zh,en,unit\n{rows}", encoding="utf-8")
    with pytest.raises(FaultsError, match=message):
        read_glossary(path)


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "g.csv"
    with pytest.raises(InputFileError, match="cannot be read"):
        read_glossary(path)
    path.write_text("name,zh\n", encoding="utf-8")
    with pytest.raises(InputFileError, match=r"g\.csv:1: the first line is not"):
        read_glossary(path)
    path.write_bytes("name,zh,en,unit\n人口,人口,a,b\n".encode("gb18030"))
    with pytest.raises(InputFileError, match="the text is not UTF-8"):
        read_glossary(path)
