"""The figures of a sweep: what draws each in a language, where a sweep was given."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from cqsim.report.figures.spread import (
    FanPanel,
    SwingBar,
    Tornado,
    fan_charts,
    heat_table,
    swing_charts,
)
from cqsim.report.numbers import scale_of
from cqsim.report.sections.uncertainty import fanned, swung
from cqsim.report.sentences import short_name
from cqsim.report.teller import Teller
from cqsim.report.words import Both

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Draw = Callable[[str], "Figure"]
HUNDRED = 100.0
MOST_TARGETS = 12


def of_sweep(teller: Teller) -> dict[str, Draw]:
    """Return what draws fans, swings and the matrix; nothing without a sweep."""
    sweep = teller.facts.sweep
    if sweep is None:
        return {}
    found: dict[str, Draw] = {}
    if fanned(teller):
        found["fans"] = partial(_fans, teller)
    if swung(teller):
        found["swings"] = partial(_swings, teller)
    if telling_targets(own_cells(teller)):
        found["matrix"] = partial(_matrix, teller)
    return found


def _fans(teller: Teller, language: str) -> "Figure":
    sweep = teller.facts.sweep
    assert sweep is not None
    drawn = []
    for verdict in fanned(teller):
        target = verdict.target
        scale = scale_of(teller.indicator(target.indicator).unit)
        power = 10.0 ** (scale.zh_power if language == "zh" else scale.en_power)
        quantiles = {
            year: tuple(power * value for value in values)
            for year, values in sweep.fans[target.indicator, target.scope].items()
        }
        goal = (target.year, target.value * power)
        unit = teller.unit(target.indicator)
        start = quantiles[min(quantiles)][2]
        done = start >= goal[1] if target.operator == ">=" else start <= goal[1]
        drawn.append(FanPanel(short_name(verdict), unit, quantiles, goal, not done))
    return fan_charts(drawn, language)


def _swings(teller: Teller, language: str) -> "Figure":
    sweep = teller.facts.sweep
    assert sweep is not None
    names = {v.target.id: short_name(v) for v in teller.verdicts}
    overall = {chance.target: HUNDRED * chance.share for chance in sweep.chances}
    drawn = [
        Tornado(
            names[target],
            overall[target],
            [
                SwingBar(sweep.inputs[s.input].title, HUNDRED * s.low, HUNDRED * s.high)
                for s in swings
            ],
        )
        for target, swings in swung(teller).items()
    ]
    axis = Both("达标比例(%)", "share of runs that meet it, %")
    return swing_charts(drawn, axis, language)


def own_cells(teller: Teller) -> dict[tuple[str, str], float]:
    """Return the shares by target and region, of regions that a target is about."""
    sweep = teller.facts.sweep
    scopes = teller.facts.main.task.rules.scopes
    known = {} if sweep is None else sweep.matrix
    places = [
        (verdict.target.id, region)
        for verdict in teller.verdicts
        for region in scopes.get(verdict.target.scope, ())
    ]
    return {place: known[place] for place in places if place in known}


def telling_targets(shares: Mapping[tuple[str, str], float]) -> list[str]:
    """Return the targets on which regions differ the most, in their own order."""
    by_target: dict[str, list[float]] = {}
    for (target, _), share in shares.items():
        by_target.setdefault(target, []).append(share)
    spread = {name: max(values) - min(values) for name, values in by_target.items()}
    widest = sorted(spread, key=lambda name: -spread[name])[:MOST_TARGETS]
    return [name for name in by_target if name in widest and spread[name] > 0]


def _matrix(teller: Teller, language: str) -> "Figure":
    own = own_cells(teller)
    targets = telling_targets(own)
    places = teller.facts.places
    names = {v.target.id: short_name(v) for v in teller.verdicts}
    shares = {
        (row, column): own[target, place.id]
        for row, place in enumerate(places)
        for column, target in enumerate(targets)
        if (target, place.id) in own
    }
    heads = [names[target] for target in targets]
    return heat_table([place.short for place in places], heads, shares, language)
