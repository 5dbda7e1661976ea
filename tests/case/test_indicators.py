from pathlib import Path

import pytest

from cqsim.case.indicators import Indicators, read_indicators
from cqsim.errors import FaultsError

GOOD = """\
[residents]
title = { zh = "常住人口", en = "Residents" }
unit = "persons"
theme = "population"
kind = "sum"
terms = ["resident population"]
decimals = 0
direction = "neutral"
material = 1.0
"""


def read(tmp_path: Path, text: str) -> Indicators:
    path = tmp_path / "indicators.toml"
    path.write_text(text, encoding="utf-8")
    return read_indicators(path)


def test_a_bare_name_is_a_term(tmp_path: Path) -> None:
    indicators = read(tmp_path, GOOD)
    assert indicators["residents"].variables == ("resident population",)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "unit =",
            "units =",
            r"toml:3:1: there is no key 'units' here \(residents\.units\)",
        ),
        ("unit =", "units =", r"Did you mean 'unit'\?"),
        ('unit = "persons"\n', "", r"toml:1:2: 'residents\.unit' is missing"),
        (
            '"sum"',
            '"summ"',
            r"toml:5:8: .*no kind 'summ' of residents\. Did you mean 'sum'",
        ),
        (
            "decimals = 0",
            'decimals = "many"',
            r"toml:7:12: residents\.decimals .*whole number, .*'many'",
        ),
        (
            "material = 1.0",
            "material = 0",
            r"toml:9:12: .*material = 0: .*greater than 0",
        ),
        (
            "decimals = 0",
            "decimals = 0\nscale = 0",
            r"toml:8:9: residents\.scale = 0: it should be another number than 0",
        ),
        ('"neutral"', '"sideways"', r"toml:8:13: .*direction = .*'sideways'"),
        ('["resident population"]', "[]", r"toml:6:9: residents\.terms"),
        ("[residents]", "[Residents]", r"toml:1:2: Residents\.id .*pattern"),
        (
            "[residents]",
            "[residents]\nid = 'x'",
            r"toml:2:1: the id of residents is the table's name",
        ),
        ("[residents]", "x = 1\n[residents]", r"toml:1:1: x is no table"),
        ('zh = "常住人口", ', "", r"toml:2:1: 'residents\.title\.zh' is missing"),
    ],
)
def test_a_fault_is_reported_with_file_and_line(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    with pytest.raises(FaultsError, match=message):
        read(tmp_path, GOOD.replace(old, new))


def test_all_faults_are_reported_together(tmp_path: Path) -> None:
    text = GOOD.replace("unit =", "units =").replace("material = 1.0", "material = -1")
    with pytest.raises(FaultsError) as caught:
        read(tmp_path, text)
    assert len(str(caught.value).splitlines()) == 3


def test_an_indicator_may_only_build_on_one_above_it(tmp_path: Path) -> None:
    later = GOOD.replace("[residents]", "[share]").replace(
        'kind = "sum"\nterms = ["resident population"]',
        'kind = "share"\nof = "residents"',
    )
    assert list(read(tmp_path, GOOD + later)) == ["residents", "share"]
    with pytest.raises(FaultsError, match=r"toml:6:6: share: no indicator"):
        read(tmp_path, later + GOOD)


def test_the_shipped_indicators_have_both_languages(indicators: Indicators) -> None:
    for indicator in indicators.values():
        assert any("一" <= sign <= "鿿" for sign in indicator.title.zh), indicator.id
        assert indicator.title.en.isascii(), indicator.id


def test_district_emissions_and_energy_are_called_downscaled(
    indicators: Indicators,
) -> None:
    for indicator in indicators.values():
        by_district = set(indicator.variables) & {
            *("regional emissions", "total energy", "fossil energy"),
            *("primary energy", "non fossil primary energy"),
            *("electricity use", "fine particles"),
        }
        if by_district:
            assert indicator.downscaled, indicator.id


def test_the_key_table_covers_every_theme(indicators: Indicators) -> None:
    shown = {each.theme for each in indicators.values() if each.ring_table}
    assert shown == {each.theme for each in indicators.values()}
