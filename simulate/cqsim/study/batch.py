"""The one way from a design of runs to judged numbers."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from cqsim.case.case import Case
from cqsim.case.indicators import variables_behind
from cqsim.engine.result import Runs
from cqsim.engine.simulation import AnyModel, run_many
from cqsim.judge.judged_run import JudgedRun
from cqsim.judge.measure import Measure


def run_design(
    case: Case,
    design: Any,
    indicators: Iterable[str] | None = None,
    *,
    variables: Iterable[str] = (),
    model: AnyModel | None = None,
    clock: Any = None,
    **how: Any,
) -> Measure:
    """Return the runs of a design, seen through indicators.

    Parameters
    ----------
    design
        What each run sets, in any form that `run_many` takes: a sequence of mappings,
        one a run, or a mapping from constants to arrays (run, *axes).
    indicators
        Those that will be asked for; all of them if not given.
    variables
        Further variables of the model to record.
    model
        The case's model in another form, or one that differs from it.
    clock, how
        As `run_many` takes them.

    Raises
    ------
    CqsimError
        The model cannot be run, or what a run sets does not fit it. A run that diverges
        is no error: its indicators are NaN.
    """
    outputs = [*variables_behind(case.indicators, indicators), *variables]
    runs = run_many(model or case.model, design, outputs, clock=clock, **how)
    return Measure(runs, case)


def run_again(outcome: JudgedRun, outputs: Iterable[str], **clock: float) -> Runs:
    """Return a scenario's run again, with other outputs and another clock.

    Parameters
    ----------
    clock
        `start`, `end`, `step` or `save`, where they are not to be the scenario's own.
    """
    scenario, timing = outcome.scenario, replace(outcome.clock, **clock)
    return run_many(scenario.model, [scenario.settings], outputs, clock=timing).run(0)
