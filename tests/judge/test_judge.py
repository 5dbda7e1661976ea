import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from cqsim.case.case import Case
from cqsim.case.targets import Alternative, Operator, Target, Targets
from cqsim.errors import UnknownNameError
from cqsim.judge.measure import Measure
from cqsim.judge.progress import read_observed
from cqsim.judge.record import record, record_without
from cqsim.judge.verdicts import (
    NoVerdict,
    Status,
    chance_of,
    judge,
    margin_of,
    status_numbers,
    verdict_on,
)
from cqsim.resources import CASE, data_folder
from cqsim.tomlschema import Text

Floats = NDArray[np.float64]

ORDER = [Status.BEHIND, Status.ON_COURSE, Status.EXCEEDED, Status.EARLY]
YEARS = np.arange(2020.0, 2036.0)

numbers = st.floats(-1e6, 1e6)
paths = st.lists(numbers, min_size=16, max_size=16).map(np.array)
operators = st.sampled_from([">=", "<="])


def with_urban_share(measure: Measure, share: Floats) -> Measure:
    """Return a run in which every region has the given urban share, in percent."""
    series: Any = measure.runs
    urban = series.values["resident population"] * share[:, np.newaxis] / 100.0
    values = {**series.values, "urban population": urban}
    return measure.of(replace(series, values=values))


def with_air(measure: Measure, share: float) -> Measure:
    series: Any = measure.runs
    values = {**series.values, "good air day share": np.full((16, 6), share)}
    return measure.of(replace(series, values=values))


def in_2025(before: float, then: float) -> Floats:
    """Return a path that changes from one value to another in 2025."""
    return np.where(YEARS < 2025, before, then)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (in_2025(74.0, 79.9), Status.BEHIND),
        (in_2025(74.0, 80.0), Status.ON_COURSE),
        (in_2025(74.0, 80.4), Status.ON_COURSE),
        (in_2025(74.0, 80.5), Status.EXCEEDED),
        (np.where(YEARS < 2024, 74.0, 80.1), Status.EARLY),
        (np.where(YEARS == 2024, 81.0, 74.0), Status.BEHIND),
    ],
)
def test_the_status_follows_the_declared_rule(
    measure: Measure, targets: Targets, path: Floats, status: Status
) -> None:
    verdict = verdict_on(with_urban_share(measure, path), targets["urban_share_2025"])
    assert verdict.status is status


def test_the_status_words_are_those_of_official_evaluations() -> None:
    assert [status.zh for status in reversed(ORDER)] == [
        "提前完成",
        "预计可超额完成",
        "预计可如期完成",
        "未达进度",
    ]
    assert [status.en for status in reversed(ORDER)] == [
        "met early",
        "on course to exceed",
        "on course",
        "behind schedule",
    ]


def test_a_vague_word_gives_a_verdict_for_each_reading(
    measure: Measure, targets: Targets
) -> None:
    at = with_urban_share(measure, in_2025(74.0, 79.2))
    verdict = verdict_on(at, targets["urban_share_2025"])
    met = {each.reading.id: each.status.met for each in verdict.readings}
    assert met == {
        "literal": False,
        "within_half": False,
        "within_one": True,
        "within_two": True,
    }
    assert verdict.depends_on_reading


def test_the_boundary_decides_the_verdict(measure: Measure, targets: Targets) -> None:
    series: Any = measure.runs
    # Guang'an, the sixth region, is half urban; the others are at 85 %.
    share = np.array([0.85, 0.85, 0.85, 0.85, 0.85, 0.5])
    urban = series.values["resident population"] * share
    values = {**series.values, "urban population": urban}
    run = measure.of(replace(series, values=values))
    verdict = verdict_on(run, targets["urban_share_2025"])
    (cq21,) = verdict.alternatives
    assert not verdict.status.met
    assert cq21.status.met
    assert cq21.value == pytest.approx(85.0)


