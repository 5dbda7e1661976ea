from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from cqsim.study.attribution import MOST_EXACT, attribute

Floats = NDArray[np.float64]


def members(mask: int, count: int) -> list[int]:
    return [n for n in range(count) if mask >> n & 1]


@given(st.integers(0, 6), st.integers(0, 2**32 - 1))
def test_the_parts_sum_to_the_whole(count: int, seed: int) -> None:
    outcomes = np.random.default_rng(seed).normal(size=(1 << count, 3)) * 1e4
    found = attribute(count, lambda masks: outcomes[list(masks)])
    assert found.parts.sum(axis=0) == pytest.approx(found.total, rel=1e-9, abs=1e-9)
    assert found.exact


def test_without_interaction_each_part_is_its_own_effect() -> None:
    own = np.array([3.0, -1.0, 0.5])
    found = attribute(
        3, lambda masks: np.array([[own[members(m, 3)].sum()] for m in masks])
    )
    assert found.parts[:, 0] == pytest.approx(own, abs=1e-12)


def test_two_that_only_act_together_share_alike() -> None:
    found = attribute(
        3, lambda masks: np.array([[float(m & 0b011 == 0b011)] for m in masks])
    )
    assert found.parts[:, 0] == pytest.approx([0.5, 0.5, 0.0], abs=1e-12)


def test_glove_game_has_its_published_value() -> None:
    # Shapley (1953) for one left and two right gloves: 4/6, 1/6, 1/6.
    def pairs(masks: Sequence[int]) -> Floats:
        return np.array([[float(m & 1 and m & 0b110 != 0)] for m in masks])

    found = attribute(3, pairs)
    assert found.parts[:, 0] == pytest.approx([4 / 6, 1 / 6, 1 / 6])


def test_many_changes_are_sampled_and_still_sum_to_the_whole() -> None:
    count = MOST_EXACT + 3
    weights = np.random.default_rng(5).normal(size=(count, count))

    def quadratic(masks: Sequence[int]) -> Floats:
        rows = np.array([[m >> n & 1 for n in range(count)] for m in masks], float)
        squares: Floats = np.einsum("ij,jk,ik->i", rows, weights, rows)
        return squares[:, None]

    found = attribute(count, quadratic)
    exact = np.diag(weights) + (weights + weights.T).sum(axis=1) / 2 - np.diag(weights)
    assert found.parts.sum() == pytest.approx(found.total[0], abs=1e-9)
    # An order and its reverse together are exact where changes act at most in pairs.
    assert found.parts[:, 0] == pytest.approx(exact, abs=1e-9)


def test_sampling_says_the_same_twice() -> None:
    count = MOST_EXACT + 1

    def product(masks: Sequence[int]) -> Floats:
        return np.array([[1.5 ** m.bit_count() * (m % 7)] for m in masks])

    first, second = attribute(count, product), attribute(count, product)
    assert np.array_equal(first.parts, second.parts)
    assert first.error.max() > 0
    assert not first.exact
