"""What in a plan of fits does not go with the model that it is to fit."""

from collections.abc import Iterator
from pathlib import Path

from cqsim.case.settings import time_bounds
from cqsim.errors import did_you_mean
from cqsim.language.syntax import canonical
from cqsim.model.model import Model, Variable
from cqsim.model.values import constant_values
from cqsim.study.fit_plan import Fit, FitPlan
from cqsim.study.name_check import repeated_faults
from cqsim.study.posterior_check import posterior_faults
from cqsim.study.published import Publications
from cqsim.tomlfile import Document, Fault, refuse

UNMOVED = ("constant", "lookup", "data")
"""Kinds of variables that no constant moves."""


def refuse_misfits(
    document: Document,
    plan: FitPlan,
    model: Model,
    publications: Publications | None = None,
) -> None:
    """Refuse a plan that the model cannot carry out, before anything runs.

    With `publications`, also what the plan asks of a posterior.

    Raises
    ------
    FaultsError
        It names no constant, variable or axis of the model, another file than the one
        that the constant is read from, years that the model cannot start from, or says
        what would have no effect.
    """
    faults = list(_year_faults(document, plan, model))
    names = [fit.constant for fit in plan.fit]
    faults += repeated_faults(document, ("fit",), "constant", names, "fit of")
    if publications and plan.posterior:
        faults += posterior_faults(document, plan, model, publications)
    for number, fit in enumerate(plan.fit):
        faults += [
            document.fault(("fit", number, key), what, remedy, value=True)
            for key, what, remedy in _fit_faults(fit, model)
        ]
    refuse(document, faults)


def _year_faults(document: Document, plan: FitPlan, model: Model) -> Iterator[Fault]:
    clock = model.variable("initial time")
    for key, year in (("start", plan.start), ("end", plan.end)):
        bounds = time_bounds(clock) if clock else None
        if bounds and bounds.broken_by(year):
            what = f"{key} = {year}: no run starts there, only in {bounds.text()}"
            remedy = "Take a census that the model starts from."
            yield document.fault((key,), what, remedy, value=True)
    if plan.end <= plan.start:
        what = f"end = {plan.end} is not after start = {plan.start}"
        remedy = "Let the fit end after its start."
        yield document.fault(("end",), what, remedy, value=True)


def _fit_faults(fit: Fit, model: Model) -> Iterator[tuple[str, str, str]]:
    """Yield the key at fault, what is wrong and what would put it right."""
    constant, variable = model.variable(fit.constant), model.variable(fit.variable)
    if constant is None or constant.kind != "constant":
        known = [entry.name for entry in model.of_kind("constant")]
        what = f"there is no constant '{fit.constant}'"
        yield "constant", what, did_you_mean(fit.constant, known)
        return
    if variable is None:
        known = [entry.name for entry in model.variables.values()]
        what = f"there is no variable '{fit.variable}'"
        yield "variable", what, did_you_mean(fit.variable, known)
    elif variable.kind in UNMOVED:
        what = f"'{variable.name}' is the same in every run"
        yield "variable", what, "Name a variable that the constant moves."
    if fit.gain == 0:
        yield "gain", "gain = 0 moves nothing", "Give a gain, or leave the fit out."
    for key, rule in (("mean_one", "factor"), ("mean_zero", "growth")):
        if getattr(fit, key) and fit.rule != rule:
            what = f"{key} has no effect with rule = '{fit.rule}'"
            yield key, what, f"Leave it out: it goes with '{rule}'."
    yield from _axis_faults(fit, constant, variable)
    yield from _file_faults(fit, constant, model)


def _axis_faults(
    fit: Fit, constant: Variable, variable: Variable | None
) -> Iterator[tuple[str, str, str]]:
    own = tuple(map(canonical, constant.subscripts))
    axes = tuple(map(canonical, fit.along))
    named = ", ".join(fit.along)
    if own != axes:
        what = f"'{constant.title}' is not a constant along '{named}'"
        yield "along" if fit.along else "constant", what, "Give its own subscript."
    elif variable and not set(axes) <= _axes(variable):
        what = f"'{variable.title}' does not go along '{named}'"
        yield "variable", what, "Name a variable that does."


def _axes(variable: Variable) -> set[str]:
    return {canonical(s) for e in variable.equations for s in e.subscripts}


def _file_faults(
    fit: Fit, constant: Variable, model: Model
) -> Iterator[tuple[str, str, str]]:
    read = constant_values(model, constant)[0].file
    if read == model.path:
        what = f"'{constant.name}' stands in the model's text and in no file"
        yield "constant", what, "Let the model read it from a file."
    elif Path(fit.file) != read.relative_to(model.path.parent):
        name = read.relative_to(model.path.parent).as_posix()
        what = f"the model does not read '{constant.name}' from '{fit.file}'"
        yield "file", what, f"It reads '{name}'."
