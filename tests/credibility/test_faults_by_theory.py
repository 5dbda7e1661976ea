"""Faults that leave every account in balance, caught by what theory says of a part.

Several are planted in one copy of the model, in parts that have little to do with one
another; each must be caught by the rule that is about it.
"""

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
from cqsim.errors import FaultsError
from cqsim.model.resolve import read_model

MODEL = Path(__file__).parents[2] / "model"

Planted = tuple[str, str, str, str]
"""A variable, a passage of its equation, what it becomes, and the rule that sees it."""

PLANTED: dict[str, tuple[Planted, ...]] = {
    "people": (
        (
            "mortality[age]=",
            "past mortality decline[age]*MIN(",
            "past mortality decline[age]*MAX(",
            "mortality_falls_at_its_rates",
        ),
        (
            "elderly share of cohort[cohort]=",
            "elderly!",
            "working!",
            "three_ages_are_all",
        ),
        (
            "outside pool effect=",
            "EXP(-decline",
            "EXP(decline",
            "outside_pool_shrinks",
        ),
        (
            "rate of leaving the area[region,cohort]=",
            "departure rate to outside",
            "base moving rate",
            "departures_by_their_own_rate",
        ),
        (
            "moves by reclassification[region]=",
            "town moves[region,cohort!]*share",
            "2*town moves[region,cohort!]*share",
            "reclassified_become_urban",
        ),
        (
            "saturation effect[region]=",
            "1 - urban share[region]/urban saturation",
            "1 + urban share[region]/urban saturation",
            "urbanisation_saturates",
        ),
    ),
    "moves": (
        (
            "border effect[region,destination]=",
            "- 2*sichuan unit[region]",
            "+ 2*sichuan unit[region]",
            "border_is_between_provinces",
        ),
        (
            "effective distance[region,destination]=",
            "^0.5",
            "^(-0.5)",
            "better_access_is_nearer",
        ),
        (
            "appeal[region,stage]=",
            "initial access time[region]/access time[region]",
            "access time[region]/initial access time[region]",
            "appeal_by_its_causes",
        ),
        (
            "openness to movers[region,stage]=",
            "*barrier effect[destination!])/",
            "*2*barrier effect[destination!])/",
            "openness_is_a_mean",
        ),
        (
            "barrier effect[region]=",
            "(1 - hukou and service access today))",
            "(1 - 0.5*hukou and service access today))",
            "barriers_begin_at_one",
        ),
        (
            "Usual relative income[region]=",
            "/years to get used to a place",
            "/(2*years to get used to a place)",
            "usual_follows_income",
        ),
        (
            "arrivals from outside by stage[region,stage]=",
            "SUM(outside weight[region!,stage]*barrier effect[region!])",
            "SUM(outside weight[region!,stage])*1.01",
            "arrivals_are_shared_out",
        ),
        (
            "pull of size and distance[region,destination]=",
            "^(-distance decay)",
            "^distance decay",
            "near_places_weigh_more",
        ),
    ),
    "output": (
        (
            "marginal product of labour[region,sector]=",
            "(1 - capital elasticity[sector])",
            "capital elasticity[sector]",
            "factors_are_paid_the_output",
        ),
        (
            "Productivity[region,sector]=",
            "Productivity[region,sector]*productivity growth[region,sector], 1",
            "productivity growth[region,sector], 1",
            "productivity_account",
        ),
        (
            "access spillover[region]=",
            "outer district[region]",
            "central district[region]",
            "spillover_fades",
        ),
        (
            "central knowledge growth=",
            "SUM(knowledge growth[central!]",
            "SUM(knowledge growth[outer!]",
            "central_knowledge_balance",
        ),
        (
            "total investment=",
            "- investment share today)*metro",
            ")*metro",
            "investment_is_its_share",
        ),
        (
            "relocation weight[region]=",
            "outer district[region]*SUM",
            "SUM",
            "relocation_arrives_outside",
        ),
        (
            "research expenditure[region]=",
            "research intensity*relative",
            "research intensity*0.5*relative",
            "research_is_its_share",
        ),
        (
            "recovery effect=",
            "*recovery after 2020*(1 -",
            "*recovery after 2020*(-1 +",
            "recovery_regains_the_loss",
        ),
        (
            "metro income per person=",
            "metro gdp/metro population",
            "SUM(regional gdp[central!])/metro population",
            "mean_income_is_the_mean",
        ),
        (
            "sector gdp[region,sector]=",
            "demand effect*",
            "recovery effect*",
            "demand_output",
        ),
        (
            "urban rural income ratio[region]=",
            "^income gap exponent",
            "^(-income gap exponent)",
            "towns_earn_no_less",
        ),
    ),
    "ways": (
        (
            "share within one hour[region]=",
            "(access time[region] - one hour)",
            "(one hour - access time[region])",
            "half_arrive_in_the_mean_time",
        ),
        (
            "road distance[region]=",
            "VMIN(distance[region,central!])",
            "VMAX(distance[region,central!])",
            "nearest_district_of_the_centre",
        ),
    ),
    "energy": (
        (
            "activity[region,use]=",
            "activity of tertiary[use]*gdp relative to start[region,tertiary]",
            "activity of tertiary[use]*gdp relative to start[region,secondary]",
            "uses_follow_their_sectors",
        ),
        (
            "wanted gas[use]=",
            "(fuel share 2020[use,coal] - wanted coal[use])",
            "(fuel share 2020[use,oil] - wanted oil[use])",
            "fuels_replace_one_another",
        ),
        (
            "household activity[region]=",
            "urban energy premium*urban population[region],",
            "urban energy premium*rural population[region],",
            "activity_at_start",
        ),
        (
            "non fossil primary energy[region]=",
            "*renewable electricity share",
            "*(1 - renewable electricity share)",
            "non_fossil_is_renewable_power",
        ),
        (
            "wind and solar at start=",
            "> 0.5",
            "< 0.5",
            "plants_of_the_start",
        ),
        (
            "renewable supply=",
            "local hydro and waste*hydro",
            "2*local hydro and waste*hydro",
            "renewable_share_at_start",
        ),
        (
            "Thermal capability=",
            "(1 + thermal reserve margin) - Thermal",
            "(1 - thermal reserve margin) - Thermal",
            "thermal_capability_account",
        ),
        (
            "Expected thermal demand=",
            "(thermal demand - Expected",
            "(thermal supply - Expected",
            "expected_demand_account",
        ),
        (
            "import starts=",
            "- Imports under construction",
            "",
            "lines_stop_at_the_target",
        ),
    ),
    "carbon, air and stores": (
        (
            "thermal emission factor=",
            "EXP(-decline",
            "EXP(decline",
            "cleaner_plants",
        ),
        (
            "power plant emissions=",
            "+ heat plant emissions",
            "+ 2*heat plant emissions",
            "power_emissions_at_start",
        ),
        (
            "guangan power emissions=",
            "SUM(electricity use[region!]*sichuan unit[region!])",
            "SUM(electricity use[region!]*(1 - sichuan unit[region!]))",
            "guangan_emissions_at_start",
        ),
        (
            "regional grid factor[region]=",
            "grid emission factor*(1 - sichuan unit[region])",
            "grid emission factor",
            "guangan_is_on_its_own_grid",
        ),
        (
            "regional emissions[region]=",
            "+ electricity emissions[region]",
            "- electricity emissions[region]",
            "regional_emissions_are_both_scopes",
        ),
        (
            "process emissions[region]=",
            "EXP(-decline",
            "EXP(decline",
            "cement_intensity",
        ),
        (
            "fine particles[region]=",
            "(1 - background share - local share of particles)",
            "(1 - local share of particles)",
            "particles_at_start",
        ),
        (
            "good air day share[region]=",
            "- growth of ozone days",
            "+ growth of ozone days",
            "ozone_good_days",
        ),
        (
            "clean air demand=",
            "SUM(initial fine particles[region!]*resident population[region!])",
            "SUM(initial fine particles[region!]*initial resident population[region!])",
            "dirtiest_air_bounds_demand",
        ),
        (
            "metro precursor index=",
            "(1 - Precursor control[region!])",
            "(1 + Precursor control[region!])",
            "precursors_add_up",
        ),
        (
            "progress of policy[lever]=",
            "MIN(1,",
            "MIN(2,",
            "policy_progress",
        ),
        (
            "coal phase down=",
            "policy*progress",
            "policy*0.5*progress",
            "lever_coal",
        ),
    ),
    "starts": (
        (
            "initial population[region,settlement,age]=",
            "> 0.5",
            "< 0.5",
            "census_of_the_start",
        ),
        (
            "initial gdp[region,sector]=",
            "> 0.5",
            "< 0.5",
            "output_of_the_start",
        ),
        (
            "initial energy[region,use]=",
            "> 0.5",
            "< 0.5",
            "energy_of_the_start",
        ),
        (
            "Perceived gdp[region]=",
            "(1 + expected growth at start",
            "(1 + 2*expected growth at start",
            "growth_expected_at_start",
        ),
    ),
}


