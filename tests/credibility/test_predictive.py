"""Forecasts as draws of the posterior with errors around them."""

from pathlib import Path
from shutil import copytree

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from cqsim.case.case import Case
from cqsim.cli import group
from cqsim.credibility.scores import (
    FORMS,
    Coverage,
    PredictiveForecast,
    coverages,
    crps,
)
from cqsim.credibility.skill import predictive_forecasts
from cqsim.errors import InputFileError

MODEL = Path(__file__).parents[2] / "model"
SIZES = st.floats(min_value=0.1, max_value=10)
VALUES = st.floats(min_value=-10, max_value=10)


def spread(
    members: list[float], deviation: float, observed: float
) -> PredictiveForecast:
    return PredictiveForecast(
        "s", "p", 2020, observed, FORMS[1], np.array(members), deviation
    )


@pytest.fixture(scope="module")
def spreads() -> list[PredictiveForecast]:
    return predictive_forecasts(Case.load(MODEL))


@given(VALUES, SIZES, VALUES)
def test_one_member_scores_as_a_normal_forecast(
    centre: float, deviation: float, came: float
) -> None:
    one = spread([centre], deviation, came)
    alone = crps(np.array([came]), np.array([centre]), np.array([deviation]))
    assert one.crps == pytest.approx(alone, abs=1e-9)


def test_the_score_of_a_mixture_is_the_mean_distance_less_half_the_spread() -> None:
    random = np.random.default_rng(1)
    members = [-1.0, 0.0, 4.0]
    drawn = random.choice(members, 400_000) + 0.7 * random.standard_normal(400_000)
    other = random.permutation(drawn)
    estimate = np.abs(drawn - 1.5).mean() - np.abs(drawn - other).mean() / 2
    assert spread(members, 0.7, 1.5).crps == pytest.approx(estimate, rel=0.01)


def test_forecasts_with_the_right_spread_are_said_to_be_as_wide_as_they_should() -> (
    None
):
    random = np.random.default_rng(2)
    came = random.standard_normal(400)
    own = [spread([0.0], 1.0, float(value)) for value in came]
    (right, _) = coverages(own)
    assert right.verdict == "intervals about as wide as they should be"
    (narrow, _) = coverages([spread([0.0], 0.4, float(v)) for v in came])
    assert narrow.verdict.startswith("under-coverage")
    (wide, _) = coverages([spread([0.0], 3.0, float(v)) for v in came])
    assert wide.verdict.startswith("over-coverage")


def test_every_forecast_is_scored_in_all_three_forms(
    spreads: list[PredictiveForecast],
) -> None:
    by_form = [
        [(s.series, s.place, s.origin, s.observed) for s in spreads if s.form == form]
        for form in FORMS
    ]
    assert by_form[0] == by_form[1] == by_form[2]
    assert len(by_form[0]) > 90


def test_draws_without_the_declared_error_cover_too_little(
    spreads: list[PredictiveForecast],
) -> None:
    def of(form: str) -> Coverage:
        (found,) = (
            c
            for c in coverages(spreads)
            if (c.series, c.origin, c.form) == ("all series", 2020, form)
        )
        return found

    assert of(FORMS[1]).verdict.startswith("under-coverage")
    assert of(FORMS[2]).inside[95] >= 0.9


def test_intervals_without_a_posterior_are_refused(tmp_path: Path) -> None:
    folder = copytree(MODEL, tmp_path / "model")
    (folder / "posterior_draws.csv").unlink()
    result = CliRunner().invoke(group, ["skill", "--intervals", "--model", str(folder)])
    assert isinstance(result.exception, InputFileError)
    assert "cqsim calibrate --posterior" in str(result.exception)
