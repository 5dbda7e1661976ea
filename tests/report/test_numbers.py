import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cqsim.report.numbers import (
    PrintedNumbers,
    UnitScales,
    bare,
    decimals_to_show,
    digits,
    filled,
)
from cqsim.report.phrases import read_catalogue

UNITS = UnitScales(read_catalogue().unit)

VALUES = st.floats(-1e7, 1e7, allow_nan=False)
PLACES = st.integers(0, 4)


def read(text: str) -> Decimal:
    """Return the number that a printed text starts with."""
    found = re.match(r"[+−]?[\d,]+(\.\d+)?", text)
    assert found, text
    return Decimal(found[0].replace(",", "").replace("−", "-"))


@given(VALUES, PLACES, st.sampled_from(sorted(UNITS.scales)))
def test_both_languages_print_the_same_number_after_scaling(
    value: float, places: int, unit: str
) -> None:
    scale = UNITS.scale(unit)
    zh = read(UNITS.text(value, unit, places, "zh")).scaleb(-scale.zh_power)
    en = read(UNITS.text(value, unit, places, "en")).scaleb(-scale.en_power)
    assert zh == en


@given(VALUES, PLACES)
def test_a_printed_number_is_the_value_to_its_last_place(
    value: float, places: int
) -> None:
    shown = read(digits(value, places, group=""))
    assert abs(shown - Decimal(value)) <= Decimal(1).scaleb(-places) / 2


def test_a_unit_that_begins_with_a_digit_stands_apart_from_its_number() -> None:
    for language in ("zh", "en"):
        text = UNITS.text(2.2, "10^6 m3/year", 3, language)
        assert text.replace("\N{NO-BREAK SPACE}", " ") == "2.200 10^6 m3/year"


def test_what_rounds_to_zero_has_no_sign() -> None:
    assert digits(-0.04, 1, group="") == "0.0"


@given(VALUES, PLACES)
def test_a_margin_that_is_one_is_never_printed_as_nothing(
    value: float, places: int
) -> None:
    shown = read(digits(value, decimals_to_show(value, places), group=""))
    assert (shown == 0) == (abs(value) <= 1e-6)


def test_chinese_counts_in_ten_thousands_and_english_in_millions() -> None:
    def said(value: float, unit: str, decimals: int, language: str) -> str:
        return UNITS.text(value, unit, decimals, language).replace("\xa0", " ")

    assert said(2437.7, "10^4 persons", 1, "zh") == "2437.7万人"
    assert said(2437.7, "10^4 persons", 1, "en") == "24.377 million people"
    assert said(128.3, "10^6 t CO2/year", 1, "zh") == "12830万吨"
    assert said(20496, "10^8 CNY/year", 0, "en") == "2,049.6 billion CNY"


@pytest.mark.parametrize(
    ("value", "decimals", "shown"),
    [
        (1.0, 0, "+1 day"),
        (-1.0, 0, "−1 day"),
        (2.0, 0, "+2 days"),
        (1.0, 1, "+1.0 days"),
    ],
)
def test_one_thing_is_not_many(value: float, decimals: int, shown: str) -> None:
    said = UNITS.text(value, "days/year", decimals, "en", signed=True)
    assert said.replace("\xa0", " ") == shown


def test_a_unit_without_words_is_printed_as_it_stands() -> None:
    assert UNITS.scale("furlong").zh == "furlong"


def test_a_key_holds_one_number_only() -> None:
    numbers = PrintedNumbers(UNITS)
    numbers.register("a", 1.0, "%", 1)
    numbers.register("a", 1.0, "%", 1)
    with pytest.raises(ValueError, match="two numbers have the key a"):
        numbers.register("a", 2.0, "%", 1)


def test_a_marker_prints_with_and_without_its_unit() -> None:
    numbers = PrintedNumbers(UNITS)
    marker = numbers.register("a", 3.25, "10^4 t", 2, signed=True)
    text = f"{marker} / {bare(marker)}"
    assert filled(text, numbers.entries, "zh") == "+3.25万吨 / +3.25"
