"""Run a model many times: compile it once, integrate in tiles, keep the outputs."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cqsim.codegen.integrator import Method
from cqsim.compile.ir import System
from cqsim.engine.ensemble import Ensemble, Keeper, lost_in
from cqsim.engine.places import Array
from cqsim.engine.planning import Plan, plan_many
from cqsim.engine.samples import chunks
from cqsim.model.model import Model

__all__ = ["Plan", "plan_many", "run_many", "run_plan", "stream"]


def stream(plan: Plan) -> Iterator[tuple[int, Array, Array]]:
    """Yield the first run, the outputs and the marks of chunk after chunk.

    No more than one chunk is in memory at a time.
    """
    for first, last in chunks(plan.samples.runs, plan.width):
        outputs, mark = plan.chunk(first, last)
        yield first, outputs, mark


def run_many(
    model: System | Model | str | Path,
    samples: Any,
    outputs: Sequence[str] | None = None,
    *,
    clock: Mapping[str, float] | None = None,
    method: Method = "euler",
    threads: int | None = None,
    memory: int = 2**30,
) -> Ensemble:
    """Run a model once for each sample.

    Parameters
    ----------
    model
        A model from `read_model`, a system from `lower.read`, or the path of a model.
    samples
        A data frame with a row for each run, whose columns are named as the constants,
        lookups or stocks (for their initial value) that they set, with an element in
        brackets where only that is set; or a mapping from such names to arrays
        (run, *axes); or a sequence of mappings.
    outputs
        What to record; all of the modeller's own variables if not given.
    clock
        `start`, `end`, `step` and `save`, where the model's own do not hold.
    method
        `euler`, or `rk4` for the classical Runge-Kutta method of fourth order; what is
        remembered from step to step is held within a step.
    threads
        How many threads; as many as there are processors if not given. The numbers do
        not depend on it.
    memory
        How many bytes of outputs are kept in memory; what is beyond goes to files that
        are deleted with the ensemble.

    Raises
    ------
    CqsimError
        If the model cannot be compiled, or a sample or output does not fit it. A run
        that diverges is no error: see `Ensemble.diverged`.
    """
    plan = plan_many(
        model, samples, outputs, clock=clock, method=method, threads=threads
    )
    return run_plan(plan, memory)


def run_plan(plan: Plan, memory: int = 2**30) -> Ensemble:
    """Integrate all runs of a plan; `memory` is as in `run_many`."""
    keeper = Keeper(memory)
    lost = []
    for _, values, mark in stream(plan):
        keeper.add(values)
        lost.append(lost_in(mark))
    ensemble = Ensemble(
        plan.kernel.system,
        plan.clock.times,
        plan.samples.runs,
        plan.names,
        tuple(keeper.pieces),
        np.concatenate(lost),
        plan.cause,
    )
    keeper.follow(ensemble)
    return ensemble
