from pathlib import Path

import pytest

from cqsim.errors import FaultsError, InputFileError
from cqsim.model.feedback import read_loops
from cqsim.model.model import Model

GROWTH = """
[[loop]]
id = "growth"
title = { zh = "出生", en = "Births" }
type = "R"
path = ["Residents", "births"]
explanation = "More people have more children."
"""


def check(model: Model, text: str) -> None:
    file = model.path.parent / "loops.toml"
    file.write_text(text, encoding="utf-8")
    read_loops(file, model)


def test_a_loop_of_the_equations_stands_with_its_signs(small: Model) -> None:
    file = small.path.parent / "loops.toml"
    file.write_text(GROWTH, encoding="utf-8")
    (verified,) = read_loops(file, small)
    steps = [(link.cause, link.effect, link.sign) for link in verified.links]
    assert steps == [("Residents", "births", "+"), ("births", "Residents", "+")]


def test_a_stated_sign_closes_a_loop_that_the_rules_cannot(small: Model) -> None:
    text = GROWTH.replace("births", "arrivals").replace('"R"', '"B"')
    with pytest.raises(FaultsError, match="sign of 'Residents -> arrivals' does not"):
        check(small, text)
    reason = '{ sign = "-", reason = "Places are nearly full." }'
    check(small, f'{text}signs = {{ "residents -> Arrivals" = {reason} }}')


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"births"', '"birth"', r"toml:3:1: loop 'growth': .*'birth'.*'births'"),
        ('"births"', '"room"', "'Residents' is not in the equation of 'room'"),
        ('"births"', '"deaths"', "stated as R, but its 1 negative links make it B"),
        ('"Residents", "births"', '"room", "births"', "'room' is not in the equation"),
        ("type", "kind", "there is no key 'kind' here"),
        ('"R"', '"X"', "should be 'R' or 'B'"),
        ('"Births"', '""', r"loop\.0\.title\.en"),
        ('"More people have more children."', '""', r"loop\.0\.explanation"),
        ('["Residents", "births"]', '["births"]', "at least 2 items"),
        ('["Residents",', '["Births", "Residents",', "names a variable twice"),
        ("type", 'signs = {"a" = "+"}\ntype', r"signs\.a must be a table"),
        (
            "type",
            'signs = {"a -> b" = {sign="+", reason="x"}}\ntype',
            "'a -> b' is not a link of its path",
        ),
        (
            "type",
            'signs = {"residents -> births" = {sign="-", reason="x"}}\ntype',
            "is stated as -, but the equation gives \\+",
        ),
    ],
)
def test_a_loop_that_does_not_stand_is_refused(
    small: Model, old: str, new: str, message: str
) -> None:
    with pytest.raises(FaultsError, match=message):
        check(small, GROWTH.replace(old, new))


def test_a_loop_needs_a_stock(tmp_path: Path, small: Model) -> None:
    from cqsim.model.resolve import read_model

    path = tmp_path / "m.mdl"
    path.write_text("a= b+1 ~ m ~ A. |\nb= a ~ m ~ B. |", encoding="utf-8")
    with pytest.raises(FaultsError, match="no stock is on its path"):
        check(read_model(path), GROWTH.replace('"Residents", "births"', '"a","b"'))


def test_a_fault_of_toml_names_its_line(small: Model) -> None:
    with pytest.raises(FaultsError, match=r"loops\.toml:3:6: this is not TOML"):
        check(small, "\n[[loop]]\nid = \n")


def test_missing_loops_are_an_error(tmp_path: Path, small: Model) -> None:
    with pytest.raises(InputFileError, match="no such file"):
        read_loops(tmp_path / "loops.toml", small)
