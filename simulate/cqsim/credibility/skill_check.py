"""What in a plan of skill goes with neither the model nor the ledger."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from cqsim.case.settings import time_bounds
from cqsim.credibility.skill_plan import Hindcast, Series, SkillPlan
from cqsim.errors import did_you_mean
from cqsim.ledger.rules import GRADES
from cqsim.model.model import Model
from cqsim.model.resolve import read_model
from cqsim.study.name_check import constant_faults, repeated_faults
from cqsim.study.published import Publications
from cqsim.study.quantity_check import observed_faults, place_faults, quantity_faults
from cqsim.tomlfile import Document, Fault, load, read_document, refuse

REGIONS = "regions"
"""The places of a hindcast of every region."""


def read_skill_plan(path: Path) -> SkillPlan:
    """Return the plan of a file, its shape checked and nothing else.

    Raises
    ------
    InputFileError
        The file is missing or cannot be decoded.
    FaultsError
        It is not TOML, or keys are unknown, missing or wrong; each with its place.
    """
    return load(read_document(path), SkillPlan)


def refuse_unscored(path: Path, model: Path, publications: Publications) -> None:
    """Refuse a plan of which a part could not be scored, before anything runs.

    Raises
    ------
    FaultsError
        It names what neither the model nor the ledger has, or years that do not go
        together; each with its place.
    """
    document = read_document(path)
    plan = load(document, SkillPlan)
    text = read_model(model)
    faults = [
        *_time_faults(document, plan, text),
        *_part_faults(document, plan, text, publications),
        *_rest_faults(document, plan, text, publications),
    ]
    refuse(document, faults)


def _time_faults(document: Document, plan: SkillPlan, model: Model) -> Iterator[Fault]:
    clock = model.variable("initial time")
    if clock and (bounds := time_bounds(clock)).broken_by(plan.jump_off):
        what = f"jump_off = {plan.jump_off}: no run starts there, only in "
        remedy = "Take a census that the model starts from."
        yield document.fault(("jump_off",), what + bounds.text(), remedy, value=True)
    for origin in plan.origins:
        if not plan.jump_off <= origin < max(plan.years):
            what = f"origin {origin}: not from the jump-off {plan.jump_off} on, or "
            what += f"not before the last year {max(plan.years)}"
            remedy = "Take origins between them."
            yield document.fault(("origins",), what, remedy, value=True)
    for number, series in enumerate(plan.series):
        if series.line_from > plan.jump_off:
            what = f"line_from = {series.line_from} is after the jump-off"
            remedy = "A line needs values before it."
            place = ("series", number, "line_from")
            yield document.fault(place, what, remedy, value=True)


def _part_faults(
    document: Document, plan: SkillPlan, model: Model, publications: Publications
) -> Iterator[Fault]:
    """Yield what is wrong with each series and each hindcast."""
    kinds: tuple[tuple[str, Sequence[Series | Hindcast]], ...] = (
        ("series", plan.series),
        ("hindcast", plan.hindcast),
    )
    for kind, parts in kinds:
        ids = [part.id for part in parts]
        yield from repeated_faults(document, (kind,), "id", ids, kind)
        for number, part in enumerate(parts):
            at = (kind, number)
            yield from quantity_faults(document, at, part, model, publications)
            names = [part.places] if isinstance(part.places, str) else part.places
            names = [name for name in names if (kind, name) != ("hindcast", REGIONS)]
            place = (*at, "places")
            yield from place_faults(document, place, part, names, publications)


def _rest_faults(
    document: Document, plan: SkillPlan, model: Model, publications: Publications
) -> Iterator[Fault]:
    if set(plan.grades) != set(GRADES):
        what = f"grades are {', '.join(GRADES)}, here {', '.join(sorted(plan.grades))}"
        remedy = "Give each of them a relative standard deviation."
        yield document.fault(("grades",), what, remedy)
    for key in ("nominal", "growth"):
        names = [getattr(plan.deflator, key)]
        place = ("deflator", key)
        yield from observed_faults(document, place, names, publications)
    yield from constant_faults(document, ("as_of",), model, plan.as_of)
    known = {
        f"{series.id}{end}" for series in plan.series for end in ("", "_by_region")
    }
    known |= {f"hindcast_{hindcast.id}" for hindcast in plan.hindcast}
    for number, shortfall in enumerate(plan.shortfall):
        at = ("shortfall", number)
        for name in set(shortfall.checks) - known:
            remedy = did_you_mean(name, sorted(known))
            what = f"there is no check of skill '{name}'"
            yield document.fault((*at, "checks"), what, remedy, value=True)
        for index, tried in enumerate(shortfall.tried):
            inner = (*at, "tried", index, "set")
            yield from constant_faults(document, inner, model, tried.set)
