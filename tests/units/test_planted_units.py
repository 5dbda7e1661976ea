"""Errors of unit of every kind, each planted in the shipped model and found."""

from collections.abc import Callable

import pytest

from cqsim.units.equations import UnitFinding

Check = Callable[[str, str, str], tuple[UnitFinding, ...]]

PLANTED = {
    "a flow without its time": (
        "rail openings[region]=",
        "/rail construction time",
        "",
        "Rail under construction[region]*STEP(1, first year of rail programme)",
    ),
    "a stock as its own flow": (
        "Capital[region,sector]=",
        "- depreciation[region,sector]",
        "- Capital[region,sector]",
        "Capital[region,sector]",
    ),
    "a start of another unit": (
        "Capital[region,sector]=",
        "initial capital[region,sector])",
        "initial gdp[region,sector])",
        "initial gdp[region,sector]",
    ),
    "people and money added": (
        "outer population[region]=",
        "resident population[region]",
        "(resident population[region] + regional gdp[region])",
        "regional gdp[region]",
    ),
    "an exponential of a rate": (
        "outside pool effect=",
        "EXP(-decline of the outside pool*(Time - census year 2010))",
        "EXP(-decline of the outside pool)",
        "-decline of the outside pool",
    ),
    "a logarithm of a rate": (
        "past mortality decline[age]=",
        "LN(mortality 2010[age]/mortality 2020[age])",
        "LN(mortality 2010[age])",
        "mortality 2010[age]",
    ),
    "a base with a unit": (
        "market access effect[region]=",
        "(initial access time[region]/access time[region])",
        "(access time[region])",
        "(access time[region])",
    ),
    "an exponent with a unit": (
        "market access effect[region]=",
        "^market access elasticity",
        "^road speed",
        "road speed",
    ),
    "the least of two units": (
        "renewable supply=",
        "MIN(power demand,",
        "MIN(Import capacity,",
        "Import capacity",
    ),
    "branches of two units": (
        "initial capital[region,sector]=",
        "capital output ratio 2020)",
        "depreciation rate)",
        "depreciation rate",
    ),
    "years compared with a share": (
        "frontier productivity growth[sector]=",
        "Time < census year 2020",
        "Time < recovery after 2020",
        "recovery after 2020",
    ),
    "a lookup read at people": (
        "period fertility=",
        "observed fertility(MIN(Time,last year of observed fertility))",
        "observed fertility(metro population)",
        "metro population",
    ),
    "a lookup of another unit": (
        "observed fertility=",
        "child/person",
        "km",
        "",
    ),
    "money without its factor of 10^8": (
        "income per person[region]=",
        "*CNY per CNY100M",
        "",
        "income share of output*"
        "ZIDZ(regional gdp[region], resident population[region])",
    ),
    "tonnes for megatonnes": (
        "fuel emissions[region]=",
        "*Mt per tce10k factor",
        "",
        "SUM(fuel use[region,use!,fuel!]*fuel emission factor[fuel!])",
    ),
    "hours added to minutes": (
        "initial road time[region]=",
        "*minutes per hour",
        "",
        "road distance[region]/road speed",
    ),
    "a pulse as long as a share": (
        "demand effect=",
        "PULSE(demand shock start, demand shock duration)",
        "PULSE(demand shock start, demand shock size)",
        "demand shock size",
    ),
    "a step as high as a speed": (
        "rail starts[region]=",
        "STEP(1,",
        "STEP(rail speed,",
        "Rail planned[region]*rail programme pace[region]*STEP(rail speed, "
        "first year of rail programme)",
    ),
    "the sum of something else": (
        "metro gdp=",
        "SUM(sector gdp[region!,sector!])",
        "SUM(labour[region!,sector!])",
        "SUM(labour[region!,sector!])",
    ),
    "a quotient upside down": (
        "labour productivity[region,sector]=",
        "ZIDZ(sector gdp[region,sector], labour[region,sector])",
        "ZIDZ(labour[region,sector], sector gdp[region,sector])",
        "ZIDZ(labour[region,sector], sector gdp[region,sector])",
    ),
    "a stand-in of another unit": (
        "urban rural income ratio[region]=",
        "farm labour productivity[region], 1)",
        "farm labour productivity[region], nonfarm labour[region])",
        "nonfarm labour[region]",
    ),
    "a flow declared as a stock": (
        "births[region]=",
        "person/year",
        "person",
        "SUM(births by settlement[region,settlement!])",
    ),
    "a unit that is misspelt": (
        "deaths[region]=",
        "person/year",
        "persn/year",
        "",
    ),
    "a unit that is missing": (
        "deaths[region]=",
        "~ person/year",
        "~ ",
        "",
    ),
    "a bare number among minutes": (
        "access time[region]=",
        "MAX(0,",
        "MAX(5,",
        "5",
    ),
    "an adjustment without its time": (
        "Fuel mix[use,fuel]=",
        "/fuel switching time",
        "",
        "(wanted mix[use,fuel] - Fuel mix[use,fuel])",
    ),
    "a smooth over a share": (
        "Perceived shortage=",
        "INTEG((shortage - Perceived shortage)/shortage response time, 0)",
        "SMOOTH(shortage, loss of output by shortage)",
        "loss of output by shortage",
    ),
    "the shortest of kilometres and minutes": (
        "road distance[region]=",
        "VMIN(distance[region,central!])",
        "VMIN(access time[central!])",
        "outer district[region]* VMIN(access time[central!])",
    ),
    "a root of people": (
        "metro population=",
        "SUM(resident population[region!])",
        "SQRT(SUM(resident population[region!]))",
        "SQRT(SUM(resident population[region!]))",
    ),
    "a supply of another unit shared out": (
        "thermal supply=",
        "MIN(thermal demand, Thermal capability)",
        "ALLOCATE BY PRIORITY(thermal demand, 1, 1, 1, metro gdp)",
        "metro gdp",
    ),
    "a priority and its width of two units": (
        "thermal supply=",
        "MIN(thermal demand, Thermal capability)",
        "ALLOCATE BY PRIORITY(thermal demand, metro gdp, 1, vehicle life, "
        "Thermal capability)",
        "vehicle life",
    ),
    "requests and supply of two units": (
        "thermal supply=",
        "MIN(thermal demand, Thermal capability)",
        "ALLOCATE AVAILABLE(thermal demand, 1, Import capacity)",
        "Import capacity",
    ),
    "a ramp as steep as a level": (
        "demand effect=",
        "(1 + demand shock size*PULSE(demand shock start, demand shock duration)",
        "EXP(RAMP(recovery time, demand shock start, demand shock duration)",
        "recovery time",
    ),
    "an inverse declared as what it inverts": (
        "Mt per tce10k factor=",
        "0.01",
        "INVERT MATRIX(SUM(resident population[region!]), 1)",
        "INVERT MATRIX(SUM(resident population[region!]), 1)",
    ),
    "multiplied where it divides": (
        "import openings=",
        "/import construction time",
        "*import construction time",
        "Imports under construction*import construction time",
    ),
    "kilowatt-hours for 10^8 of them": (
        "full load hours of imports=",
        "GWh100/(kW10k*year)",
        "kWh/(kW10k*year)",
        "",
    ),
}


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_error_of_unit_is_found_where_it_is(
    kind: str, planted: Check
) -> None:
    variable, old, new, part = PLANTED[kind]
    findings = planted(variable, old, new)
    assert findings
    if part:
        name = variable.rstrip("=").split("[")[0]
        assert [(f.name, f.part) for f in findings] == [(name, part)]


def test_the_shipped_model_has_no_false_alarm(planted: Check) -> None:
    assert planted("births[region]=", "person/year", "person/year") == ()


def test_a_finding_names_line_part_both_units_and_the_cure(planted: Check) -> None:
    variable, old, new, _ = PLANTED["hours added to minutes"]
    (finding,) = planted(variable, old, new)
    text = str(finding)
    assert "planted.mdl:" in text
    assert "'road distance[region]/road speed' is in hour" in text
    assert "in minute" in text
    assert "The sizes differ by a factor" in text or "too much" in text


def test_a_unit_of_another_size_is_told_by_its_factor(planted: Check) -> None:
    (finding,) = planted("recovery time=", "\t~\tyear", "\t~\tmonth")
    assert finding.remedy == (
        "The sizes differ by a factor of 12: convert one of them."
    )


def test_the_first_of_two_faults_does_not_hide_the_second(planted: Check) -> None:
    findings = planted(
        "outer population[region]=",
        "outer district[region]*resident population[region]",
        "outer district[region]*(resident population[region] + regional gdp[region] + "
        "EXP(resident population[region]))",
    )
    assert {f.part for f in findings} == {
        "regional gdp[region]",
        "resident population[region]",
    }
