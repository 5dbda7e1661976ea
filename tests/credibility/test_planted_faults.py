"""Faults of structure, each planted in the shipped model and caught."""

from pathlib import Path
from shutil import copytree

import pytest
from tests.planting import planted_in

from cqsim.case.case import Case
from cqsim.compile.lower import read_system
from cqsim.credibility.rulebook import CheckResult, read_rulebook
from cqsim.credibility.rules import (
    BASELINE,
    check_constraints,
    check_responses,
    equations_of,
    runs_to_check,
)
from cqsim.documentation.credibility import evidence_findings, unit_findings
from cqsim.model.resolve import read_model

MODEL = Path(__file__).parents[2] / "model"

PLANTED = {
    "a sign: the dead are added": (
        "Population[region,settlement,cohort]=",
        "- deaths by cohort",
        "+ deaths by cohort",
        "people_account",
    ),
    "a missing flow: nobody from outside arrives": (
        "Population[region,settlement,cohort]=",
        "+ arrivals from outside[region,settlement,cohort]",
        "",
        "people_account",
    ),
    "double counting: farming counted twice": (
        "regional gdp[region]=",
        "SUM(sector gdp[region,sector!])",
        "SUM(sector gdp[region,sector!]) + sector gdp[region,primary]",
        "output_is_its_sectors",
    ),
    "double counting: electricity's CO2 and the plants' too": (
        "territorial emissions=",
        "SUM(direct emissions[region!])",
        "SUM(regional emissions[region!])",
        "carbon_counted_once",
    ),
    "a wrong lag: fuels follow as slowly as vehicles": (
        "Fuel mix[use,fuel]=",
        "/fuel switching time",
        "/vehicle life",
        "slow_switching_coal",
    ),
    "a wrong lag: the newborn enter the cohort that is born already": (
        "being born[cohort]=",
        "age of the eldest[cohort] >= 0",
        "age of the eldest[cohort] >= width of age group",
        "newborn_enter_one_cohort",
    ),
    "a wrong age: the newborn enter a cohort before its birth": (
        "being born[cohort]=",
        "IF THEN ELSE(age of the eldest[cohort] >= 0, "
        "IF THEN ELSE(age of the eldest[cohort] < width of age group, 1, 0), 0)",
        "IF THEN ELSE(age of the eldest[cohort] >= -width of age group, "
        "IF THEN ELSE(age of the eldest[cohort] < 0, 1, 0), 0)",
        "nobody_lives_before_birth",
    ),
    "a wrong unit: money without its factor": (
        "income per person[region]=",
        "*CNY per CNY100M",
        "",
        "equations",
    ),
    "a leak: one mover in a thousand is lost": (
        "arrivals by stage[destination,stage]=",
        "SUM(movers of stage[region!,stage]",
        "SUM(0.999*movers of stage[region!,stage]",
        "moves_inside_the_area_cancel",
    ),
    "a leak: capital that wears out half": (
        "depreciation[region,sector]=",
        "*depreciation rate",
        "*depreciation rate*0.5",
        "capital_account",
    ),
    "returns to scale that rise": (
        "sector gdp[region,sector]=",
        "^(1 - capital elasticity[sector])",
        "^(1 + capital elasticity[sector])",
        "production_function",
    ),
    "a lever that moves nothing": (
        "rail starts[region]=",
        "*rail programme pace[region]",
        "*rail programme pace today",
        "rail_access",
    ),
    "a response of the wrong sign": (
        "price effect[use]=",
        "^(-price elasticity of energy)",
        "^price elasticity of energy",
        "price_energy",
    ),
    "a supply beyond demand": (
        "renewable supply=",
        "MIN(power demand,",
        "MAX(power demand,",
        "thermal_not_negative",
    ),
    "a share beyond one": (
        "good air day share[region]=",
        "MAX(0, MIN(1,",
        "MAX(0, MIN(2, 0.5 +",
        "good_days_are_a_share",
    ),
    "women of no age": (
        "births by settlement[region,settlement]=",
        "/width of age group",
        "/(2*width of age group)",
        "births_from_women",
    ),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(copytree(MODEL, tmp_path_factory.mktemp("planted") / "model"))


def plant(folder: Path, variable: str, old: str, new: str) -> Path:
    text = (MODEL / "metro.mdl").read_text(encoding="utf-8")
    path = folder / "metro.mdl"
    path.write_text(planted_in(text, variable, old, new), encoding="utf-8")
    return path


def failing(path: Path) -> dict[str, CheckResult]:
    """The checks that fail, of the baseline and the extremes, up to 2035."""
    model = read_model(path)
    rules = read_rulebook(path.parent / "checks.toml", model)
    rules = rules.model_copy(update={"end": 2035})
    system = read_system(path, equations_of(rules))
    everything = runs_to_check(Case.of(model), system, {}, rules)
    chosen = ("exodus", "no_births")
    runs = [r for r in everything if r.name == BASELINE or r.condition in chosen]
    findings = [
        *unit_findings(path),
        *evidence_findings(path),
        *check_constraints(system, rules, runs),
        *check_responses(system, model, rules, runs),
    ]
    return {f.check: f for f in findings if not f.holds}


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_fault_is_caught(kind: str, folder: Path) -> None:
    variable, old, new, check = PLANTED[kind]
    assert check in failing(plant(folder, variable, old, new))


def test_the_model_as_shipped_is_caught_at_nothing(folder: Path) -> None:
    path = plant(folder, "births[region]=", "person/year", "person/year")
    assert failing(path) == {}
