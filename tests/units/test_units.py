"""Units as text, as powers, and as sizes."""

from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from shutil import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.planting import planted_in

from cqsim.case.unit_check import check_units
from cqsim.errors import InputFileError
from cqsim.units.registry import Unit, UnitNameError, Units, read_unit, units_of

TEACUP = Path(__file__).parents[1] / "reference" / "teacup" / "teacup.xmile"

powers = st.dictionaries(
    st.sampled_from(["person", "year", "CNY", "km"]),
    st.integers(-3, 3).filter(bool).map(Fraction),
    max_size=4,
)
units = powers.map(lambda p: Unit(1.0, tuple(sorted(p.items()))))


def named(name: str) -> Unit:
    return Unit(1.0, ((name, Fraction(1)),))


@given(units, units)
def test_a_product_over_one_factor_is_the_other(one: Unit, other: Unit) -> None:
    assert one * other / other == one


@given(units)
def test_a_unit_is_read_back_from_its_text(unit: Unit) -> None:
    assert read_unit(str(unit), named) == unit


@given(units, st.sampled_from([-1, 0.5, 2, 3]))
def test_a_root_undoes_a_power(unit: Unit, power: float) -> None:
    assert (unit**power) ** (1 / power) == unit


@pytest.mark.parametrize(
    "text",
    ["", "person/", "(km", "km)", "3 4", "km?", "0", "0/km", "km^(1/0)", "10^400"],
)
def test_a_text_that_is_no_unit_is_refused(text: str) -> None:
    assert read_unit(text, named) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("10^4 tce", "tce10k"),
        ("10^8 CNY/year", "CNY100M/year"),
        ("t CO2/10^4 CNY", "t CO2 per 10^4 CNY"),
        ("days", "day"),
        ("Persons", "people"),
        ("MtCO2*tce/(tCO2*tce10k)", "100"),
        ("%", "0.01"),
        ("minute/hour", "1/60"),
        ("km²", "km2"),
        ("Dimensionless", "1"),
    ],
)
def test_two_spellings_are_one_unit(one: str, other: str, metro_units: Units) -> None:
    assert metro_units.same(metro_units.read(one), metro_units.read(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [("person", "10^4 person"), ("tce", "kWh"), ("minute", "hour"), ("t", "tCO2")],
)
def test_kind_and_size_both_count(one: str, other: str, metro_units: Units) -> None:
    assert not metro_units.same(metro_units.read(one), metro_units.read(other))


def test_a_folder_without_a_registry_takes_any_name_as_a_kind(tmp_path: Path) -> None:
    open_units = units_of(tmp_path)
    widget = open_units.read("Widgets/Month")
    assert open_units.same(widget, open_units.read("widget/month"))
    assert not open_units.same(widget, open_units.read("gadget/month"))


@given(st.text("aes_nif²人$%#()*/^ 0123456789.-\t", max_size=8))
def test_any_text_is_a_unit_or_is_refused(text: str) -> None:
    found = units_of(TEACUP.parent)
    with suppress(UnitNameError):
        unit = found.read(text)
        assert found.same(unit, unit)


@pytest.mark.parametrize("name", ["s", "S", "ms", "Dimensionless"])
def test_a_name_that_is_only_a_plurals_letter_is_a_name(name: str) -> None:
    found = units_of(TEACUP.parent)
    assert found.same(found.read(name), found.read(name.upper()))


def test_names_that_vensims_settings_make_alike_are_one_unit(tmp_path: Path) -> None:
    path = tmp_path / "swing.mdl"
    text = """{UTF-8}
way=INTEG(speed, 1) ~ m ~|
speed=2 ~ m/s ~|
TIME STEP=1 ~ Second ~|
\\\\\\---///
22:s,Second
"""
    path.write_text(text, encoding="utf-8")
    assert check_units(path).findings == ()
    path.write_text(text.replace("22:s,Second", ""), encoding="utf-8")
    assert len(check_units(path).findings) == 1


def test_a_clock_whose_unit_is_misspelt_is_a_finding(metro: Path) -> None:
    text = (metro / "metro.mdl").read_text(encoding="utf-8")
    path = metro / "clock.mdl"
    path.write_text(planted_in(text, "TIME STEP=", "year [", "yer ["), encoding="utf-8")
    (finding,) = check_units(path).findings
    assert "'yer' is not a unit of the registry. Did you mean 'year'" in str(finding)


def test_a_folder_with_a_registry_knows_no_other_name(metro_units: Units) -> None:
    with pytest.raises(UnitNameError, match="'widget' is not a unit"):
        metro_units.read("widget")


def test_a_registry_with_a_fault_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "units.txt").write_text("km = = 3\n", encoding="utf-8")
    with pytest.raises(
        InputFileError, match=r"units\.txt: this is not a file of units"
    ):
        units_of(tmp_path)


