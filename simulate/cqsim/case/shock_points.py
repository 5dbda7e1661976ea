"""The shocks beside a model, checked against it, and what a scenario's shocks set."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from cqsim.case.bounds import Bounds
from cqsim.case.places import Amount, Mistake, Points, constant_of
from cqsim.case.register import register_of
from cqsim.case.schema import Pulse, ShockSetting
from cqsim.case.shocks import Shock, Shocks, read_shocks
from cqsim.model.model import Model, Variable
from cqsim.tomlfile import Document, Fault
from cqsim.tomlspans import Key

EDGE = 1 / 128
"""Years in which a series goes from one year's value to the next: below any step."""


def shocks_of(model: Model) -> Shocks:
    """Return the shocks that stand beside a model; none where it has no such file.

    Raises
    ------
    InputFileError
        The file cannot be read.
    FaultsError
        It is at fault, or a shock does not fit the model; each fault with its place.
    """
    return register_of(model, "shock", read_shocks, _faults)


def bounds_of_shock(shock: Shock) -> Bounds:
    """Return the range of a shock's size with its reason."""
    reason = shock.range_reason.rstrip(".")
    source = f" {reason} (source: {', '.join(shock.sources)})."
    owner = f"the range of the shock {shock.id}"
    return Bounds(shock.floor, shock.ceiling, shock.unit, owner, source)


def lookup_of(model: Model, name: str) -> Variable:
    """Return the lookup of that name; raise Mistake where the model has none."""
    variable = model.variable(name)
    if variable is None or variable.kind != "lookup" or variable.subscripts:
        what = f"the model has no lookup '{name}' without subscripts"
        raise Mistake(what, "Name a lookup over time that stands in the model.")
    return variable


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


def _faults(
    document: Document, where: Key, model: Model, shock: Shock
) -> Iterator[Fault]:
    """Yield what in a shock does not fit the model."""
    keys = ("size_constant", "start_constant", "duration_constant")
    names = shock.pulse_constants or ()
    for key, name in zip(keys, names, strict=False):
        try:
            constant_of(model, name)
        except Mistake as mistake:
            what = f"{shock.id}: {mistake.what}"
            yield document.fault((*where, key), what, mistake.remedy, value=True)
    try:
        variable = lookup_of(model, shock.by_year)
    except Mistake as mistake:
        what = f"{shock.id}: {mistake.what}"
        yield document.fault((*where, "by_year"), what, mistake.remedy, value=True)
        return
    if variable.unit != shock.unit:
        what = f"{shock.id}: the unit is '{shock.unit}', not '{variable.unit}'"
        remedy = "Give the shock in the unit of its lookup."
        yield document.fault((*where, "unit"), what, remedy, value=True)
