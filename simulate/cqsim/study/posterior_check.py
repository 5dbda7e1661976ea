"""What in the part `[posterior]` of a plan goes with neither model nor ledger."""

from collections.abc import Iterator

from cqsim.errors import did_you_mean
from cqsim.language.syntax import canonical
from cqsim.model.model import Model
from cqsim.study.evidence import data_of
from cqsim.study.fit_plan import FitPlan
from cqsim.study.name_check import repeated_faults
from cqsim.study.posterior_plan import CLOUDS, Evidence, Posterior
from cqsim.study.published import Publications
from cqsim.study.quantity_check import place_faults, quantity_faults
from cqsim.study.refit import feature_count
from cqsim.tomlfile import Document, Fault
from cqsim.tomlspans import Key

PLACE: Key = ("posterior",)


def posterior_faults(
    document: Document, plan: FitPlan, model: Model, publications: Publications
) -> Iterator[Fault]:
    """Yield what would stop the sampling, or leave part of the plan without effect."""
    wanted = plan.posterior
    assert wanted is not None
    yield from _free_faults(document, plan, wanted, model)
    yield from _effort_faults(document, wanted)
    ids = [evidence.id for evidence in wanted.evidence]
    at = (*PLACE, "evidence")
    yield from repeated_faults(document, at, "id", ids, "piece of evidence")
    for number, evidence in enumerate(wanted.evidence):
        place = (*at, number)
        found = [
            *quantity_faults(document, place, evidence, model, publications),
            *place_faults(
                document,
                (*place, "places"),
                evidence,
                evidence.places,
                publications,
            ),
        ]
        yield from found
        if not found:
            yield from _year_faults(document, place, evidence, plan, publications)


def _free_faults(
    document: Document, plan: FitPlan, wanted: Posterior, model: Model
) -> Iterator[Fault]:
    fitted = {canonical(fit.constant) for fit in plan.fit}
    known = [v.name for v in model.of_kind("constant") if not v.subscripts]
    names = [free.name for free in wanted.constant]
    at = (*PLACE, "constant")
    yield from repeated_faults(document, at, "name", names, "free constant")
    for number, name in enumerate(names):
        place = (*at, number, "name")
        found = model.variable(name)
        if found is None or found.kind != "constant":
            what, remedy = f"there is no constant '{name}'", did_you_mean(name, known)
        elif found.key in fitted:
            what = f"'{name}' is fitted to the censuses at every point"
            remedy = "Leave it out here, or its [[fit]]."
        elif found.subscripts:
            what = f"'{found.title}' is not one number"
            remedy = "Free a constant without subscripts."
        elif found.low is None or found.high is None or found.low == found.high:
            what = f"the model gives '{name}' no range to move in"
            remedy = "Give it one with its unit: [low, high]."
        else:
            continue
        yield document.fault(place, what, remedy, value=True)


def _effort_faults(document: Document, wanted: Posterior) -> Iterator[Fault]:
    """Yield what is too little to learn a quadratic function or a covariance from."""
    count = len(wanted.constant)
    least = feature_count(count)
    if wanted.design < least:
        what = f"design = {wanted.design}: {count} free constants need {least} runs"
        remedy = f"Take at least {least}, better twice as many."
        yield document.fault((*PLACE, "design"), what, remedy, value=True)
    least = CLOUDS * (count + 2)
    if wanted.particles < least:
        what = f"particles = {wanted.particles}: {CLOUDS} clouds need {least}"
        remedy = "Take at least a hundred times the free constants, if time allows."
        yield document.fault((*PLACE, "particles"), what, remedy, value=True)


def _year_faults(
    document: Document,
    place: Key,
    evidence: Evidence,
    plan: FitPlan,
    publications: Publications,
) -> Iterator[Fault]:
    """Yield years that a run does not reach, or of which nothing is published."""
    first = plan.start + (evidence.transform == "growth")
    early = [year for year in evidence.years if year < first]
    found = {datum.year for datum in data_of([evidence], publications)}
    base = evidence.years[0] if evidence.transform == "index" and found else None
    unknown = [y for y in evidence.years if y not in found and y != base]
    if early:
        what = f"a run from {plan.start} gives no {evidence.transform} for "
        what += _listed(early)
        remedy = f"Take years from {first} on."
    elif unknown:
        what = f"the ledger has no '{evidence.observed}' for {_listed(unknown)}"
        remedy = "Leave them out, or add a bulletin that gives it."
    else:
        return
    yield document.fault((*place, "years"), what, remedy, value=True)


def _listed(years: list[int]) -> str:
    return ", ".join(map(str, years))
