"""Whether the step of integration or the cut into regions makes the answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cqsim.credibility.finding import Finding
from cqsim.credibility.rulebook import Aggregation, Rulebook
from cqsim.credibility.runs import constant_of, values_of
from cqsim.credibility.statements import outcome_name
from cqsim.engine.judge import judge
from cqsim.engine.kernel import Kernel
from cqsim.engine.measure import Measure
from cqsim.engine.result import Result
from cqsim.engine.rules import Rules
from cqsim.registry.indicators import variables_of

STEP = "TIME STEP"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a run says: its outcomes by year, and the status of each target."""

    times: Any
    outcomes: Mapping[str, Any]
    verdicts: Mapping[str, str]


def answer_of(
    kernel: Kernel, rules: Rulebook, judged_by: Rules, settings: Mapping[str, Any]
) -> Answer:
    """Return the outcomes and verdicts of a run."""
    outcomes = {
        text: kernel.find(outcome_name(text)) for text in rules.numerics.outcomes
    }
    needed = {
        kernel.find(name)
        for indicator in judged_by.indicators.values()
        for name in variables_of(indicator)
    }
    found = kernel.run(settings, [*outcomes.values(), *needed])
    measure = Measure(result_of(kernel, found), judged_by.indicators, judged_by.scopes)
    verdicts = judge(measure, judged_by.targets.values()).verdicts
    return Answer(
        found["time"],
        {text: found[name][0] for text, name in outcomes.items()},
        {v.target.id: v.status.en for v in verdicts},
    )


def result_of(kernel: Kernel, found: Mapping[str, Any], run: int = 0) -> Result:
    """Return one run of a kernel as a result that indicators measure."""
    variables = kernel.system.variables
    names = [name for name in found if name != "time"]
    axes = {name: variables[name].axes for name in names}
    return Result(
        times=found["time"],
        values={name: found[name][run] for name in names},
        axes={name: tuple(axis.name for axis in axes[name]) for name in names},
        elements={a.name: a.elements for name in names for a in axes[name]},
        units=dict.fromkeys(names, ""),
        constants=frozenset(),
    )


def check_numerics(kernel: Kernel, rules: Rulebook, judged_by: Rules) -> list[Finding]:
    """Return whether half the step leaves verdicts and outcomes as they are.

    A step of half and of a quarter also give the limit of the integration (Richardson's
    extrapolation), from which Euler's error at the model's own step follows.
    """
    step = float(values_of(kernel.system, STEP))
    end = {"FINAL TIME": float(rules.end)}
    full, half, quarter = (
        answer_of(kernel, rules, judged_by, {**end, STEP: step / n}) for n in (1, 2, 4)
    )
    changed = sorted(
        target
        for target, status in full.verdicts.items()
        if half.verdicts.get(target) != status
    )
    verdicts = Finding(
        "numerics",
        "half_step_verdicts",
        "half the step changes no verdict",
        not changed,
        f"{len(full.verdicts)} targets at steps {step:g} and {step / 2:g}"
        if not changed
        else f"other verdicts for {', '.join(changed)}",
    )
    limit = {
        text: 2 * quarter.outcomes[text] - half.outcomes[text] for text in full.outcomes
    }
    titles = (
        ("half_step_outcomes", "half the step moves no outcome", half.outcomes),
        ("euler_error", "Euler's method is near the limit of small steps", limit),
    )
    return [
        verdicts,
        *(
            _compared(check, title, rules.numerics.tolerance, full, other)
            for check, title, other in titles
        ),
    ]


def _compared(
    check: str, title: str, tolerance: float, one: Answer, other: Mapping[str, Any]
) -> Finding:
    """Return the finding of the largest difference between two sets of outcomes."""
    worst = max(
        (
            (float(np.max(_relative(one.outcomes[text], other[text]))), text)
            for text in one.outcomes
        ),
    )
    at = int(np.argmax(_relative(one.outcomes[worst[1]], other[worst[1]])))
    detail = (
        f"the largest difference is {100 * worst[0]:.2g} %, of {worst[1]} "
        f"in {float(one.times[at]):g}"
    )
    return Finding("numerics", check, title, worst[0] <= tolerance, detail)


def _relative(one: Any, other: Any) -> Any:
    size = np.maximum(np.maximum(np.abs(one), np.abs(other)), 1e-12)
    difference = np.abs(one - other) / size
    return np.where(np.isfinite(difference), difference, np.inf)


def check_aggregation(kernel: Kernel, aggregation: Aggregation) -> Finding:
    """Return whether regions without differences give nearly the same totals."""
    names = [kernel.find(outcome_name(text)) for text in aggregation.outcomes]
    end = {"FINAL TIME": float(aggregation.end)}
    found = kernel.run([end, {**end, **alike(kernel, aggregation)}], names)
    differences = {
        text: float(np.max(_relative(found[name][0], found[name][1])))
        for text, name in zip(aggregation.outcomes, names, strict=True)
    }
    detail = "regions alike differ from the regions by " + ", ".join(
        f"{100 * difference:.2g} % in {text}"
        for text, difference in differences.items()
    )
    holds = max(differences.values()) <= aggregation.tolerance
    title = "the area as one kind of region gives nearly the same totals"
    return Finding("numerics", "aggregation", title, holds, detail)


def alike(kernel: Kernel, aggregation: Aggregation) -> dict[str, Any]:
    """Return settings in which every region has the area's means."""
    people = _first_divided(kernel, aggregation.divided)
    weight = people / people.sum()
    settings: dict[str, Any] = {}
    for name in aggregation.divided:
        values = values_of(kernel.system, name)
        shape = (-1, *([1] * (values.ndim - 1)))
        settings[name] = weight.reshape(shape) * values.sum(axis=0)
    for name in aggregation.mean:
        values = values_of(kernel.system, name)
        settings[name] = np.full(values.shape, float((weight * values).sum()))
    return settings


def _first_divided(kernel: Kernel, names: Sequence[str]) -> Any:
    """Return the total of the first constant by region, its first axis."""
    values = values_of(kernel.system, names[0])
    axes = constant_of(kernel.system, names[0]).axes
    return values.sum(axis=tuple(range(1, len(axes))))
