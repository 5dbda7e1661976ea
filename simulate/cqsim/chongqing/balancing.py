"""Fit a table to its margins without changing what its margins do not say."""

import numpy as np

from cqsim.chongqing.facts import Floats

TOLERANCE = 1e-13
"""Relative to the grand total; about the rounding of a sum of doubles."""
SWEEPS = 20_000


class UnbalancedError(ValueError):
    """The seed's zeros or the margins leave no table that meets both margins."""

    def __init__(self, worst: float) -> None:
        super().__init__(worst)

    def __str__(self) -> str:
        return (
            f"The table misses a margin by {self.args[0]:.3g} of its total. "
            "Check that both margins have one sum and that the seed can reach them."
        )


def balance(seed: Floats, row_totals: Floats, column_totals: Floats) -> Floats:
    """Return the table nearest to the seed, in relative entropy, with both margins.

    Iterative proportional fitting (RAS; Deming and Stephan 1940, Bacharach 1965):
    rows and columns are scaled in turn until both margins hold.

    Parameters
    ----------
    seed : (row, column)
        Not negative; a zero stays zero.
    row_totals : (row,)
    column_totals : (column,)
        Same sum as the row totals.

    Raises
    ------
    UnbalancedError
        No such table exists, or the sums of the margins differ.
    """
    total = float(row_totals.sum())
    fitted = seed.astype(float).copy()
    worst = float("inf")
    for _ in range(SWEEPS):
        fitted *= _factor(row_totals, fitted.sum(axis=1))[:, None]
        fitted *= _factor(column_totals, fitted.sum(axis=0))[None, :]
        worst = float(np.abs(fitted.sum(axis=1) - row_totals).max()) / total
        if worst < TOLERANCE:
            break
    worst = max(worst, float(np.abs(fitted.sum(axis=0) - column_totals).max()) / total)
    if worst > 1e-10:
        raise UnbalancedError(worst)
    return fitted


def _factor(wanted: Floats, have: Floats) -> Floats:
    """Return wanted / have, and 1 where a row or column is empty."""
    return np.divide(wanted, have, out=np.ones_like(have), where=have > 0)


def balance_around(
    seed: Floats, row_totals: Floats, column_totals: Floats, known: dict[int, Floats]
) -> Floats:
    """Return a balanced table in which some rows are given and stay as they are.

    Parameters
    ----------
    seed : (row, column)
    row_totals : (row,)
    column_totals : (column,)
    known
        Row number -> the row, whose sum is that row's total.
    """
    free = [row for row in range(len(seed)) if row not in known]
    remaining = column_totals - sum(known.values(), np.zeros_like(column_totals))
    table = np.empty_like(seed, dtype=float)
    for row, values in known.items():
        table[row] = values
    table[free] = balance(seed[free], row_totals[free], remaining)
    return table


def whole_parts(parts: Floats, total: int, ceilings: Floats) -> Floats:
    """Return whole numbers with the given total, each next to its part.

    Largest remainders get the units left over after rounding down; none passes its
    ceiling.

    Parameters
    ----------
    parts : (part,)
        Sum to the total.
    ceilings : (part,)
        Whole numbers.
    """
    whole = np.minimum(np.floor(parts + 1e-9), ceilings)
    left = total - round(float(whole.sum()))
    order = np.argsort(-(parts - whole), kind="stable")
    for part in [p for p in order if whole[p] < ceilings[p]][:left]:
        whole[part] += 1
    return whole


def shares_of_total(parts: Floats) -> Floats:
    """Return parts over their sum along the last axis, (..., part)."""
    return np.asarray(parts / parts.sum(axis=-1, keepdims=True))


def exact_shares(shares: Floats, decimals: int = 6) -> Floats:
    """Return shares rounded so that, as printed, they sum to exactly 1.

    Parameters
    ----------
    shares : (..., part)
        Sum to 1 along the last axis.
    """
    scale = 10**decimals
    rows = shares.reshape(-1, shares.shape[-1])
    ceilings = np.full(rows.shape[1], float(scale))
    whole = [whole_parts(row * scale, scale, ceilings) for row in rows]
    return np.asarray(np.array(whole).reshape(shares.shape) / scale)
