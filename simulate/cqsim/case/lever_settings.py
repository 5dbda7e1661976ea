"""The levers beside a model, checked against it."""

from collections.abc import Iterator

from cqsim.case.levers import Lever, Levers, read_levers
from cqsim.case.places import Mistake, constant_of, places
from cqsim.case.register import register_of
from cqsim.case.scopes import SCOPES
from cqsim.errors import did_you_mean
from cqsim.model.model import Model, Variable
from cqsim.tomlfile import Document, Fault
from cqsim.tomlspans import Key


def levers_of(model: Model) -> Levers:
    """Return the levers that stand beside a model; none where it has no such file.

    Raises
    ------
    InputFileError
        The file cannot be read.
    FaultsError
        It is at fault, or a lever does not fit the model; each fault with its place.
    """
    return register_of(model, "lever", read_levers, _faults)


def _faults(
    document: Document, where: Key, model: Model, lever: Lever
) -> Iterator[Fault]:
    """Yield what in a lever does not fit the model."""
    for key, name in (
        ("constant", lever.constant),
        ("start_constant", lever.start_constant),
        ("ramp_constant", lever.ramp_constant),
    ):
        if name is None:
            continue
        try:
            variable = constant_of(model, name)
        except Mistake as mistake:
            what = f"{lever.id}: {mistake.what}"
            yield document.fault((*where, key), what, mistake.remedy, value=True)
            continue
        if key == "constant":
            yield from _constant_faults(document, where, model, lever, variable)


def _constant_faults(
    document: Document, where: Key, model: Model, lever: Lever, variable: Variable
) -> Iterator[Fault]:
    """Yield what in a lever does not fit the constant that it moves."""
    if variable.unit != lever.unit:
        what = (
            f"{lever.id}: the unit is '{lever.unit}', "
            f"that of '{variable.name}' is '{variable.unit}'"
        )
        remedy = "Give the lever in the constant's unit."
        yield document.fault((*where, "unit"), what, remedy, value=True)
    for key, value in (("floor", lever.floor), ("ceiling", lever.ceiling)):
        low = variable.low is not None and value < variable.low
        high = variable.high is not None and value > variable.high
        if low or high:
            what = f"{lever.id}: the {key} {value:g} is beyond the constant's range"
            remedy = "Choose a value within the range that the model gives."
            yield document.fault((*where, key), what, remedy, value=True)
    if not variable.subscripts:
        yield from _scope_faults(document, where, model, lever)
        return
    today = lever.today if isinstance(lever.today, dict) else {}
    for key, parts in (("scope", lever.reach), ("today", tuple(today))):
        for part in parts:
            try:
                places(model, variable, part)
            except Mistake as mistake:
                what = f"{lever.id}: {mistake.what}"
                yield document.fault((*where, key), what, mistake.remedy, value=True)


def _scope_faults(
    document: Document, where: Key, model: Model, lever: Lever
) -> Iterator[Fault]:
    """Yield the places of a lever's scope that neither model nor registers know."""
    known = {*SCOPES, *(entry.name for entry in model.ranges.values())}
    known |= {element for entry in model.ranges.values() for element in entry.elements}
    for part in lever.reach:
        if part not in known:
            what = f"{lever.id}: there is no place '{part}'"
            remedy = did_you_mean(part, sorted(known))
            yield document.fault((*where, "scope"), what, remedy, value=True)
