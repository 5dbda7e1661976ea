"""Targets: what is judged, by which number, and with what right it is called one."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, TypeAdapter, model_validator

from cqsim.case.indicators import Indicators, Level
from cqsim.case.scopes import SCOPES
from cqsim.case.toml_file import Place, TomlFile, read_entries, read_toml
from cqsim.errors import FaultsError, did_you_mean
from cqsim.tomlschema import Frozen, Text

Evidence = Literal["plan-numeric", "plan-proxy", "linked-official", "analyst"]
Operator = Literal[">=", "<="]
Wording = Literal["none", "左右", "以上", "不低于", "超过", "基本", "约"]

MUNICIPALITY = "chongqing"
"""All 38 units of the municipality: a scope of what the model has for these only."""
VAGUE = ("左右", "基本", "约")


class Reading(Frozen):
    """One way to take the words of a target, as the number that then has to be met."""

    id: str
    text: Text
    threshold: float


class Base(Frozen):
    """Where the clause, or the table behind it, says that the indicator started.

    `value` and `rounding`, the last place that is printed, are in the unit of the
    indicator, or of what the indicator is a change of.
    """

    year: int
    value: float
    rounding: float = Field(gt=0)
    text: Text
    source: str


class Alternative(Frozen):
    """The same target for another area or year, or measured by another indicator.

    `boundary` leaves regions outside of it out of the scope and of every whole that
    the scope is compared with; what is not given is as in the target.
    """

    id: str
    text: Text
    scope: str | None = None
    boundary: Literal["metro", "cq21"] = "metro"
    year: int | None = None
    indicator: str | None = None
    operator: Operator | None = None
    value: float | None = None


class Target(Frozen):
    """A number to be met in a year, its class, and the words that it comes from.

    `own_scope` is the area that the document itself speaks of. `plan_number` is the
    number as it stands in the quote, for targets of class plan-numeric. `early` is
    false where only the year itself counts, so that nothing is met before it.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: Text
    year: int = Field(ge=2020, le=2060, strict=True)
    scope: str
    own_scope: str
    indicator: str
    operator: Operator
    value: float = Field(strict=True)
    unit: str
    evidence: Evidence = Field(alias="class")
    clause: str = Field("", pattern=r"^([TX]\d{3})?$")
    location: str = ""
    quote: str = ""
    plan_number: str = ""
    wording: Wording = "none"
    readings: tuple[Reading, ...] = ()
    base: Base | None = None
    reasoning: Text | None = None
    alternatives: tuple[Alternative, ...] = ()
    unconfirmed: bool = False
    early: bool = True
    sources: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _says_its_right(self) -> Self:
        """Refuse a class that the rest of the entry does not bear out."""
        for holds, demand in _demands(self):
            if not holds:
                raise ValueError(demand)
        return self

    @model_validator(mode="after")
    def _readings_loosen(self) -> Self:
        """Refuse readings that are not in order from the strictest to the loosest."""
        sign = 1.0 if self.operator == ">=" else -1.0
        strictness = [sign * reading.threshold for reading in self.readings]
        if strictness != sorted(strictness, reverse=True):
            what = "the readings must go from the strictest to the loosest"
            raise ValueError(what)
        if self.readings and self.value not in [r.threshold for r in self.readings]:
            what = f"one of the readings must have the target's value {self.value:g}"
            raise ValueError(what)
        if self.wording in VAGUE and len(self.readings) < 2:
            what = f"the wording {self.wording} needs at least two readings"
            raise ValueError(what)
        return self


Targets = Mapping[str, Target]
_ADAPTER = TypeAdapter(dict[str, Target])


def read_targets(
    path: Path, indicators: Indicators, regions: Collection[str]
) -> Targets:
    """Return the targets by id, in the file's order.

    Parameters
    ----------
    path
        The file, one table a target.
    indicators
        What targets can be measured by.
    regions
        The ids of the regions; besides rings, what a scope can be.

    Raises
    ------
    InputFileError
        The file is missing or is not TOML in UTF-8.
    FaultsError
        Every key that is unknown, missing or wrong, each with file and line.
    """
    file = read_toml(path)
    models = (Target, Reading, Base, Alternative)
    keys = {key for model in models for key in model.model_fields} - {"evidence"}
    targets = read_entries(file, _ADAPTER, sorted(keys | {"class"}))
    scopes = [*SCOPES, *regions, MUNICIPALITY]
    faults = []
    for target in targets.values():
        faults += _link_faults(file, target, indicators, scopes)
    if faults:
        raise FaultsError(faults)
    return targets


