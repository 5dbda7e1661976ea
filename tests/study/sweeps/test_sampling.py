from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.stats import qmc

from cqsim.study.design import Design, Kind, generator
from cqsim.study.inputs import (
    Discrete,
    Distribution,
    Lognormal,
    Normal,
    Triangular,
    Uniform,
)

POINTS = np.linspace(0.0005, 0.9995, 1000)


@pytest.mark.parametrize(
    ("own", "known"),
    [
        (Uniform(2, 5), stats.uniform(2, 3)),
        (Triangular(1, 2, 5), stats.triang(0.25, 1, 4)),
        (Normal(3, 2, 1, 4), stats.truncnorm(-1, 0.5, 3, 2)),
        (Normal(0, 1, 6, 9), stats.truncnorm(6, 9)),
        (Lognormal(2, 0.5, 0, np.inf), stats.lognorm(0.5, scale=2)),
    ],
)
def test_a_distribution_has_the_quantiles_of_its_name(
    own: Distribution, known: object
) -> None:
    expected = known.ppf(POINTS)  # type: ignore[attr-defined]
    assert own.values(POINTS) == pytest.approx(expected, rel=1e-9)


def test_a_discrete_input_takes_each_value_as_often_as_its_weight() -> None:
    values = Discrete((3.0, 7.0), (1.0, 3.0)).values(POINTS)
    assert np.mean(values == 7.0) == pytest.approx(0.75, abs=1e-3)


@given(
    low=st.floats(-1e6, 1e6),
    width=st.floats(1e-3, 1e6),
    middle=st.floats(0, 1),
    points=st.lists(st.floats(2**-53, 1 - 2**-53), min_size=1, max_size=20),
)
def test_values_never_leave_the_two_ends(
    low: float, width: float, middle: float, points: list[float]
) -> None:
    high = low + width
    mode = min(high, low + middle * width)
    for own in (Uniform(low, high), Triangular(low, mode, high)):
        values = own.values(np.array(points))
        assert ((values >= low) & (values <= high)).all()


@given(
    kind=st.sampled_from(["random", "latin_hypercube", "sobol", "grid"]),
    cut=st.lists(st.integers(0, 2500), min_size=1, max_size=4),
)
@settings(deadline=None, max_examples=30)
def test_a_point_depends_on_seed_and_number_only(kind: Kind, cut: list[int]) -> None:
    levels = (7, 5, 80) if kind == "grid" else ()
    design = Design(kind, 11, 3, 2500, levels)
    whole = design.points(0, 2500)
    edges = [0, *sorted(cut), 2500]
    parts = [design.points(a, b) for a, b in pairwise(edges)]
    assert np.array_equal(np.concatenate(parts), whole)


def test_another_seed_gives_other_points() -> None:
    design = Design("random", 1, 2, 5)
    assert not np.array_equal(design.points(0, 5), replace(design, seed=2).points(0, 5))


@pytest.mark.parametrize("kind", ["random", "latin_hypercube", "sobol"])
def test_no_point_is_drawn_twice(kind: Kind) -> None:
    points = Design(kind, 1, 2, 4096).points(0, 4096)
    assert len(np.unique(points[:, 0])) == 4096


@pytest.mark.parametrize(
    ("size", "cubes"),
    [(1, [1]), (20, [20]), (999, [999]), (1000, [1000]), (2300, [1000, 1000, 300])],
)
def test_a_latin_hypercube_has_one_point_a_stratum(size: int, cubes: list[int]) -> None:
    points = Design("latin_hypercube", 5, 4, size).points(0, size)
    assert len(points) == size
    first = 0
    for count in cubes:
        strata = np.sort(np.floor(points[first : first + count] * count), axis=0)
        assert np.array_equal(strata, np.tile(np.arange(count)[:, None], 4))
        first += count


@pytest.mark.parametrize("size", [7, 1000])
def test_a_latin_hypercube_is_that_of_scipy(size: int) -> None:
    points = Design("latin_hypercube", 9, 3, size).points(0, size)
    known = qmc.LatinHypercube(3, rng=generator(9, 0)).random(size)
    assert np.array_equal(points, known)


def test_sobol_points_are_those_of_scipy_in_their_order() -> None:
    points = Design("sobol", 9, 3, 2048).points(0, 2048)
    assert np.array_equal(points, qmc.Sobol(3, rng=generator(9, 0)).random(2048))


def test_a_grid_reaches_both_ends_of_every_input() -> None:
    points = Design("grid", 0, 2, 6, (3, 2)).points(0, 6)
    expected = [[0, 0], [0, 1], [0.5, 0], [0.5, 1], [1, 0], [1, 1]]
    assert points.tolist() == expected


def test_correlated_inputs_keep_their_own_distribution() -> None:
    matrix = ((1.0, 0.8, 0.0), (0.8, 1.0, 0.0), (0.0, 0.0, 1.0))
    points = Design("latin_hypercube", 4, 3, 4000, (), matrix).points(0, 4000)
    scores = stats.norm.ppf(points)
    found = np.corrcoef(scores.T)
    # Sampling alone gives a correlation of 4000 scores an error of 0.016.
    assert found == pytest.approx(np.array(matrix), abs=0.05)
    for column in points.T:
        assert stats.kstest(column, "uniform").pvalue > 0.001
