"""Changes that were tried against a shortfall, on a copy of the model."""

import re
from pathlib import Path

import pytest

from cqsim.case.case import Case
from cqsim.credibility.skill import details_of, replaced, skill_of
from cqsim.credibility.skill_plan import FILE, Trial, read_skill_plan
from cqsim.documentation.credibility import Checked, credibility_page
from cqsim.errors import UnknownNameError

MODEL = Path(__file__).parents[2] / "model"
CASE = Case.load(MODEL)
PLAN = read_skill_plan(MODEL / FILE)


def test_another_measure_of_income_is_what_the_regions_lose_by() -> None:
    """By what a district had gained since 2010, it misses the residents by more."""
    (kept, *_) = PLAN.shortfall[0].tried
    findings = skill_of(CASE).results()
    now = {finding.check: finding.detail for finding in findings}
    without = details_of(CASE, kept)
    found = re.compile(r"all together: RMSE ([\d.]+)")
    misses = [found.search(d["population_by_region"]) for d in (now, without)]
    kept_form, old_form = (float(m.group(1)) for m in misses if m)
    assert kept_form < 0.8 * old_form


def test_a_trial_leaves_the_model_as_it_is() -> None:
    before = (MODEL / "metro.mdl").read_bytes()
    tried = Trial(title="t", reason="r", equations={"base moving rate": "0"})
    details_of(CASE, tried)
    assert (MODEL / "metro.mdl").read_bytes() == before


def test_a_constant_that_is_tried_holds_in_the_hindcast_too() -> None:
    tried = Trial(title="t", reason="r", set={"base moving rate": 0.0})
    now = {f.check: f.detail for f in skill_of(CASE).results()}
    found = details_of(CASE, tried)
    assert found["hindcast_elderly"] != now["hindcast_elderly"]
    assert found["population_by_region"] != now["population_by_region"]


def test_every_trial_changes_an_equation_or_constant_that_there_is() -> None:
    path = MODEL / "metro.mdl"
    text = path.read_text(encoding="utf-8")
    for shortfall in PLAN.shortfall:
        for tried in shortfall.tried:
            assert tried.equations or tried.set
            changed = replaced(path, text, tried.equations)
            assert (changed != text) == bool(tried.equations)


def test_an_equation_that_the_model_has_not_is_refused() -> None:
    path = MODEL / "metro.mdl"
    text = path.read_text(encoding="utf-8")
    with pytest.raises(UnknownNameError, match="base moving rat"):
        replaced(path, text, {"base moving rat": "1"})


def test_the_page_gives_the_cause_and_every_trial() -> None:
    skill = skill_of(CASE)
    findings = tuple(skill.results())
    details = {finding.check: finding.detail for finding in findings}
    trials = [(s, [(tried, details) for tried in s.tried]) for s in PLAN.shortfall]
    page = credibility_page(Checked(findings, skill), trials, MODEL)
    for shortfall in PLAN.shortfall:
        assert shortfall.cause.strip() in page
        assert all(
            f"| {tried.title} | {tried.reason} |" in page for tried in shortfall.tried
        )


def test_whatever_falls_short_has_its_cause_stated() -> None:
    short = {f.check for f in skill_of(CASE).results() if not f.holds}
    assert short <= {check for s in PLAN.shortfall for check in s.checks}