def test_an_alternative_may_use_another_indicator_and_number(
    measure: Measure, targets: Targets
) -> None:
    verdict = verdict_on(measure, targets["one_hour_2025"])
    time = next(a for a in verdict.alternatives if a.alternative.id == "mean_time")
    assert (time.indicator, time.unit, time.operator) == ("access_time", "minute", "<=")
    assert time.margin == pytest.approx(60.0 - time.value)


def test_good_air_is_a_matter_of_chance(measure: Measure, targets: Targets) -> None:
    verdict = verdict_on(with_air(measure, 0.894), targets["good_air_2025"])
    assert [c.probability for c in verdict.chances] == pytest.approx([0.5, 0.5])
    clean = verdict_on(with_air(measure, 0.894 + 0.0162), targets["good_air_2025"])
    trend = next(c for c in clean.chances if c.weather.id == "trend")
    # One standard deviation above the threshold.
    assert trend.probability == pytest.approx(0.8413, abs=1e-4)
    assert all(reading.chances for reading in clean.readings)


def test_an_annual_target_is_not_met_early(measure: Measure, targets: Targets) -> None:
    verdict = verdict_on(with_air(measure, 0.99), targets["good_air_2025"])
    assert verdict.status is Status.EXCEEDED


def test_every_shipped_target_is_judged_on_a_full_run(
    measure: Measure, targets: Targets
) -> None:
    judgement = judge(measure, targets.values())
    judged = [key for key, target in targets.items() if target.is_judged]
    assert [v.target.id for v in judgement.verdicts] == judged
    assert {w.target.id for w in judgement.without} == set(targets) - set(judged)
    assert judgement.unjudged == ()


def test_a_reference_has_a_value_and_no_status_however_far_it_is_passed(
    measure: Measure, targets: Targets
) -> None:
    why = Text(zh="口径不同", en="another scope")
    own = targets["urban_share_2025"]
    reference = own.model_copy(update={"status": "reference", "why": why})
    run = with_urban_share(measure, np.full(16, 99.0))
    judgement = judge(run, [reference])
    assert judge(run, [own]).verdicts[0].status is Status.EARLY
    assert (judgement.verdicts, judgement.unjudged) == ((), ())
    (found,) = judgement.without
    assert found.value == pytest.approx(99.0)
    assert found.status is NoVerdict.REFERENCE
    row = record_without(found, measure.case)
    assert (row["status"], row["margin"], row["why"]["en"]) == (
        "reference",
        None,
        "another scope",
    )


def test_what_is_not_judgeable_needs_nothing_of_the_model(
    measure: Measure, targets: Targets
) -> None:
    found = judge(measure, [targets["coal_reserve_2025"]]).without
    assert [(w.status, w.value) for w in found] == [(NoVerdict.NOT_JUDGEABLE, None)]


def test_a_target_beyond_the_run_is_left_out_with_its_reason(
    measure: Measure, targets: Targets, short_run: Any
) -> None:
    short = measure.of(short_run)
    own = targets["urban_share_2025"]
    outlook = Alternative(id="outlook", year=2035, text=own.title)
    also = own.model_copy(update={"id": "also", "alternatives": (outlook,)})
    judgement = judge(short, [*targets.values(), also])
    assert {v.target.year for v in judgement.verdicts} == {2025, 2027, 2030}
    text = "\n".join(judgement.unjudged)
    assert "target 'co2_peak' is not judged: " in text
    assert "target 'non_fossil_2035' is not judged: " in text
    assert "target 'also' is not judged as 'outlook': " in text
    assert "no value saved for 2035" in text


def test_a_missing_variable_stops_the_judgement(
    measure: Measure, targets: Targets
) -> None:
    series: Any = measure.runs
    name = "good air day share"
    values = {k: v for k, v in series.values.items() if k != name}
    run = measure.of(replace(series, values=values))
    message = rf"indicator 'good_air_share': there is no variable '{name}'"
    with pytest.raises(UnknownNameError, match=message):
        judge(run, targets.values())


