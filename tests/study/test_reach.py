"""What levers reach, against runs of one lever at one end."""

from dataclasses import replace

import numpy as np
import pytest

from cqsim.case.scenario import read_scenario
from cqsim.case.settings import Setting
from cqsim.judge.judged_run import JudgedRun, run_scenario
from cqsim.study.reach import Reachability, everywhere_reached, reachability


@pytest.fixture(scope="module")
def baseline() -> JudgedRun:
    return run_scenario(read_scenario("baseline"))


@pytest.fixture(scope="module")
def found(baseline: JudgedRun) -> Reachability:
    return reachability(baseline)


def margins(baseline: JudgedRun, settings: dict[str, Setting]) -> dict[str, float]:
    """Return the margins of the baseline with more settings, by target."""
    scenario = baseline.scenario
    changed = replace(scenario, settings={**scenario.settings, **settings})
    outcome = run_scenario(changed)
    return {v.target.id: v.margin for v in outcome.judgement.verdicts}


def test_a_lever_counts_by_the_end_that_helps_more(
    baseline: JudgedRun, found: Reachability
) -> None:
    before = {v.target.id: v.margin for v in baseline.judgement.verdicts}
    model = baseline.case.model
    helped: list[set[str]] = [set(), set()]
    for effect in found.effects:
        lever = effect.lever
        settings: list[dict[str, Setting]] = [
            {lever.constant: everywhere_reached(model, lever, end)}
            for end in (lever.floor, lever.ceiling)
        ]
        ends = [margins(baseline, each) for each in settings]
        for target, margin in before.items():
            gains = [end[target] - margin for end in ends]
            best = max(gains)
            assert effect.gains.get(target, 0.0) == pytest.approx(max(best, 0.0))
            if best > 1e-6:
                helped[int(np.argmax(gains))].add(f"{lever.id} {target}")
    # Some help at the floor, and others at the ceiling: neither end alone would do.
    assert all(len(pairs) > 5 for pairs in helped)


def test_levers_together_reach_what_their_run_reaches(
    baseline: JudgedRun, found: Reachability
) -> None:
    assert len(found.reaches) > 20
    reach = found.reaches["municipal_urban_share_2035"]
    gains = {each.lever.id: each.gains.get(reach.target, 0.0) for each in found.effects}
    assert list(reach.levers) == sorted(reach.levers, key=lambda name: -gains[name])
    assert set(reach.levers) == {name for name, gain in gains.items() if gain > 0}
    before = next(
        v.margin for v in baseline.judgement.verdicts if v.target.id == reach.target
    )
    assert reach.margin > before + 1.1 * max(gains.values())
