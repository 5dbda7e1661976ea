"""Further runs that a report rests on: levers, flows by step, the past.

All of them run together on the compiled kernel; the model is read once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cqsim.compile.ir import System
from cqsim.engine.compiled import kernel_of
from cqsim.engine.compiled_run import kernel_settings
from cqsim.engine.judge import margin_of
from cqsim.engine.kernel import Kernel, compile_model
from cqsim.engine.measure import Measure
from cqsim.engine.outcome import Outcome
from cqsim.engine.settings import assignments
from cqsim.engine.terms import Floats, UndefinedIndicatorError
from cqsim.errors import UnknownNameError
from cqsim.language.syntax import canonical
from cqsim.model.model import Model
from cqsim.registry.indicators import Indicators, variables_of
from cqsim.registry.levers import Lever


@dataclass(frozen=True, slots=True)
class KernelSeries:
    """One run of a batch, as a `Measure` wants it."""

    times: Floats
    values: Mapping[str, Floats]
    axes: Mapping[str, tuple[str, ...]]
    elements: Mapping[str, tuple[str, ...]]

    def name_of(self, name: str) -> str:
        """Return the run's spelling of a name, or raise UnknownNameError."""
        wanted = canonical(name)
        for known in self.values:
            if canonical(known) == wanted:
                return known
        where = "run"
        raise UnknownNameError(where, "variable", name, list(self.values))


@dataclass(frozen=True, slots=True)
class LeverEffect:
    """What pulling one lever to an end does to the margin of each target.

    `end` is the floor or the ceiling, whichever helps; `gains` are in the unit of the
    target, by its id.
    """

    lever: Lever
    gains: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a target gets with every lever that helps it at the end that helps."""

    target: str
    margin: float
    levers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Probes:
    """All that further runs say."""

    effects: tuple[LeverEffect, ...]
    reaches: Mapping[str, Reach]


def variables_for(indicators: Indicators, names: Iterable[str]) -> list[str]:
    """Return the variables of the model that indicators rest on, however deep."""
    found: dict[str, None] = {}
    ahead = list(names)
    while ahead:
        indicator = indicators[ahead.pop()]
        found.update(dict.fromkeys(variables_of(indicator)))
        ahead += [getattr(indicator, key) for key in ("of",) if hasattr(indicator, key)]
    return list(found)


@dataclass(frozen=True)
class Laboratory:
    """A scenario's model on the kernel, ready for runs that differ from it."""

    outcome: Outcome
    system: System

    @classmethod
    def of(cls, outcome: Outcome) -> "Laboratory":
        """Return the laboratory of a run; its model is not read again."""
        return cls(outcome, kernel_of(outcome.scenario.model).system)

    def kernel(self, **clock: float) -> Kernel:
        """Return a kernel with the clock of the scenario, but for what is given."""
        span = self.outcome.task.span
        own = {"start": span.start, "end": span.end, "step": span.step, **clock}
        return compile_model(self.system, **own)

    def runs(
        self,
        kernel: Kernel,
        settings: Sequence[Mapping[str, Any]],
        outputs: Iterable[str],
    ) -> list[KernelSeries]:
        """Return runs that set more than the scenario does, in one batch."""
        model = self.outcome.scenario.model
        rows = [self._row(kernel, model, more) for more in settings]
        names = list(outputs)
        recorded = kernel.run(rows, names)
        spelled = {name: kernel.find(name) for name in names}
        axes = {
            name: tuple(axis.name for axis in self.system.variables[found].axes)
            for name, found in spelled.items()
        }
        elements = {
            axis.name: axis.elements
            for found in spelled.values()
            for axis in self.system.variables[found].axes
        }
        times = recorded["time"]
        return [
            KernelSeries(
                times,
                {name: recorded[found][run] for name, found in spelled.items()},
                axes,
                elements,
            )
            for run in range(len(rows))
        ]

    def _row(
        self, kernel: Kernel, model: Model, more: Mapping[str, Any]
    ) -> dict[str, Any]:
        wanted = {**self.outcome.scenario.settings, **more}
        return {**kernel_settings(kernel, assignments(model, wanted))}


def probe(laboratory: Laboratory) -> Probes:
    """Return what each lever at its end does, and how far all that help get."""
    outcome = laboratory.outcome
    levers = list(outcome.scenario.known_levers.values())
    targets = [v.target for v in outcome.judgement.verdicts]
    if not levers or not targets:
        return Probes((), {})
    rules = outcome.task.rules
    outputs = variables_for(rules.indicators, {t.indicator for t in targets})
    kernel = laboratory.kernel()
    ends = [(lever, end) for lever in levers for end in (lever.floor, lever.ceiling)]
    settings = [{lever.constant: end} for lever, end in ends]
    base = {v.target.id: v.margin for v in outcome.judgement.verdicts}
    margins = [
        _margins(series, outcome)
        for series in laboratory.runs(kernel, settings, outputs)
    ]
    best: dict[str, dict[str, tuple[float, float]]] = {t: {} for t in base}
    for (lever, end), found in zip(ends, margins, strict=True):
        for target, margin in found.items():
            gain = margin - base[target]
            known = best[target].get(lever.id, (0.0, end))
            if gain > known[0] + 1e-9:
                best[target][lever.id] = (gain, end)
    effects = tuple(
        LeverEffect(
            lever, {t: best[t][lever.id][0] for t in best if lever.id in best[t]}
        )
        for lever in levers
    )
    return Probes(effects, _reaches(laboratory, kernel, outputs, best))


def _reaches(
    laboratory: Laboratory,
    kernel: Kernel,
    outputs: list[str],
    best: Mapping[str, Mapping[str, tuple[float, float]]],
) -> dict[str, Reach]:
    """Run, for each target, all levers that help it together at their ends."""
    constants = {
        lever.id: lever.constant
        for lever in laboratory.outcome.scenario.known_levers.values()
    }
    targets = [target for target in best if best[target]]
    settings = [
        {constants[lever]: end for lever, (_, end) in best[target].items()}
        for target in targets
    ]
    if not settings:
        return {}
    runs = laboratory.runs(kernel, settings, outputs)
    reaches = {}
    for target, series in zip(targets, runs, strict=True):
        margins = _margins(series, laboratory.outcome)
        if target in margins:
            order = sorted(best[target], key=lambda lever: -best[target][lever][0])
            reaches[target] = Reach(target, margins[target], tuple(order))
    return reaches


def _margins(series: KernelSeries, outcome: Outcome) -> dict[str, float]:
    """Return the margin of each target; a run that diverged has none."""
    rules = outcome.task.rules
    if not all(np.isfinite(values).all() for values in series.values.values()):
        return {}
    measure = Measure(series, rules.indicators, rules.scopes)
    margins = {}
    for verdict in outcome.judgement.verdicts:
        target = verdict.target
        try:
            value = measure.value(target.indicator, target.scope, target.year)
            margins[target.id] = margin_of(value, target.operator, target.value)
        except UndefinedIndicatorError:
            continue
    return margins