def test_an_xmile_model_without_fault_has_no_finding() -> None:
    check = check_units(TEACUP)
    assert (check.equations, check.findings) == (4, ())


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        (" / Characteristic_Time<", "<", "teacup temperature - room temperature"),
        (
            "SMTH1(Teacup_Temperature, Char",
            "SMTH1(Heat_Loss_to_Room, Char",
            "heat loss",
        ),
        ("SMTH1(", "PULSE(", "pulse("),
        ("SMTH1(", "RAMP(", "teacup temperature"),
        ("&gt; Room_Temperature", "&gt; Characteristic_Time", "characteristic time"),
    ],
)
def test_an_error_of_unit_in_an_xmile_model_is_found(
    old: str, new: str, part: str, tmp_path: Path
) -> None:
    path = Path(copy(TEACUP, tmp_path))
    text = path.read_text(encoding="utf-8").replace("> Room_T", "&gt; Room_T")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    findings = check_units(path).findings
    assert any(part in finding.part.replace("_", " ").lower() for finding in findings)
    assert all(":" in finding.place for finding in findings)


def findings_of(folder: Path, equations: str) -> list[str]:
    (folder / "m.mdl").write_text(f"{{UTF-8}}\n{equations}", encoding="utf-8")
    return [str(finding) for finding in check_units(folder / "m.mdl").findings]


def test_deep_parentheses_are_looked_at_once(tmp_path: Path) -> None:
    deep = "a*(" * 45 + "b" + ")" * 45
    text = f"a=1 ~ 1 ~|\nb=1 ~ kg ~|\nx={deep} ~ m ~|"
    (finding,) = findings_of(tmp_path, text)
    assert "is in kg, and the unit declared for the variable in m" in finding


def test_a_long_sum_is_looked_at_without_recursion(tmp_path: Path) -> None:
    long = " + ".join(["a"] * 400)
    (finding,) = findings_of(tmp_path, f"a=1 ~ m ~|\nb=1 ~ kg ~|\nx={long} + b ~ m ~|")
    assert "'b' is in kg, and the other terms in m" in finding


@pytest.mark.parametrize("lookup", ["curve(length)", "LOOKUP FORWARD(curve, length)"])
def test_a_lookup_without_a_unit_of_its_x_axis_takes_pure_numbers(
    lookup: str, tmp_path: Path
) -> None:
    text = "curve((0,0),(1,1)) ~ 1 ~|\nlength=2 ~ m ~|\n"
    (finding,) = findings_of(tmp_path, f"{text}x={lookup} ~ 1 ~|")
    assert "'length' is in m, and the x axis of curve is in 1" in finding
    ratio = lookup.replace("length", "length/length")
    assert findings_of(tmp_path, f"{text}x={ratio} ~ 1 ~|") == []
    over_time = lookup.replace("length", "Time")
    assert findings_of(tmp_path, f"{text}x={over_time} ~ 1 ~|") == []


def test_a_start_that_is_a_plain_number_has_any_unit(tmp_path: Path) -> None:
    text = "flow=1 ~ m/year ~|\nlevel=INTEG(flow, 5) ~ m ~|\n"
    late = "late=SMOOTHI(level, 3*TIME STEP, 5) ~ m ~|\nTIME STEP=1 ~ year ~|"
    assert findings_of(tmp_path, text + late) == []
