"""Rules that a model must obey, and what is said where it does not."""

from pathlib import Path

import pytest
from tests.credibility.conftest import failing, rewrite

from cqsim.case.case import Case
from cqsim.credibility.rulebook import read_rulebook
from cqsim.credibility.rules import runs_to_check
from cqsim.documentation.credibility import Checked
from cqsim.engine.simulation import run_many, system_of
from cqsim.errors import FaultsError, StatedError
from cqsim.model.model import Model


def test_a_model_that_obeys_its_rules_has_no_finding_that_fails(towns: Path) -> None:
    assert failing(towns) == []


def test_a_failing_rule_names_the_run_the_region_and_the_year(towns: Path) -> None:
    rewrite(
        towns / "checks.toml",
        '"Population[region,rural]"',
        '"Population[region,rural]*1.1"',
    )
    (finding,) = failing(towns)
    assert finding.check == "no_births_decline"
    assert finding.detail.startswith("no child is born: in ")
    assert " in 2020 the left side is " in finding.detail


def test_an_account_finds_a_leak_far_below_what_a_curve_shows(towns: Path) -> None:
    rewrite(towns / "towns.mdl", "+arrivals[region]-", "+0.999999*arrivals[region]-")
    assert [f.check for f in failing(towns)] == ["people_account"]


def test_a_response_of_the_wrong_sign_names_where_and_when(towns: Path) -> None:
    rewrite(towns / "checks.toml", 'moves = "falls"', 'moves = "rises"')
    (finding,) = failing(towns)
    assert finding.check == "death_people"
    assert finding.detail.startswith("baseline: in ")
    assert "it goes from" in finding.detail


def test_a_constant_that_changes_nothing_fails_its_response(towns: Path) -> None:
    rules = towns / "checks.toml"
    rewrite(rules, '"death rate"', '"service access"\nlow = 0\nhigh = 1')
    rewrite(rules, '"resident population[region]"', '"Population[region,rural]"')
    (finding,) = failing(towns)
    assert finding.detail == "service access changes nothing"


def test_a_value_that_is_no_number_names_the_run_and_the_variable(towns: Path) -> None:
    old = "resident population[region]=\n\tSUM(Population[region,settlement!])"
    rewrite(towns / "towns.mdl", old, old + "/(1 - STEP(1, 2025))")
    found = {f.check: f.detail for f in failing(towns)}
    assert found["finite"] == (
        "baseline: resident population[yuzhong] is no number in 2025"
    )


def test_a_step_that_makes_the_answer_fails(towns: Path) -> None:
    crowding = "4*MAX(0, 1 - Population[region,rural]/2e6)*Population[region,rural] + "
    old = "INTEG(\n\tbirths[region,rural]"
    rewrite(towns / "towns.mdl", old, f"INTEG(\n\t{crowding}births[region,rural]")
    assert "half_step_outcomes" in {f.check for f in failing(towns)}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "SUM(births[",
            "SUM(birth[",
            "the model has no variable 'birth'. Did you mean 'births'",
        ),
        ("[region,rural]", "[region,rurl]", "the model has no range or element 'rurl'"),
        (
            'only = ["no_births"]',
            'only = ["no_birth"]',
            "there is no condition 'no_birth'",
        ),
        ('"death rate"', '"deaht rate"', "the model has no constant 'deaht rate'"),
        ('"death rate"', '"births"', "'births' is computed by an equation"),
        ('is = "="', 'is = "=="', "is"),
        ("- death rate*", "- death rate**", "stands where a name or number belongs"),
        ("seed = 1", "seed = -1", "seed"),
        (
            'over = ["region"]',
            'over = ["regoin"]',
            "the model has no range or element 'regoin'",
        ),
        (
            'id = "no_births_decline"',
            'id = "people_account"',
            "there is a rule 'people_account' already",
        ),
        (
            'cells = { "birth rate"',
            'cells = { "Population"',
            "'Population' is a stock",
        ),
        (
            'outcomes = ["SUM(resident',
            'outcomes = ["SUM(residnt',
            "the model has no variable 'residnt population'",
        ),
    ],
)
def test_a_mistake_in_the_rulebook_is_told_with_its_line(
    old: str, new: str, said: str, towns: Path
) -> None:
    rewrite(towns / "checks.toml", old, new)
    with pytest.raises(FaultsError, match=r"checks\.toml:\d+") as raised:
        failing(towns)
    assert said in str(raised.value)


def test_an_extreme_that_sets_no_element_is_refused(towns: Path) -> None:
    rewrite(towns / "checks.toml", '"*" = 0', '"nowhere" = 0')
    with pytest.raises(StatedError, match="'nowhere' names no element of 'birth rate'"):
        failing(towns)


def test_a_lever_at_its_end_is_there_only_where_it_reaches(model: Model) -> None:
    case = Case.of(model)
    system, levers = system_of(model), case.levers
    rules = read_rulebook(case.file("checks.toml"), model)
    runs = runs_to_check(case, system, levers, rules)
    constant = levers["rail"].constant
    for name in ("rail at its ceiling", "every lever at its ceiling"):
        (settings,) = (run.settings for run in runs if run.name == name)
        found = run_many(system, [settings], [constant]).values
        at_ceiling = found[constant][0, -1] == levers["rail"].ceiling
        chosen = [r for r, at in zip(case.regions, at_ceiling, strict=True) if at]
        assert chosen == list(case.scopes["outer"])


@pytest.mark.xdist_group("check")
def test_the_shipped_model_obeys_every_rule(checked: Checked) -> None:
    groups = ("extremes", "reality", "responses", "numerics")
    looked = [f for f in checked.findings if f.group in groups]
    assert [f"{f.check}: {f.detail}" for f in looked if not f.holds] == []
    count = {group: sum(f.group == group for f in looked) for group in groups}
    assert count["extremes"] >= 10
    assert count["reality"] >= 40
    assert count["responses"] >= 20
    assert count["numerics"] == 6
