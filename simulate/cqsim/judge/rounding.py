"""What the rounding of a printed base does to the verdict on a target."""

from dataclasses import dataclass
from typing import Literal

from cqsim.case.indicators import Change, Difference, Growth, PeakYear
from cqsim.judge.measure import Measure
from cqsim.judge.verdict import margin_of, status_at
from cqsim.judge.verdicts import Status, Verdict

End = Literal["low", "printed", "high"]


@dataclass(frozen=True, slots=True)
class BaseVerdict:
    """A target if its base were what it prints, or either end of its rounding.

    Attributes
    ----------
    base
        In the unit of what is printed.
    required
        The target's value moved along with its base, in the target's unit.
    """

    end: End
    base: float
    required: float
    margin: float
    status: Status


def base_verdicts(measure: Measure, verdict: Verdict) -> tuple[BaseVerdict, ...]:
    """Return the verdicts for the base as printed and for both ends of its rounding.

    A level is read as the gain that the document asks for over its printed base: the
    run has a base of its own, and has to gain as much. A change in percent is what the
    official figures would give with a base rounded up or down. Empty where the target
    has no base, or one of another area than the one judged.
    """
    base = verdict.target.base
    if base is None:
        return ()
    half = base.rounding / 2
    ends: tuple[tuple[End, float], ...] = (
        ("low", base.value - half),
        ("printed", base.value),
        ("high", base.value + half),
    )
    found = []
    for end, value in ends:
        required = _required(measure, verdict, value)
        if required is None:
            return ()
        target = verdict.target
        margin = margin_of(verdict.value, target.operator, required)
        status = status_at(measure, target, required)
        found.append(BaseVerdict(end, value, required, margin, status))
    return tuple(found)


def _required(measure: Measure, verdict: Verdict, base: float) -> float | None:
    """Return the target's value moved along with its base; None where it cannot be."""
    target = verdict.target
    assert target.base is not None
    indicator = measure.indicators[target.indicator]
    if isinstance(indicator, Growth | PeakYear):
        return None
    if isinstance(indicator, Change):
        # The level that the document asks for is fixed by the base as printed.
        level = target.base.value * (1 + target.value / 100)
        return 100 * (level / base - 1)
    if isinstance(indicator, Difference):
        return target.value - (base - target.base.value)
    if target.own_scope != target.scope or measure.boundary != "metro":
        return None
    own = measure.value(target.indicator, target.scope, target.base.year)
    return target.value + own - base
