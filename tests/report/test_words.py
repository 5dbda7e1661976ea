import pytest
from hypothesis import given
from hypothesis import strategies as st

from cqsim.report.phrases import (
    change_word,
    claim,
    margin_words,
    read_catalogue,
    with_marks,
)

WORDS = read_catalogue()

MATERIAL = st.floats(1e-3, 1e3)


@given(st.floats(-1e6, 1e6), MATERIAL)
def test_a_change_below_what_is_material_has_no_direction(
    change: float, material: float
) -> None:
    moved = change_word(change, material) != "stays"
    assert moved == (abs(change) >= material)


@given(st.floats(1e-3, 1e6), MATERIAL)
def test_a_rise_and_a_fall_of_one_size_have_one_magnitude(
    change: float, material: float
) -> None:
    rise, fall = change_word(change, material), change_word(-change, material)
    assert rise.removeprefix("rises") == fall.removeprefix("falls")


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
    assert WORDS.phrase(claim(change_word(change, 1.0))) == words


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
    assert WORDS.text(margin_words(operator, margin, "X"), "zh") == said


def test_chinese_text_takes_full_width_marks() -> None:
    assert with_marks("达标(事后评估),相差1.5个;见表", "zh") == (
        "达标\uff08事后评估\uff09\uff0c相差1.5个\uff1b见表"
    )


def test_numbers_and_foreign_words_keep_their_marks() -> None:
    for text in ("1,234.5", "SUM(a, b)", "https://example.org"):
        assert with_marks(text, "zh") == text


def test_a_marker_is_never_changed() -> None:
    assert "⟦a.b,c|bare⟧" in with_marks("结果⟦a.b,c|bare⟧,达标", "zh")


def test_english_text_takes_straight_quotation_marks() -> None:
    assert with_marks("“Baseline”", "en") == '"Baseline"'
