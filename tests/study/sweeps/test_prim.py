import numpy as np
import pytest
from numpy.typing import NDArray

from cqsim.study.prim import BoxLimit, BoxSearch

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]


def planted(noise: float, seed: int = 1, count: int = 3000) -> tuple[Floats, Truths]:
    chance = np.random.default_rng(seed)
    inputs = chance.random((count, 6))
    cases = (inputs[:, 1] > 0.7) & (inputs[:, 4] < 0.4)
    flipped = chance.random(count) < noise
    return inputs, cases ^ flipped


@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_a_planted_box_is_found(noise: float) -> None:
    inputs, cases = planted(noise)
    box = BoxSearch(inputs).box(cases)
    assert [(side.input, side.at_least) for side in box.sides] == [
        (1, True),
        (4, False),
    ]
    # One slice of a twentieth is as near as peeling comes to an edge.
    assert [side.value for side in box.sides] == pytest.approx([0.7, 0.4], abs=0.05)
    assert box.density > 0.9 - noise
    assert box.coverage > 0.9 - 8 * noise


def test_a_planted_box_is_stable() -> None:
    inputs, cases = planted(0.05)
    search = BoxSearch(inputs)
    sure = search.stability(cases, search.box(cases), np.random.default_rng(2))
    assert sure is not None
    assert sure.overlap > 0.8


@pytest.mark.parametrize("seed", range(5))
def test_noise_has_no_stable_box(seed: int) -> None:
    chance = np.random.default_rng(seed)
    inputs = chance.random((1000, 8))
    cases = chance.random(1000) < 0.4
    search = BoxSearch(inputs)
    assert search.stability(cases, search.box(cases), chance) is None


def test_a_box_says_which_points_it_holds() -> None:
    side = BoxLimit(0, at_least=True, value=0.5)
    assert side.holds(np.array([[0.4], [0.5], [0.6]])).tolist() == [False, True, True]


def test_coverage_density_and_mass_are_shares_of_counts() -> None:
    inputs = np.repeat(np.linspace(0, 1, 100)[:, None], 2, axis=1)
    inputs[:, 1] = np.random.default_rng(0).random(100)
    cases = inputs[:, 0] >= 0.8
    box = BoxSearch(inputs).box(cases)
    inside = inputs[:, 0] >= box.sides[0].value
    assert box.mass == inside.mean()
    assert box.density == cases[inside].mean()
    assert box.coverage == cases[inside].sum() / cases.sum()
