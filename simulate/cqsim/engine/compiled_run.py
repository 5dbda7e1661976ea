"""Run a model once on the compiled kernel."""

from collections.abc import Mapping

import numpy as np

from cqsim.codegen.integrator import Method
from cqsim.compile.ir import Constant, shape_of
from cqsim.engine.compiled import kernel_of
from cqsim.engine.inputs import Setting
from cqsim.engine.kernel import Kernel
from cqsim.engine.result import Floats, Result
from cqsim.engine.settings import Assignments
from cqsim.engine.span import Span
from cqsim.language.syntax import canonical
from cqsim.model.model import Model

CONTROLS = {"start": "INITIAL TIME", "end": "FINAL TIME", "step": "TIME STEP"}


def run_compiled(
    model: Model, changes: Assignments, span: Span, method: Method = "euler"
) -> Result:
    """Return all variables of a run.

    Raises
    ------
    InputFileError
        The model has a construct that the kernel does not support; it is named with
        file and line, and nothing has run.
    """
    kernel = kernel_of(model).by(method)
    settings = kernel_settings(kernel, changes)
    times = {"start": span.start, "end": span.end, "step": span.step}
    for part, name in CONTROLS.items():
        value = times[part]
        if value is not None:
            settings[name] = value
    recorded = kernel.run(settings)
    return _result(model, kernel, recorded)


def kernel_settings(kernel: Kernel, changes: Assignments) -> dict[str, Setting]:
    """Return new values of constants and lookups as the kernel takes them."""
    return {
        name: list(given) if isinstance(given, tuple) else changed(kernel, name, given)
        for name, given in changes.items()
    }


def changed(
    kernel: Kernel, name: str, places: Mapping[tuple[str, ...], float]
) -> Floats | float:
    """Return a constant with new values in some places, the others as they were."""
    if () in places:
        return places[()]
    constant = kernel.system.variables[kernel.find(name)]
    assert isinstance(constant, Constant)
    values = np.array(constant.values).reshape(shape_of(constant.axes))
    axes = [[canonical(e) for e in axis.elements] for axis in constant.axes]
    for place, number in places.items():
        index = tuple(
            axis.index(canonical(element))
            for axis, element in zip(axes, place, strict=True)
        )
        values[index] = number
    return values


def _result(model: Model, kernel: Kernel, recorded: Mapping[str, Floats]) -> Result:
    values: dict[str, Floats] = {}
    axes: dict[str, tuple[str, ...]] = {}
    elements: dict[str, tuple[str, ...]] = {}
    units: dict[str, str] = {}
    constants = set()
    for variable in model.variables.values():
        if variable.kind in ("time", "lookup"):
            continue
        found = kernel.find(variable.name)
        name = variable.name.strip('"')
        values[name] = recorded[found][0]
        units[name] = variable.unit
        along = kernel.system.variables[found].axes
        axes[name] = tuple(axis.name for axis in along)
        elements.update({axis.name: axis.elements for axis in along})
        if variable.kind == "constant":
            constants.add(name)
    times = recorded["time"]
    return Result(times, values, axes, elements, units, frozenset(constants))
