"""The change of a share of people, told apart by the flows that make it.

A step adds u to the part U and p to the whole P. The share s = U/P then moves by
(u - s p)/(P + p), which is a sum over the flows: each flow's own u and p. Summed over
the steps of a run by Euler's method, the parts give the whole change.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cqsim.case.decompositions import ShareFlows
from cqsim.case.indicators import Term
from cqsim.judge.measure import Measure

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ShareChange:
    """The change of a share between two years.

    Attributes
    ----------
    before, after
        The share at both ends, times the scale of its definition.
    parts : (component,)
        They sum to after less before.
    """

    scope: str
    before: float
    after: float
    components: tuple[str, ...]
    parts: Floats

    @property
    def residual(self) -> float:
        """What of the change no flow explains."""
        return abs(self.after - self.before - float(self.parts.sum()))


def share_change(
    flows: ShareFlows, measure: Measure, scope: str, first: int, last: int
) -> ShareChange:
    """Return the change of a share between two years of a run kept at every step."""
    times = measure.times
    at = np.flatnonzero((times >= first - 1e-9) & (times <= last + 1e-9))
    steps, ends = at[:-1], at[1:]

    def summed(terms: Sequence[Term]) -> Floats:
        (found,) = measure.total("decomposition", terms, scope)
        return np.asarray(found)

    part, whole = (summed([Term(variable=n)]) for n in (flows.part, flows.whole))
    share = part / whole
    length = np.diff(times[at])
    parts = [
        float(
            np.sum(
                length
                * (summed(c.part)[steps] - share[steps] * summed(c.whole)[steps])
                / whole[ends]
            )
        )
        for c in flows.component
    ]
    return ShareChange(
        scope,
        flows.scale * float(share[at[0]]),
        flows.scale * float(share[at[-1]]),
        tuple(component.id for component in flows.component),
        flows.scale * np.array(parts),
    )
