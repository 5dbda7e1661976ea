"""The additive logarithmic mean Divisia index: a change by factors, no residual.

Ang 2005, doi:10.1016/j.enpol.2003.10.010, method LMDI-I, summed over regions.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cqsim.case.decompositions import Factor, Identity
from cqsim.case.indicators import Term
from cqsim.judge.measure import Measure

Floats = NDArray[np.float64]

NEAR = 0.5
"""How far from 1 a ratio may be for its logarithm to be taken from a difference."""


@dataclass(frozen=True, slots=True)
class FactorEffects:
    """What each factor adds to the change of a total, by region.

    Attributes
    ----------
    effects : (factor, region)
        In the total's unit; over factors they sum to `change`.
    change : (region,)
    """

    regions: tuple[str, ...]
    factors: tuple[str, ...]
    effects: Floats
    change: Floats

    @property
    def residual(self) -> float:
        """The largest part of a region's change that no factor explains."""
        return float(np.abs(self.effects.sum(axis=0) - self.change).max())


def logarithmic_mean(one: Floats, other: Floats) -> Floats:
    """Return the logarithmic mean of positive numbers, elementwise."""
    ratio = one / other
    same = one == other
    near = np.abs(ratio - 1.0) < NEAR
    # Of a ratio near 1 the difference knows more digits than the quotient does.
    log = np.where(
        near, np.log1p(np.where(near, (one - other) / other, 0)), np.log(ratio)
    )
    return np.where(same, one, (one - other) / np.where(same, 1.0, log))


def lmdi(before: Floats, after: Floats) -> Floats:
    """Return the effect of each factor on the change of the product.

    Parameters
    ----------
    before, after : (factor, region)
        The factors of each region's total.

    Returns
    -------
    effects : (factor, region)
        Where a factor is 0 or undefined at one end, the region's whole change counts
        as the first factor's.
    """
    sound = (np.isfinite(before) & (before > 0) & np.isfinite(after) & (after > 0)).all(
        0
    )
    first, last = np.where(sound, before, 1.0), np.where(sound, after, 1.0)
    weight = logarithmic_mean(last.prod(axis=0), first.prod(axis=0))
    effects = weight * np.log(last / first)
    change = np.nan_to_num(after.prod(axis=0)) - np.nan_to_num(before.prod(axis=0))
    effects = np.where(sound, effects, 0.0)
    effects[0] = np.where(sound, effects[0], change)
    return effects


def between(
    identity: Identity, one: tuple[Measure, int], other: tuple[Measure, int], scope: str
) -> FactorEffects:
    """Return the effects from one run in a year to another run in another year.

    Both may be the same run, or both years the same.
    """
    regions = one[0].regions("CO2", scope)
    before, after = (_factors(identity, *each, scope) for each in (one, other))
    totals = [_values(identity.total, *each, scope) for each in (one, other)]
    titles = tuple(factor.id for factor in identity.factor)
    return FactorEffects(regions, titles, lmdi(before, after), totals[1] - totals[0])


def _factors(identity: Identity, measure: Measure, year: int, scope: str) -> Floats:
    return np.array([_factor(f, measure, year, scope) for f in identity.factor])


def _factor(factor: Factor, measure: Measure, year: int, scope: str) -> Floats:
    upper = _values(factor.numerator, measure, year, scope)
    if factor.denominator is None:
        return upper
    lower = _values(factor.denominator, measure, year, scope)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(upper / lower)


def _values(name: str, measure: Measure, year: int, scope: str) -> Floats:
    at = int(np.abs(measure.times - year).argmin())
    return measure.by_region("decomposition", Term(variable=name), scope)[:, 0, at]
