"""Names in equations that the model does not have."""

from collections.abc import Iterator

from cqsim.errors import FaultsError, InputFileError, did_you_mean
from cqsim.model.expression import Reference, walk
from cqsim.model.variables import Equation, Model, canonical

CLOCK = "time"


def refuse_undefined(model: Model) -> None:
    """Refuse a model in which an equation refers to a name that nothing defines.

    Raises
    ------
    FaultsError
        Every such name, with the line of the equation.
    """
    known = set(model.variables) | {CLOCK, *model.ranges}
    known |= {canonical(e) for entry in model.ranges.values() for e in entry.elements}
    faults = [
        _fault(model, equation, name)
        for variable in model.variables.values()
        for equation in variable.equations
        for name in _names(equation)
        if canonical(name) not in known
    ]
    if faults:
        raise FaultsError(faults)


def _names(equation: Equation) -> Iterator[str]:
    yield from equation.subscripts
    nodes = () if equation.tree is None else walk(equation.tree)
    yield from (node.name for node in nodes if isinstance(node, Reference))


def _fault(model: Model, equation: Equation, name: str) -> str:
    names = [variable.name for variable in model.variables.values()]
    names += [entry.name for entry in model.ranges.values()]
    what = f"{equation.left}: the model has no '{name}'"
    remedy = did_you_mean(name, names)
    return str(InputFileError(model.path, equation.line, what, remedy))