def can_be_met_early(target: Target, indicators: Indicators) -> bool:
    """Return whether the target can be met before its year.

    An average over a period, and a peak, are known only when the period is over.
    """
    return target.early and not indicators[target.indicator].over_period


def _demands(target: Target) -> list[tuple[bool, str]]:
    """Return what each class demands of an entry, and whether the entry has it."""
    return {
        "plan-numeric": _plan_numeric,
        "plan-proxy": _plan_proxy,
        "linked-official": _linked_official,
        "analyst": _analyst,
    }[target.evidence](target)


def _plan_numeric(target: Target) -> list[tuple[bool, str]]:
    return [
        (target.clause.startswith("T"), "plan-numeric needs a clause T… of the plan"),
        (bool(target.plan_number), "plan-numeric needs plan_number"),
        (target.plan_number in target.quote, "plan_number is not in the quote"),
    ]


def _plan_proxy(target: Target) -> list[tuple[bool, str]]:
    named = "代理" in target.title.zh and "proxy" in target.title.en
    return [
        (target.clause.startswith("T"), "plan-proxy needs a clause T… of the plan"),
        (bool(target.quote), "plan-proxy needs the quote that it stands for"),
        (target.reasoning is not None, "plan-proxy needs its reasoning"),
        (named, "the title of a plan-proxy says 代理 and proxy"),
    ]


def _linked_official(target: Target) -> list[tuple[bool, str]]:
    other = target.own_scope != target.scope
    explained = target.reasoning is not None
    quoted = bool(target.quote) or target.unconfirmed
    return [
        (target.clause.startswith("X"), "linked-official needs a clause X…"),
        (quoted, "linked-official needs a quote, or unconfirmed = true"),
        (explained or not other, "a scope other than own_scope needs reasoning"),
    ]


def _analyst(target: Target) -> list[tuple[bool, str]]:
    return [(not target.clause, "a target of class analyst names no clause")]


def _link_faults(
    file: TomlFile, target: Target, indicators: Indicators, scopes: list[str]
) -> list[str]:
    """Return a fault for each name in a target that nothing has."""
    faults = []
    if target.scope not in scopes:
        what = f"there is no scope '{target.scope}'"
        remedy = did_you_mean(target.scope, scopes)
        faults.append(file.fault((target.id, "scope"), what, remedy))
    known = sorted(indicators)
    named: list[tuple[str, Place]] = [(target.indicator, (target.id, "indicator"))]
    for number, each in enumerate(target.alternatives):
        if each.indicator is not None:
            place = (target.id, "alternatives", number, "indicator")
            named.append((each.indicator, place))
    for name, where in named:
        if name not in indicators:
            what = f"there is no indicator '{name}'"
            faults.append(file.fault(where, what, did_you_mean(name, known)))
    return faults or _meaning_faults(file, target, indicators)


def _meaning_faults(
    file: TomlFile, target: Target, indicators: Indicators
) -> list[str]:
    """Return a fault for a wrong unit, and for a number that the plan does not set."""
    faults = []
    indicator = indicators[target.indicator]
    area = indicator.area if isinstance(indicator, Level) else "metro"
    if target.scope == MUNICIPALITY and area != MUNICIPALITY:
        what = f"the model has '{target.indicator}' for its 22 units only"
        remedy = "Judge cq21, and say so in the reasoning."
        faults.append(file.fault((target.id, "scope"), what, remedy))
    if target.unit != indicator.unit:
        what = f"the unit is '{target.unit}', that of the indicator '{indicator.unit}'"
        remedy = "Give the value in the indicator's unit."
        faults.append(file.fault((target.id, "unit"), what, remedy))
    numeric = target.evidence == "plan-numeric"
    if numeric and indicator.theme in ("economy", "emissions"):
        what = f"the plan sets no number for {indicator.theme}"
        remedy = "Call it plan-proxy or analyst."
        faults.append(file.fault((target.id, "class"), what, remedy))
    return faults
