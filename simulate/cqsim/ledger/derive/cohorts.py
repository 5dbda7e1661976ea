"""Population between and after two censuses, followed along its birth cohorts."""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator

from cqsim.ledger.derive.facts import AGES, Floats

FIRST_CENSUS = 2010
SECOND_CENSUS = 2020
CENSUS_GAP = float(SECOND_CENSUS - FIRST_CENSUS)
GROUPS = len(AGES)
OPEN_AGE = 85
LAST_AGE = 110
OLD_AGE = 75
"""From here on deaths bend a cohort's path so much that group counts are safer."""


@dataclass(frozen=True, slots=True)
class AgeCurve:
    """How many persons are younger than an age, as a smooth monotone curve."""

    below: PchipInterpolator

    def between(self, first: Floats, last: Floats) -> Floats:
        """Return persons whose age is in [first, last)."""
        ends = np.clip([first, last], 0.0, LAST_AGE)
        return np.asarray(self.below(ends[1]) - self.below(ends[0]))


def age_curve(groups: Floats) -> AgeCurve:
    """Return the curve through five-year counts, (age,).

    The open group is spread with the yearly ratio that its size beside 80-84 implies,
    or halves every year where one of the two is empty.
    """
    eldest, before = groups[-1], groups[-2]
    ratio = (eldest / (eldest + before)) ** 0.2 if before > 0 < eldest else 0.5
    ages = np.arange(OPEN_AGE, LAST_AGE + 1)
    tail = eldest * (1 - ratio ** (ages - OPEN_AGE)) / (1 - ratio ** (ages[-1] - 85))
    knots = np.concatenate([np.arange(0, OPEN_AGE, 5), ages])
    persons = np.concatenate([[0.0], np.cumsum(groups[:-1])[:-1]])
    counts = np.concatenate([persons, groups[:-1].sum() + tail])
    return AgeCurve(PchipInterpolator(knots, counts))


def population_at(time: float, first: Floats, second: Floats) -> Floats:
    """Return persons by five-year age at a time between the censuses, (age,).

    A cohort moves geometrically from its size at the first census to that at the
    second; who was born between them counts as at the second; from age 75 on the
    groups themselves are interpolated. Ends are exact.

    Parameters
    ----------
    time : years since the first census, 0 to 10
    first, second : (age,)
        Counts of the two censuses.
    """
    share = time / CENSUS_GAP
    starts = np.arange(0.0, 5.0 * GROUPS, 5.0, dtype=np.float64)
    early, late = age_curve(first), age_curve(second)
    before = early.between(starts - time, starts + 5 - time)
    after = late.between(starts + CENSUS_GAP - time, starts + 5 + CENSUS_GAP - time)
    born = starts < time
    path = np.where(born, after, before ** (1 - share) * after**share)
    groups = (1 - share) * first + share * second
    return np.where(starts >= OLD_AGE, groups, path)


def population_after(years: float, second: Floats, mortality: Floats) -> Floats:
    """Return the population some years after the second census, without migration.

    The youngest group stays as counted: it feeds neither births nor many deaths.

    Parameters
    ----------
    years : since the second census
    second : (age,)
    mortality : (age,), 1/year
    """
    starts = np.arange(0.0, 5.0 * GROUPS, 5.0, dtype=np.float64)
    ends = np.append(starts[1:], LAST_AGE + years)
    aged = age_curve(second).between(starts - years, ends - years)
    survivors = aged * np.exp(-mortality * years)
    survivors[0] = second[0]
    return np.asarray(survivors)
