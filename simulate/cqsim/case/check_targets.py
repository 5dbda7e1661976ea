"""What in a scenario's own targets does not fit the registers, and the targets."""

from collections.abc import Iterator, Mapping
from typing import Any

from cqsim.case.bounds import HUGE, Bounds, is_number, table_of
from cqsim.case.case import Case
from cqsim.case.schema import TargetSetting
from cqsim.case.targets import Target
from cqsim.case.units import unit_fault
from cqsim.errors import did_you_mean
from cqsim.tomlfile import Document, Fault
from cqsim.tomlspans import Key


def target_faults(document: Document, case: Case) -> Iterator[Fault]:
    """Yield what is wrong with the analyst's own targets."""
    settings = table_of(document.data, "targets")
    for name, setting in settings.items():
        if name in case.registered_targets:
            what = f"the register has a target '{name}' already"
            yield document.fault(("targets", name), what, "Choose another name.")
        if isinstance(setting, dict):
            yield from _of_one(document, case, ("targets", name), setting)


def _of_one(
    document: Document, case: Case, where: Key, setting: dict[str, Any]
) -> Iterator[Fault]:
    indicator, scope = setting.get("indicator"), setting.get("scope")
    if isinstance(indicator, str) and indicator not in case.indicators:
        what = f"there is no indicator '{indicator}'"
        remedy = did_you_mean(indicator, list(case.indicators))
        yield document.fault((*where, "indicator"), what, remedy, value=True)
    elif isinstance(indicator, str):
        unit = case.indicators[indicator].unit
        yield from unit_fault(document, where, setting, unit)
    if isinstance(scope, str) and scope and scope not in case.scopes:
        what = f"there is no scope '{scope}'"
        remedy = did_you_mean(scope, list(case.scopes))
        yield document.fault((*where, "scope"), what, remedy, value=True)
    first, last = case.years.base, case.years.last
    year, years = setting.get("year"), Bounds(first, last, "", "what can be judged")
    if is_number(year) and years.broken_by(year):
        title = ".".join(str(part) for part in where)
        shown = f"{year:g}" if abs(year) < HUGE else "a huge number"
        what = f"{title}.year = {shown} is outside {years.text()}, {years.owner}"
        yield document.fault((*where, "year"), what, years.remedy(), value=True)


def targets_of(settings: Mapping[str, TargetSetting], case: Case) -> tuple[Target, ...]:
    """Return the analyst's own targets, as the register has its own."""
    return tuple(_target(name, each, case) for name, each in settings.items())


def _target(name: str, setting: TargetSetting, case: Case) -> Target:
    indicator = case.indicators[setting.indicator]
    low = setting.at_least is not None
    return Target.model_validate(
        {
            "id": name,
            "title": (setting.title or indicator.title).model_dump(),
            "year": setting.year,
            "scope": setting.scope or case.whole,
            "own_scope": setting.scope or case.whole,
            "indicator": setting.indicator,
            "operator": ">=" if low else "<=",
            "value": setting.at_least if low else setting.at_most,
            "unit": indicator.unit,
            "class": next(each.id for each in case.about.classes if each.own),
            "sources": ("analyst",),
        }
    )
