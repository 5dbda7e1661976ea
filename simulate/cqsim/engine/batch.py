"""Many runs of one model together, each as a result that can be measured."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cqsim.engine.compiled import kernel_of
from cqsim.engine.inputs import Setting as KernelSetting
from cqsim.engine.kernel import Kernel
from cqsim.engine.result import Floats, Result
from cqsim.engine.span import Span
from cqsim.model.model import Model
from cqsim.scenario.places import Setting

CHUNK = 128
"""Runs that are integrated together: enough to fill vectors, few enough for memory."""

Settings = Mapping[str, Setting]


@dataclass(frozen=True)
class Batch:
    """A compiled model with the times of its runs and what is recorded of them.

    Attributes
    ----------
    outputs
        The variables that are recorded.
    every_step
        Whether every step is recorded, in place of every saved time.
    """

    model: Model
    kernel: Kernel
    span: Span
    outputs: tuple[str, ...]
    every_step: bool = False

    def recording(self, outputs: Iterable[str], *, every_step: bool = False) -> "Batch":
        """Return the same compiled model with other variables recorded."""
        names = tuple(dict.fromkeys(self.kernel.find(name) for name in outputs))
        return replace(self, outputs=names, every_step=every_step)

    def results(self, rows: Sequence[Settings]) -> Iterator[Result]:
        """Yield the result of each row of settings, in order.

        Raises
        ------
        CqsimError
            A setting does not fit the model.
        """
        clock = self._clock()
        for first in range(0, len(rows), CHUNK):
            part = rows[first : first + CHUNK]
            settings = [{**clock, **as_kernel_takes(row)} for row in part]
            found = self.kernel.run(settings, self.outputs)
            times = found.pop("time")
            for number in range(len(part)):
                yield self._result(times, {n: a[number] for n, a in found.items()})

    def _clock(self) -> dict[str, float]:
        """Return the settings of the model's own clock."""
        span = self.span
        given = {
            "initial time": span.start,
            "final time": span.end,
            "time step": span.step,
            "saveper": span.step if self.every_step else None,
        }
        names = {
            variable.key: variable.name.strip('"')
            for variable in self.model.of_kind("time")
        }
        return {
            names[key]: value
            for key, value in given.items()
            if value is not None and key in names
        }

    def _result(self, times: Floats, values: Mapping[str, Floats]) -> Result:
        variables = self.kernel.system.variables
        axes = {name: variables[name].axes for name in values}
        return Result(
            times,
            dict(values),
            {name: tuple(axis.name for axis in found) for name, found in axes.items()},
            {axis.name: axis.elements for found in axes.values() for axis in found},
            {name: self._unit(name) for name in values},
            frozenset(),
        )

    def _unit(self, name: str) -> str:
        variable = self.model.variable(name)
        return variable.unit if variable else ""


def open_batch(model: Model, span: Span, outputs: Iterable[str]) -> Batch:
    """Return a model compiled for runs over a span, recording the outputs named.

    Parameters
    ----------
    outputs
        The variables that are recorded.

    Raises
    ------
    CqsimError
        The model holds what the compiled engine does not support.
    """
    kernel = kernel_of(model)
    return Batch(model, kernel, span.checked(model), ()).recording(outputs)


def as_kernel_takes(settings: Settings) -> dict[str, KernelSetting]:
    """Return settings of a scenario as the compiled engine takes them."""
    return {name.strip('"'): _plain(value) for name, value in settings.items()}


def _plain(value: Setting) -> Any:
    return list(value) if isinstance(value, tuple) else value