def test_the_record_has_the_keys_of_the_contract(
    measure: Measure, targets: Targets
) -> None:
    for verdict in judge(measure, targets.values()).verdicts:
        keys = {
            *("id", "year", "scope", "indicator", "class", "operator", "required"),
            *("value", "margin", "unit", "status", "readings"),
        }
        assert keys <= set(record(verdict, None))


def test_every_margin_is_positive_where_its_status_is_met(
    measure: Measure, targets: Targets
) -> None:
    for verdict in judge(measure, targets.values()).verdicts:
        pairs = [
            (verdict.status, verdict.margin),
            *((each.status, each.margin) for each in verdict.readings),
            *((each.status, each.margin) for each in verdict.alternatives),
        ]
        for status, margin in pairs:
            assert status.met == (margin >= -1e-9), verdict.target.id


@given(value=numbers, required=numbers)
def test_a_margin_is_positive_exactly_where_the_requirement_holds(
    value: float, required: float
) -> None:
    assert (margin_of(value, ">=", required) >= 0) == (value >= required)
    assert (margin_of(value, "<=", required) >= 0) == (value <= required)
    assert margin_of(value, ">=", required) == -margin_of(value, "<=", required)


@given(value=numbers, required=numbers, shift=numbers, operator=operators)
def test_a_margin_does_not_change_when_both_sides_move(
    value: float, required: float, shift: float, operator: Operator
) -> None:
    moved = margin_of(value + shift, operator, required + shift)
    assert moved == pytest.approx(margin_of(value, operator, required), abs=1e-6)


@given(
    margins=paths,
    loosening=st.floats(0, 1e6),
    year=st.integers(2020, 2035),
    material=st.floats(1e-3, 1e3),
    early=st.booleans(),
)
def test_a_looser_reading_never_has_a_worse_status(
    margins: Floats, loosening: float, year: int, material: float, early: bool
) -> None:
    both = np.array([margins, margins + loosening])
    strict, loose = status_numbers(both, YEARS, year, material, early)
    assert loose <= strict


@given(share=st.floats(50.0, 100.0))
def test_the_readings_of_a_target_are_monotone(
    measure: Measure, targets: Targets, share: float
) -> None:
    run = with_urban_share(measure, np.full(16, share))
    target: Target = targets["urban_share_2025"]
    verdict = verdict_on(run, target)
    ranks = [ORDER.index(each.status) for each in verdict.readings]
    assert ranks == sorted(ranks)


@given(margin=st.floats(-50, 50), deviation=st.floats(0.1, 10))
def test_a_chance_is_a_probability_that_grows_with_the_margin(
    margin: float, deviation: float
) -> None:
    chance = chance_of(margin, deviation)
    assert 0.0 <= chance <= 1.0
    assert chance <= chance_of(margin + 1.0, deviation)
    assert chance + chance_of(-margin, deviation) == pytest.approx(1.0)
    assert chance_of(0.0, deviation) == 0.5


def test_what_is_unconfirmed_is_not_taken_for_observed(tmp_path: Path) -> None:
    raw = shutil.ignore_patterns("raw")
    shutil.copytree(data_folder("model"), tmp_path / "model", ignore=raw)
    shutil.copy(Case.load().folder / CASE, tmp_path)
    place = ("urban_share", "metro", 2020, 2022)
    assert read_observed(Case.load(tmp_path)).latest(*place) == (2022, 75.23)
    ledger = tmp_path / "model" / "observed" / "population.csv"
    text = ledger.read_text(encoding="utf-8")
    row = "metro,2022,urban_share,75.23,percent,CQ_POP2022,derived,"
    assert f"{row}C" in text
    ledger.write_text(text.replace(f"{row}C", f"{row}D"), encoding="utf-8")
    latest = read_observed(Case.load(tmp_path)).latest(*place)
    assert latest is None or latest[0] < 2022
