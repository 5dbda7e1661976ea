"""Draws have the distributions that their functions name, by SciPy's own."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

import cqsim
from cqsim.errors import CqsimError

RUNS = 4000
CLOCK = "INITIAL TIME=0~~|\nFINAL TIME=1~~|\nTIME STEP=1~~|\nSAVEPER=1~~|\n"
XMILE = """<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">
<sim_specs><start>0</start><stop>1</stop><dt>1</dt></sim_specs>
<model><variables><aux name="x"><eqn>{}</eqn></aux></variables></model></xmile>"""


def draws(path: Path, text: str) -> Any:
    path.write_text(text, encoding="utf-8")
    found = cqsim.run_many(path, [{}] * RUNS, ["x"]).values["x"]
    assert not np.array_equal(found[:, 0], found[:, 1])
    return found[:, 0]


CONTINUOUS = {
    "RANDOM UNIFORM(2, 5, 1)": stats.uniform(2, 3),
    "RANDOM NORMAL(-50, 50, 3, 2, 1)": stats.norm(3, 2),
    "RANDOM NORMAL(3, 4, 3, 2, 1)": stats.truncnorm(0, 0.5, 3, 2),
    "RANDOM EXPONENTIAL(0, 99, 0, 2, 1)": stats.expon(0, 2),
    "RANDOM GAMMA(0, 99, 3, 0, 2, 1)": stats.gamma(3, scale=2),
    "RANDOM BETA(0, 1, 2, 5, 0, 1, 1)": stats.beta(2, 5),
    "RANDOM WEIBULL(0, 99, 1.5, 0, 2, 1)": stats.weibull_min(1.5, scale=2),
    "RANDOM TRIANGULAR(0, 9, 1, 2, 5, 1)": stats.triang(0.25, 1, 4),
}
DISCRETE = {
    "RANDOM POISSON(0, 99, 3.5, 0, 1, 1)": stats.poisson(3.5),
    "RANDOM BINOMIAL(0, 99, 0.3, 9, 0, 1, 1)": stats.binom(9, 0.3),
    "RANDOM NEGATIVE BINOMIAL(0, 999, 0.4, 3, 0, 1, 1)": stats.nbinom(3, 0.4),
}
OF_XMILE = {
    "UNIFORM(2, 5, 1)": stats.uniform(2, 3),
    "NORMAL(3, 2, 1)": stats.norm(3, 2),
    "LOGNORMAL(2, 1, 1)": stats.lognorm(np.sqrt(np.log(1.25)), scale=2 / np.sqrt(1.25)),
    "EXPRND(2, 1)": stats.expon(0, 2),
    "LOGISTIC(3, 2, 1)": stats.logistic(3, 2),
    "PARETO(3, 2, 1)": stats.pareto(3, scale=2),
}


@pytest.mark.parametrize("function", CONTINUOUS)
def test_a_draw_of_vensims_has_its_distribution(function: str, tmp_path: Path) -> None:
    found = draws(tmp_path / "m.mdl", f"x = {function} ~~|\n{CLOCK}")
    assert stats.kstest(found, CONTINUOUS[function].cdf).pvalue > 1e-4


DENSITY = ((-1.0, 0.0), (0.0, 2.0), (1.0, 0.0), (2.0, 0.0), (2.0, 3.0), (3.0, 1.0))


def share_below(at: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return the part of the density between two numbers that lies below others."""
    fine = np.linspace(low, high, 20_001)
    x, y = np.array(DENSITY).T
    # `interp` takes the point after a step at its x, as it must.
    area = np.concatenate([[0], np.cumsum(np.interp((fine[1:] + fine[:-1]) / 2, x, y))])
    return np.asarray(np.interp(at, fine, area / area[-1]))


@pytest.mark.parametrize(
    ("bounds", "shift", "stretch"),
    [("-9, 99", 0.0, 1.0), ("-9, 99", 5.0, -2.0), ("-0.5, 2.5", 0.0, 1.0)],
)
def test_a_draw_by_a_lookup_has_it_for_its_density(
    bounds: str, shift: float, stretch: float, tmp_path: Path
) -> None:
    points = ", ".join(map(str, DENSITY))
    text = f"density({points}) ~~|\n"
    text += f"x = RANDOM LOOKUP(density, {bounds}, {shift}, {stretch}, 1) ~~|\n"
    found = (draws(tmp_path / "m.mdl", text + CLOCK) - shift) / stretch
    low, high = (-0.5, 2.5) if "-0.5" in bounds else (-1, 3)
    assert stats.kstest(found, lambda x: share_below(x, low, high)).pvalue > 1e-4
    assert ((found >= low) & (found <= high)).all()
    assert not ((found > 1) & (found < 2)).any()


def test_a_density_below_0_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.mdl"
    text = "d((0, 1), (1, -1)) ~~|\nx = RANDOM LOOKUP(d, 0, 1, 0, 1, 1) ~~|\n"
    path.write_text(text + CLOCK, encoding="utf-8")
    with pytest.raises(CqsimError, match="a density is negative"):
        cqsim.run(path)


@pytest.mark.parametrize("function", DISCRETE)
def test_a_whole_number_is_drawn_as_often_as_it_should(
    function: str, tmp_path: Path
) -> None:
    found = draws(tmp_path / "m.mdl", f"x = {function} ~~|\n{CLOCK}")
    for value in range(8):
        share = float(DISCRETE[function].pmf(value))
        error = 5 * np.sqrt(share * (1 - share) / RUNS)
        assert np.mean(found == value) == pytest.approx(share, abs=error)


@pytest.mark.parametrize("function", OF_XMILE)
def test_a_draw_of_xmiles_has_its_distribution(function: str, tmp_path: Path) -> None:
    found = draws(tmp_path / "m.xmile", XMILE.format(function))
    assert stats.kstest(found, OF_XMILE[function].cdf).pvalue > 1e-4


def test_two_calls_with_one_seed_are_two_streams(tmp_path: Path) -> None:
    path = tmp_path / "m.mdl"
    text = "x = RANDOM 0 1() ~~|\ny = RANDOM 0 1() ~~|\n"
    path.write_text(text + CLOCK, encoding="utf-8")
    found = cqsim.run_many(path, [{}] * 200, ["x", "y"]).values
    assert abs(np.corrcoef(found["x"][:, 0], found["y"][:, 0])[0, 1]) < 0.3
