"""Run a model once as a sweep does: what the sweep recorded is the same to the bit."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from cqsim.compile.ir import Constant, shape_of
from cqsim.engine.compiled import kernel_of
from cqsim.engine.compiled_run import changed, run_compiled
from cqsim.engine.kernel import Kernel
from cqsim.engine.result import Floats, Result
from cqsim.engine.settings import Assignments
from cqsim.engine.span import Span
from cqsim.engine.variants import Variants
from cqsim.language.syntax import canonical
from cqsim.model.model import Model
from cqsim.scenario.schema import SweptSetting


def run_swept(
    model: Model, changes: Assignments, span: Span, swept: SweptSetting
) -> Result:
    """Return all variables of a run.

    Those that the sweep recorded come from the program that the sweep compiles; the
    others from that of a single run, which agrees with it but for the last digits.

    Raises
    ------
    InputFileError
        The model has a construct that is not supported.
    """
    result = run_compiled(model, changes, span)
    kernel = kernel_of(model)
    given = dict(changes)
    differing = {
        kernel.find(name): _whole(kernel, name, given.pop(canonical(name), {}))[None]
        for name in swept.differing
    }
    shared = {name: _setting(places) for name, places in _spelled(kernel, given)}
    clock = {"start": span.start, "end": span.end, "step": span.step}
    told = {name: value for name, value in clock.items() if value is not None}
    outputs = [kernel.find(name) for name in swept.recorded]
    found = Variants.of(kernel.system, told, shared, outputs).run(differing)
    values = dict(result.values)
    for name in outputs:
        values[result.name_of(name)] = found.values[name][0]
    return replace(result, values=values)


def _whole(kernel: Kernel, name: str, places: Any) -> Floats:
    """Return a constant with its new values: (*axes)."""
    constant = kernel.system.variables[kernel.find(name)]
    assert isinstance(constant, Constant)
    shape = shape_of(constant.axes)
    return np.array(np.broadcast_to(changed(kernel, name, places), shape))


def _spelled(kernel: Kernel, given: Assignments) -> Iterator[tuple[str, Any]]:
    """Yield settings by the engine's spelling of constants and lookups."""
    names = [*kernel.system.variables, *kernel.system.lookups]
    known = {canonical(name): name for name in names}
    for name, places in given.items():
        yield known[name], places


def _setting(places: Any) -> Any:
    """Return new values of a constant or lookup as an ensemble takes them."""
    if not isinstance(places, Mapping):
        return list(places)
    if () in places:
        return places[()]
    return {",".join(place): value for place, value in places.items()}
