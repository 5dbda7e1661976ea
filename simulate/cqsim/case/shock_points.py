"""What a scenario's shocks set: constants of a pulse, points of a lookup over time."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from cqsim.case.bounds import Bounds
from cqsim.case.levers import Shock
from cqsim.case.places import Amount, Points
from cqsim.case.schema import Pulse, ShockSetting

EDGE = 1 / 128
"""Years in which a series goes from one year's value to the next: below any step."""


def bounds_of_shock(shock: Shock) -> Bounds:
    """Return the range of a shock's size with its reason."""
    reason = shock.range_reason.rstrip(".")
    source = f" {reason} (source: {', '.join(shock.sources)})."
    owner = f"the range of the shock {shock.id}"
    return Bounds(shock.floor, shock.ceiling, shock.unit, owner, source)


@dataclass(frozen=True, slots=True)
class ShockParts:
    """What a scenario's setting of one shock sets in the model."""

    constants: Mapping[str, Amount]
    lookups: Mapping[str, Points]


def parts_of(shock: Shock, setting: ShockSetting) -> ShockParts:
    """Return the constants and lookups that a setting of a shock stands for."""
    constants: dict[str, Amount] = {}
    values = {float(year): value for year, value in (setting.series or {}).items()}
    spans = [(year, year + 1, value) for year, value in sorted(values.items())]
    pulse = setting.pulse
    if pulse is not None and shock.pulse_constants is not None:
        size, start, duration = shock.pulse_constants
        constants = {size: pulse.size, start: pulse.start, duration: pulse.duration}
    elif pulse is not None:
        spans = _with_pulse(spans, pulse)
    return ShockParts(constants, {shock.by_year: steps(spans)} if spans else {})


def steps(spans: list[tuple[float, float, float]]) -> Points:
    """Return a lookup that has a value from the start of each span to before its end.

    Between spans it is 0. The spans follow each other in time and do not overlap.
    """
    points: dict[float, float] = {}
    for start, end, value in spans:
        points.setdefault(start - EDGE, 0.0)
        points[start] = value
        points[max(start, end - EDGE)] = value
        points[end] = 0.0
    return tuple(sorted(points.items()))


def _with_pulse(
    spans: list[tuple[float, float, float]], pulse: Pulse
) -> list[tuple[float, float, float]]:
    """Return spans with a pulse added to what they hold."""
    end = pulse.start + pulse.duration
    cuts = sorted({pulse.start, end, *(t for a, b, _ in spans for t in (a, b))})
    whole = []
    for start, stop in pairwise(cuts):
        value = sum(v for a, b, v in spans if a <= start < b)
        value += pulse.size if pulse.start <= start < end else 0.0
        whole.append((start, stop, value))
    return whole
