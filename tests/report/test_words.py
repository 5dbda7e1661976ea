import pytest
from hypothesis import given
from hypothesis import strategies as st

from cqsim.report.punctuation import chinese_marks, english_marks
from cqsim.report.words import change_words, direction, magnitude, margin_words

MATERIAL = st.floats(1e-3, 1e3)


@given(st.floats(-1e6, 1e6), MATERIAL)
def test_a_change_below_what_is_material_has_no_direction(
    change: float, material: float
) -> None:
    moved = direction(change, material).en != "stays about the same"
    assert moved == (abs(change) >= material)


@given(st.floats(1e-3, 1e6), MATERIAL)
def test_a_rise_and_a_fall_of_one_size_have_one_magnitude(
    change: float, material: float
) -> None:
    assert magnitude(change, material) == magnitude(-change, material)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (0.5, ("基本持平", "stays about the same")),
        (2.0, ("略有上升", "rises slightly")),
        (-5.0, ("明显下降", "falls clearly")),
        (20.0, ("大幅上升", "rises strongly")),
    ],
)
def test_the_words_of_a_change_follow_its_size(
    change: float, words: tuple[str, str]
) -> None:
    assert tuple(change_words(change, 1.0)) == words


@pytest.mark.parametrize(
    ("operator", "margin", "said"),
    [
        (">=", 1.0, "高于要求X"),
        (">=", -1.0, "低于要求X"),
        ("<=", 1.0, "低于上限X"),
        ("<=", -1.0, "高于上限X"),
    ],
)
def test_a_margin_says_on_which_side_it_lies(
    operator: str, margin: float, said: str
) -> None:
    assert margin_words(operator, margin, "X").zh == said


def test_chinese_text_takes_full_width_marks() -> None:
    assert chinese_marks("达标(事后评估),相差1.5个;见表") == (
        "达标\uff08事后评估\uff09\uff0c相差1.5个\uff1b见表"
    )


def test_numbers_and_foreign_words_keep_their_marks() -> None:
    for text in ("1,234.5", "SUM(a, b)", "https://example.org"):
        assert chinese_marks(text) == text


def test_a_marker_is_never_changed() -> None:
    assert "⟦a.b,c|bare⟧" in chinese_marks("结果⟦a.b,c|bare⟧,达标")


def test_english_text_takes_straight_quotation_marks() -> None:
    assert english_marks("“Baseline”") == '"Baseline"'
