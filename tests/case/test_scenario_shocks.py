"""Shocks, own targets, units and places of scenarios of the shipped model."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cqsim.case.scenario import read_scenario
from cqsim.case.schema import EDGE, steps
from cqsim.engine.simulation import Engine, run
from cqsim.errors import FaultsError
from cqsim.judge.effects import settings_without_effect

HEAD = 'id = "mine"\ntitle = { zh = "我的", en = "Mine" }\n'
Mine = Callable[[str], str]


@pytest.fixture
def mine(tmp_path: Path) -> Mine:
    """Return what writes a scenario of the shipped model and returns its path."""

    def _write(body: str) -> str:
        path = tmp_path / "mine.toml"
        path.write_text(HEAD + body, encoding="utf-8")
        return str(path)

    return _write


# What a file says after its first two lines, and what must be said of it.
FAULTS = {
    "an unknown shock": (
        "[shocks.drougth]\npulse = { size = 0.1, start = 2025, duration = 1 }\n",
        r"mine.toml:3:9: there is no shock 'drougth'. Did you mean 'drought'",
    ),
    "a shock beyond its range": (
        "[shocks.drought]\nseries = { 2025 = 0.9 }\n",
        r":4:19: .*0.9 is outside \[0, 0.8\] 1, the range of the shock drought. Choose "
        r"a value within. .*\(source: GRID_EF, analyst\)",
    ),
    "a pulse that lacks its size": (
        "[shocks.drought.pulse]\nstart = 2025\nduration = 1\n",
        r":3:17: 'shocks.drought.pulse.size' is missing",
    ),
    "a shock in a year without runs": (
        "[shocks.weather]\nseries = { 2077 = 0.1 }\n",
        r":4:12: shocks.weather.series: 2077 is outside \[2010, 2060\]",
    ),
    "a series by something else than years": (
        "[shocks.weather]\nseries = { winter = 0.1 }\n",
        r":4:12: shocks.weather.series: 'winter' is not a year. Write years",
    ),
    "a shock that disturbs nothing": (
        "[shocks.weather]\nunit = '1'\n",
        r":3:9: shocks.weather disturbs nothing",
    ),
    "a pulse and its constant": (
        "[constants]\n'drought start' = 2025\n[shocks.drought]\n"
        "pulse = { size = 0.1, start = 2026, duration = 1 }\n",
        r":4:1: 'drought start' is set here and by shocks.drought.pulse",
    ),
    "a lever in a wrong unit": (
        "[levers.imports]\nvalue = 900\nunit = 'kW'\n",
        r":5:8: levers.imports.unit is 'kW', and the values are in 'kW10k'. Convert",
    ),
    "a lever beyond its ceiling": (
        "[levers.research]\nvalue = 0.05\n",
        r":4:9: .*0.05 is outside \[0.005, 0.0325\] 1, floor and ceiling of the lever "
        r"research. Choose a value within. 3.25 % .*source: rd_cq_2020",
    ),
    "a lever too early in one ring": (
        "[levers.rail.start]\nfulcrum = 2021\n",
        r":4:11: levers.rail.start.fulcrum = 2021 is outside \[2023, 2060\] year",
    ),
    "a lever outside its ring": (
        "[levers.relocation.value]\nfuling = 0.01\n",
        r":4:1: .*no place 'fuling'",
    ),
    "a lever of the whole area in one region": (
        "[levers.investment.value]\nfuling = 0.4\n",
        r":4:1: 'investment share policy' has one value, and none for 'fuling'",
    ),
    "a target on nothing": (
        "[targets.rich]\nindicator = 'gpd'\nyear = 2035\nat_least = 1\n",
        r":4:13: there is no indicator 'gpd'. Did you mean 'gdp'",
    ),
    "a target in a wrong unit": (
        "[targets.rich]\nindicator = 'gdp'\nyear = 2035\nat_least = 1\nunit = 'CNY'\n",
        r":7:8: targets.rich.unit is 'CNY', and the values are in '10\^8 CNY/year'",
    ),
    "a target nowhere": (
        "[targets.rich]\nindicator = 'gdp'\nyear = 2035\nat_least = 1\n"
        "scope = 'cq22'\n",
        r":7:9: there is no scope 'cq22'. Did you mean 'cq21'",
    ),
    "a target at both ends": (
        "[targets.rich]\nindicator = 'gdp'\nyear = 2035\nat_least = 1\nat_most = 2\n",
        r":3:10: \[targets.rich\] should have either at_least or at_most",
    ),
    "a target in a year that is not judged": (
        "[targets.rich]\nindicator = 'gdp'\nyear = 2077\nat_least = 1\n",
        r":5:8: targets.rich.year = 2077 is outside \[2020, 2060\]",
    ),
    "a target that the register has": (
        "[targets.urban_share_2025]\nindicator = 'gdp'\nyear = 2035\nat_least = 1\n",
        r":3:10: the register has a target 'urban_share_2025' already",
    ),
}


@pytest.mark.parametrize(("body", "said"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_named_with_its_place_and_remedy(
    mine: Mine, body: str, said: str
) -> None:
    with pytest.raises(FaultsError, match=said):
        read_scenario(mine(body))


def test_all_faults_of_all_tables_are_said_at_once(mine: Mine) -> None:
    path = mine(
        "colour = 1\n[time]\nend = 2099\n[levers.hukuo]\nvalue = 1\n"
        "[constants]\nfertility = 1\n[shocks.weather]\nseries = { 2022 = 3 }\n"
        "[targets.t]\nindicator = 'x'\nyear = 2035\nat_least = 'much'\n"
    )
    with pytest.raises(FaultsError) as caught:
        read_scenario(path)
    places = [
        line.removeprefix(path + ":").split(" ")[0] for line in caught.value.args[0]
    ]
    assert places == ["3:1:", "5:7:", "6:9:", "9:1:", "11:19:", "13:13:", "15:12:"]


def test_a_series_holds_within_its_years_and_nowhere_else() -> None:
    points = dict(steps([(2022, 2023, 0.25), (2023, 2024, 0.5), (2028, 2029, 0.1)]))
    assert points == {
        2022 - EDGE: 0.0,
        2022: 0.25,
        2023 - EDGE: 0.25,
        2023: 0.5,
        2024 - EDGE: 0.5,
        2024: 0.0,
        2028 - EDGE: 0.0,
        2028: 0.1,
        2029 - EDGE: 0.1,
        2029: 0.0,
    }


def test_a_pulse_sets_the_constants_of_its_driver(mine: Mine) -> None:
    body = "[shocks.demand]\npulse = { size = -0.1, start = 2027, duration = 2 }\n"
    assert read_scenario(mine(body)).settings == {
        "demand shock size": -0.1,
        "demand shock start": 2027.0,
        "demand shock duration": 2.0,
    }


def test_a_pulse_of_a_driver_without_constants_is_added_to_its_series(
    mine: Mine,
) -> None:
    body = (
        "[shocks.weather]\nseries = { 2025 = 0.05 }\n"
        "pulse = { size = 0.1, start = 2025.5, duration = 1 }\n"
    )
    set_to = read_scenario(mine(body)).settings["weather anomaly by year"]
    assert isinstance(set_to, tuple)
    points = dict(set_to)
    assert points[2025] == 0.05
    assert points[2025.5] == pytest.approx(0.15)
    assert points[2026] == pytest.approx(0.1)
    assert points[2026.5] == 0.0


def test_a_series_moves_the_run_in_its_years_alone_on_both_engines(
    mine: Mine,
) -> None:
    scenario = read_scenario(mine("[shocks.weather]\nseries = { 2022 = 0.1 }\n"))
    usual = run(scenario.model, {}, until=2024)["fine particles"]
    engines: tuple[Engine, ...] = ("compiled", "pysd")
    for engine in engines:
        shaken = run(scenario.model, scenario.settings, until=2024, engine=engine)
        # What follows is the clean-air demand of the bad year, felt for a while.
        ratio = (shaken["fine particles"] / usual).sel(region="fuling").values
        assert ratio == pytest.approx([1, 1, 1.1, 1, 1], rel=3e-3)


def test_a_region_beats_its_ring_and_it_is_said(mine: Mine) -> None:
    scenario = read_scenario(
        mine("[levers.rail.value]\nouter = 0.2\nfuling = 0.5\nfulcrum = 0.3\n")
    )
    rail = scenario.settings["rail programme pace policy"]
    assert isinstance(rail, dict)
    assert (rail["fuling"], rail["hechuan"], rail["bishan"]) == (0.5, 0.3, 0.2)
    assert scenario.notes == (
        "levers.rail.value: 'fuling' lies in 'outer' and both are set; "
        "in fuling its own 0.5 holds",
        "levers.rail.value: 'fulcrum' lies in 'outer' and both are set; "
        "in fulcrum its own 0.3 holds",
        "levers.rail.value: 'fuling' lies in 'fulcrum' and both are set; "
        "in fuling its own 0.5 holds",
    )


def test_a_lever_starts_and_ramps_by_ring(mine: Mine) -> None:
    scenario = read_scenario(
        mine("[levers.hukou]\nvalue = 0.8\nstart = { outer = 2025 }\nramp = 3\n")
    )
    assert scenario.settings["ramp of local policy[hukou reform]"] == 3.0
    start = scenario.settings["start of local policy[hukou reform]"]
    assert isinstance(start, dict)
    assert start["fuling"] == 2025.0
    assert "yuzhong" not in start
    progress = run(
        scenario.model,
        scenario.settings,
        until=2027,
        outputs=["progress of local policy"],
    ).to_frame()
    in_2027 = progress.loc[2027.0]
    name = "progress of local policy[{}]"
    assert in_2027[name.format("hukou reform,fuling")] == pytest.approx(2 / 3)
    assert in_2027[name.format("hukou reform,yuzhong")] == 1.0
    assert in_2027[name.format("rail programme,fuling")] == 1.0


def test_a_lever_and_the_array_that_its_start_is_in_may_both_be_set(
    mine: Mine, tmp_path: Path
) -> None:
    body = "[levers]\nroad = { start = 2024 }\ncoal = { start = 2025 }\n"
    below = Path(mine(body)).rename(tmp_path / "below.toml")
    whole = '"start of policy" = { "road programme" = 2027 }\n'
    above = read_scenario(mine(f'extends = "{below.name}"\n[constants]\n{whole}'))
    expected = {"road programme": 2027.0, "coal exit": 2025.0}
    assert above.settings["start of policy"] == expected
    below.write_text(f"{HEAD}[constants]\n{whole}", encoding="utf-8")
    above = read_scenario(mine(f'extends = "{below.name}"\n{body}'))
    expected = {"road programme": 2024.0, "coal exit": 2025.0}
    assert above.settings["start of policy"] == expected


def test_the_command_line_sets_a_lever_s_start() -> None:
    delayed = read_scenario("delayed")
    over = delayed.with_overrides(["start of policy[road programme] = 2030"])
    assert delayed.settings["start of policy[road programme]"] == 2025
    assert over.settings["start of policy[road programme]"] == 2030
    over = delayed.with_overrides(["start of local policy[hukou reform,outer] = 2030"])
    start = over.settings["start of local policy[hukou reform]"]
    assert isinstance(start, dict)
    assert (start["fuling"], start["yuzhong"]) == (2030, 2026)


def test_an_own_target_is_an_analysts(mine: Mine) -> None:
    scenario = read_scenario(
        mine(
            "[targets.rich]\nindicator = 'gdp'\nscope = 'fuling'\nyear = 2035\n"
            "at_least = 2500\nunit = '10^8 CNY/year'\n"
        )
    )
    (target,) = scenario.targets
    assert (target.evidence, target.operator, target.value) == ("analyst", ">=", 2500)
    assert (target.scope, target.unit) == ("fuling", "10^8 CNY/year")


IDLE = {
    "a value that holds anyway": (
        "[levers.investment]\nvalue = 0.43\n",
        "levers.investment changes nothing: the run without it shows the same",
    ),
    "a start after the run": (
        "[time]\nend = 2030\n[levers.rail]\nvalue = 0.5\nstart = 2031\n",
        "levers.rail changes nothing: it starts in 2031, when the run ends",
    ),
    "a start without a change": (
        "[levers.family]\nstart = 2030\n",
        "levers.family changes nothing",
    ),
    "a ramp that holds anyway beside a value that does not": (
        "[levers.hukou]\nvalue = 0.9\nramp = 5\n",
        "levers.hukou.ramp changes nothing",
    ),
    "a shock after the run": (
        "[time]\nend = 2030\n[shocks.drought]\nseries = { 2031 = 0.5 }\n",
        "shocks.drought changes nothing",
    ),
    "a constant that holds anyway": (
        "[constants]\n'vehicle life' = 10\n",
        "constants.vehicle life changes nothing",
    ),
}


@pytest.mark.parametrize(("body", "said"), IDLE.values(), ids=IDLE)
def test_what_changes_nothing_is_named(mine: Mine, body: str, said: str) -> None:
    scenario = read_scenario(mine(body))
    notes = settings_without_effect(scenario)
    assert len(notes) == 1
    assert notes[0].startswith(said)


def test_what_changes_something_is_not_named(mine: Mine) -> None:
    scenario = read_scenario(mine("[levers.rail.value]\nfulcrum = 0.3\n"))
    assert settings_without_effect(scenario) == ()
