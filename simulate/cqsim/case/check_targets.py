"""What in a scenario's own targets does not fit the registers, and the targets."""

from collections.abc import Iterator, Mapping
from typing import Any

from cqsim.case.beside import Beside
from cqsim.case.bounds import HUGE, Bounds, is_number, table_of
from cqsim.case.schema import TargetSetting
from cqsim.case.targets import Target
from cqsim.case.units import unit_fault
from cqsim.errors import did_you_mean
from cqsim.tomlfile import Document, Fault
from cqsim.tomlspans import Key

EARLIEST, LATEST = 2020, 2060
"""The years that a target can be for; see `Target`."""


def target_faults(document: Document, beside: Beside) -> Iterator[Fault]:
    """Yield what is wrong with the analyst's own targets."""
    settings = table_of(document.data, "targets")
    for name, setting in settings.items():
        if name in beside.targets:
            what = f"the register has a target '{name}' already"
            yield document.fault(("targets", name), what, "Choose another name.")
        if isinstance(setting, dict):
            yield from _of_one(document, beside, ("targets", name), setting)


def _of_one(
    document: Document, beside: Beside, where: Key, setting: dict[str, Any]
) -> Iterator[Fault]:
    indicator, scope = setting.get("indicator"), setting.get("scope")
    if isinstance(indicator, str) and indicator not in beside.indicators:
        what = f"there is no indicator '{indicator}'"
        remedy = did_you_mean(indicator, list(beside.indicators))
        yield document.fault((*where, "indicator"), what, remedy, value=True)
    elif isinstance(indicator, str):
        unit = beside.indicators[indicator].unit
        yield from unit_fault(document, where, setting, unit)
    if isinstance(scope, str) and scope not in beside.scopes:
        what = f"there is no scope '{scope}'"
        remedy = did_you_mean(scope, list(beside.scopes))
        yield document.fault((*where, "scope"), what, remedy, value=True)
    year, years = (
        setting.get("year"),
        Bounds(EARLIEST, LATEST, "", "what can be judged"),
    )
    if is_number(year) and years.broken_by(year):
        title = ".".join(str(part) for part in where)
        shown = f"{year:g}" if abs(year) < HUGE else "a huge number"
        what = f"{title}.year = {shown} is outside {years.text()}, {years.owner}"
        yield document.fault((*where, "year"), what, years.remedy(), value=True)


def targets_of(
    settings: Mapping[str, TargetSetting], beside: Beside
) -> tuple[Target, ...]:
    """Return the analyst's own targets, as the register has its own."""
    return tuple(_target(name, each, beside) for name, each in settings.items())


def _target(name: str, setting: TargetSetting, beside: Beside) -> Target:
    indicator = beside.indicators[setting.indicator]
    low = setting.at_least is not None
    return Target.model_validate(
        {
            "id": name,
            "title": (setting.title or indicator.title).model_dump(),
            "year": setting.year,
            "scope": setting.scope,
            "own_scope": setting.scope,
            "indicator": setting.indicator,
            "operator": ">=" if low else "<=",
            "value": setting.at_least if low else setting.at_most,
            "unit": indicator.unit,
            "class": "analyst",
            "sources": ("analyst",),
        }
    )
