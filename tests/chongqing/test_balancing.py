"""Laws of proportional fitting and of rounding to whole parts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cqsim.chongqing.balancing import (
    UnbalancedError,
    balance,
    balance_around,
    exact_shares,
    whole_parts,
)
from cqsim.chongqing.facts import Floats

positive = st.floats(0.01, 100.0)
tables = arrays(np.float64, (4, 3), elements=positive)
TOLERANCE = 1e-10
"""Relative: what `balance` itself promises."""


@given(tables, tables)
def test_a_balanced_table_has_both_margins(seed: Floats, target: Floats) -> None:
    fitted = balance(seed, target.sum(axis=1), target.sum(axis=0))
    np.testing.assert_allclose(fitted.sum(axis=1), target.sum(axis=1), rtol=1e-7)
    np.testing.assert_allclose(fitted.sum(axis=0), target.sum(axis=0), rtol=1e-7)
    assert (fitted > 0).all()


@given(tables)
def test_a_table_with_its_own_margins_is_left_as_it_is(seed: Floats) -> None:
    fitted = balance(seed, seed.sum(axis=1), seed.sum(axis=0))
    np.testing.assert_allclose(fitted, seed, rtol=1e-9)


@given(tables, tables)
def test_balancing_keeps_the_odds_ratios_of_the_seed(
    seed: Floats, target: Floats
) -> None:
    fitted = balance(seed, target.sum(axis=1), target.sum(axis=0))

    def odds(table: Floats) -> Floats:
        return np.asarray(
            table[1:, 1:] * table[:1, :1] / (table[1:, :1] * table[:1, 1:])
        )

    np.testing.assert_allclose(odds(fitted), odds(seed), rtol=1e-6)


def test_a_zero_of_the_seed_stays_zero() -> None:
    seed = np.array([[0.0, 1.0], [1.0, 1.0]])
    fitted = balance(seed, np.array([2.0, 5.0]), np.array([3.0, 4.0]))
    assert fitted[0, 0] == 0.0


def test_margins_with_different_sums_are_refused() -> None:
    with pytest.raises(UnbalancedError, match="both margins have one sum"):
        balance(np.ones((2, 2)), np.array([1.0, 1.0]), np.array([1.0, 2.0]))


def test_a_known_row_is_not_moved_by_balancing_around_it() -> None:
    known = np.array([3.0, 1.0])
    table = balance_around(
        np.ones((3, 2)), np.array([4.0, 5.0, 6.0]), np.array([8.0, 7.0]), {0: known}
    )
    assert (table[0] == known).all()
    np.testing.assert_allclose(table.sum(axis=0), [8.0, 7.0], rtol=TOLERANCE)


@given(
    st.lists(st.integers(0, 5000), min_size=1, max_size=18).filter(any), st.floats(0, 1)
)
def test_whole_parts_add_up_and_stay_beside_their_parts(
    persons: list[int], share: float
) -> None:
    ceilings = np.array(persons, dtype=float)
    total = round(share * ceilings.sum())
    parts = ceilings * total / ceilings.sum()
    whole = whole_parts(parts, total, ceilings)
    assert whole.sum() == total
    assert (np.abs(whole - parts) <= 1).all()
    assert ((whole >= 0) & (whole <= ceilings)).all()


@given(arrays(np.float64, (3, 4), elements=positive))
def test_rounded_shares_sum_to_one_as_printed(parts: Floats) -> None:
    shares = exact_shares(parts / parts.sum(axis=1, keepdims=True))
    printed = [[round(share * 1e6) for share in row] for row in shares]
    assert [sum(row) for row in printed] == [1_000_000] * 3
