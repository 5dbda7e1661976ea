"""Say which variable first stopped being a number in a run, and when."""

import numpy as np

from cqsim.engine.result import Result
from cqsim.errors import CqsimError
from cqsim.model.model import Model


class DivergedError(CqsimError):
    """A run in which a value became infinite or not a number."""

    def __init__(self, variable: str, time: float, value: float, others: int) -> None:
        super().__init__(variable, time, value, others)

    def __str__(self) -> str:
        variable, time, value, others = self.args
        also = f", and {others} other variables with it" if others else ""
        return (
            f"the run diverged: {variable} is {value} at {time:g}{also}. "
            "Look at what it is computed from; a constant may be out of its sensible "
            "range, or the time step too long."
        )


def refuse_divergence(model: Model, result: Result) -> None:
    """Raise an error for the first value of a run that is not finite.

    Of several variables at the same time, the one is named that is computed from none
    of the others.

    Raises
    ------
    DivergedError
        A value of the run is infinite or not a number.
    """
    first: dict[str, int] = {}
    for name, values in result.values.items():
        flat = values.reshape(len(result.times), -1)
        bad = ~np.isfinite(flat).all(axis=1)
        if bad.any():
            first[name] = int(bad.argmax())
    if not first:
        return
    time = min(first.values())
    together = [name for name, when in first.items() if when == time]
    name = _source_of(model, together)
    flat = result.values[name].reshape(len(result.times), -1)[time]
    place = int((~np.isfinite(flat)).argmax())
    label = result.labels(name)[place]
    title = f"{name}[{', '.join(label)}]" if label else name
    others = len(together) - 1
    raise DivergedError(title, float(result.times[time]), float(flat[place]), others)


def _source_of(model: Model, names: list[str]) -> str:
    """Return the variable that is computed from none of the others, if there is one."""
    for name in names:
        variable = model.variable(name)
        if variable is None or variable.kind == "stock":
            continue
        text = " ".join(equation.right for equation in variable.equations).casefold()
        plain = " ".join(text.replace("_", " ").split())
        if not any(other.casefold() in plain for other in names if other != name):
            return name
    return names[0]