def failing(path: Path) -> dict[str, CheckResult]:
    """The rules and responses that fail, in runs up to 2040."""
    model = read_model(path)
    rules = read_rulebook(path.parent / "checks.toml", model)
    rules = rules.model_copy(update={"end": 2040, "samples": 2})
    system = read_system(path, equations_of(rules))
    chosen = ("as_shipped", "no_water")
    runs = [
        run
        for run in runs_to_check(Case.of(model), system, {}, rules)
        if run.name.startswith(BASELINE) or run.condition in chosen
    ]
    findings = [
        *check_constraints(system, rules, runs),
        *check_responses(system, model, rules, runs),
    ]
    return {f.check: f for f in findings if not f.holds}


@pytest.mark.parametrize("sector", PLANTED)
def test_each_of_several_faults_is_caught_by_the_rule_about_it(
    sector: str, tmp_path: Path
) -> None:
    path = Path(copytree(MODEL, tmp_path / "model")) / "metro.mdl"
    text = path.read_text(encoding="utf-8")
    for variable, old, new, _ in PLANTED[sector]:
        text = planted_in(text, variable, old, new)
    path.write_text(text, encoding="utf-8")
    assert {check for *_, check in PLANTED[sector]} <= set(failing(path))


@pytest.mark.parametrize(("cell", "other"), [("'B2*'", "'C2*'"), ("'C2*'", "'B2*'")])
def test_a_column_taken_for_another_is_refused_on_reading(
    cell: str, other: str, tmp_path: Path
) -> None:
    path = Path(copytree(MODEL, tmp_path / "model")) / "metro.mdl"
    name = "mortality 2010[age]=" if cell == "'B2*'" else "mortality 2020[age]="
    text = path.read_text(encoding="utf-8")
    path.write_text(planted_in(text, name, cell, other), encoding="utf-8")
    with pytest.raises(FaultsError, match="is where the model reads 'mortality 20"):
        read_system(path)
