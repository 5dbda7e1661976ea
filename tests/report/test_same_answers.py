"""The report says what the commands say of the same run."""

from typing import Any

import pytest

from cqsim.case.scenario import read_scenario
from cqsim.judge.progress import details_of, read_observed
from cqsim.judge.record import detail_record
from cqsim.study.compare import analysed, compared, record_of


def test_the_pace_of_a_target_is_that_of_the_targets_command(made: Any) -> None:
    comparison = compared([read_scenario("baseline")])
    measure = comparison.measures[0]
    observed = read_observed(comparison.case)
    numbers = made.prepared.data["numbers"]
    told = 0
    for verdict in comparison.judgements[0].verdicts:
        record = detail_record(details_of(measure, verdict, observed))
        for key, name in (("pace_needed", "required_pace"), ("pace", "past_pace")):
            entry = numbers.get(f"{key}.{verdict.target.id}")
            if entry is not None:
                assert entry["value"] == pytest.approx(record["progress"][name])
                told += 1
    assert told > 30


def test_the_factors_of_co2_are_those_of_the_compare_command(made: Any) -> None:
    comparison = compared([read_scenario("baseline")])
    (record,) = record_of(analysed(comparison, [2035], []))["emissions"]
    numbers = made.prepared.data["numbers"]
    parts = [numbers[f"part.regional_co2.metro.{n}"]["value"] for n in range(4)]
    assert parts == pytest.approx(list(record["factors"].values()))
