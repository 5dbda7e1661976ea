import numpy as np
import pytest

from cqsim.study.prim import Side, find_box, stability


def planted(noise: float, seed: int = 1, count: int = 3000) -> tuple[object, object]:
    chance = np.random.default_rng(seed)
    inputs = chance.random((count, 6))
    cases = (inputs[:, 1] > 0.7) & (inputs[:, 4] < 0.4)
    flipped = chance.random(count) < noise
    return inputs, cases ^ flipped


@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_a_planted_box_is_found(noise: float) -> None:
    inputs, cases = planted(noise)
    box = find_box(inputs, cases)  # type: ignore[arg-type]
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
    box = find_box(inputs, cases)  # type: ignore[arg-type]
    sure = stability(inputs, cases, box, np.random.default_rng(2))  # type: ignore[arg-type]
    assert sure.stable
    assert sure.overlap > 0.8


@pytest.mark.parametrize("seed", range(5))
def test_noise_has_no_stable_box(seed: int) -> None:
    chance = np.random.default_rng(seed)
    inputs = chance.random((1000, 8))
    cases = chance.random(1000) < 0.4
    box = find_box(inputs, cases)
    assert not stability(inputs, cases, box, chance).stable


def test_a_box_says_which_points_it_holds() -> None:
    side = Side(0, at_least=True, value=0.5)
    assert side.holds(np.array([[0.4], [0.5], [0.6]])).tolist() == [False, True, True]


def test_coverage_density_and_mass_are_shares_of_counts() -> None:
    inputs = np.repeat(np.linspace(0, 1, 100)[:, None], 2, axis=1)
    inputs[:, 1] = np.random.default_rng(0).random(100)
    cases = inputs[:, 0] >= 0.8
    box = find_box(inputs, cases)
    inside = inputs[:, 0] >= box.sides[0].value
    assert box.mass == inside.mean()
    assert box.density == cases[inside].mean()
    assert box.coverage == cases[inside].sum() / cases.sum()
