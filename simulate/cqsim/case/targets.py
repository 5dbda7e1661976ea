"""Targets: what is judged, by which number, and with what right it is called one."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from cqsim.case.about import About, TargetClass
from cqsim.case.indicators import Indicators, Level
from cqsim.case.scopes import Geography
from cqsim.errors import UnknownNameError, did_you_mean
from cqsim.tomlfile import Document, Fault, load_entries, read_document, refuse
from cqsim.tomlschema import Frozen, Text
from cqsim.tomlspans import Key

Operator = Literal[">=", "<="]
NOT_JUDGEABLE = "not_judgeable"
Standing = Literal["judged", "reference", "not_judgeable"]
"""What a target is for: a verdict; a reference beside a value; what no value is for."""


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
    boundary: str = ""
    year: int | None = None
    indicator: str | None = None
    operator: Operator | None = None
    value: float | None = None


class Measures(Frozen):
    """What the document measures and what the indicator does, and how far they agree.

    `part` is a scope that holds most of the document's, `near` an accounting whose
    differences are known and small; with another of either there is no verdict.
    """

    document: Text
    model: Text
    scope: Literal["same", "part", "other"]
    accounting: Literal["same", "near", "other"]


class Target(Frozen):
    """A number to be met in a year, its class, and the words that it comes from.

    `own_scope` is the area that the document itself speaks of. `plan_number` is the
    number as it stands in the quote, `wording` the word that qualifies it, if any.
    `early` is false where only the year itself counts: nothing is met before it.
    `status` says whether there is a verdict, which takes a measure of the document's
    scope, accounting and base year. Where there is none, `why` says so: a reference
    has the nearest indicator beside its number, and what is not judgeable has none.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: Text
    year: int = Field(strict=True)
    scope: str
    own_scope: str
    indicator: str = ""
    operator: Operator
    value: float = Field(strict=True)
    unit: str
    evidence: str = Field(alias="class")
    clause: str = ""
    location: str = ""
    quote: str = ""
    plan_number: str = ""
    wording: str = "none"
    readings: tuple[Reading, ...] = ()
    base: Base | None = None
    reasoning: Text | None = None
    alternatives: tuple[Alternative, ...] = ()
    unconfirmed: bool = False
    early: bool = True
    status: Standing = "judged"
    why: Text | None = None
    measures: Measures | None = None
    sources: tuple[str, ...] = Field(min_length=1)

    @property
    def is_judged(self) -> bool:
        """Whether the target gets a verdict."""
        return self.status == "judged"

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
        return self


Targets = Mapping[str, Target]


def read_targets(
    path: Path,
    about: About,
    geography: Geography,
    indicators: Indicators,
    sources: Collection[str] | None = None,
) -> Targets:
    """Return the targets by id, in the file's order.

    Parameters
    ----------
    path
        The file, one table a target.
    about, geography, indicators
        What the case says of classes and years, its scopes, and what targets can be
        measured by.
    sources
        The sources that the case knows; None where it does not list them.

    Raises
    ------
    InputFileError
        The file is missing or is not TOML in UTF-8.
    FaultsError
        Every key that is unknown, missing or wrong, each with file and line.
    """
    document = read_document(path)
    targets = load_entries(document, {"": Target})
    checker = _TargetChecker(document, about, geography, indicators, sources)
    faults = [fault for target in targets.values() for fault in checker.faults(target)]
    refuse(document, faults)
    return {key: _complete(target, geography) for key, target in targets.items()}


def _complete(target: Target, geography: Geography) -> Target:
    """Return a target whose alternatives name the boundary that holds by default."""
    whole = {"boundary": geography.whole}
    named = [
        a if a.boundary else a.model_copy(update=whole) for a in target.alternatives
    ]
    return target.model_copy(update={"alternatives": tuple(named)})


def selected(
    targets: Targets,
    names: Collection[str] = (),
    *,
    evidence: str | None = None,
    year: int | None = None,
    scope: str | None = None,
) -> list[Target]:
    """Return the targets of these names, class, year and area; None takes all.

    Raises
    ------
    UnknownNameError
        There is no target of a name, or none at all for the year or area.
    """
    where = "targets"
    for name in names:
        if name not in targets:
            raise UnknownNameError(where, "target", name, list(targets))
    found = list(targets.values())
    wanted = (("class", "evidence", evidence), ("year", "year", year))
    for word, key, value in (*wanted, ("scope", "scope", scope)):
        known = sorted({str(getattr(target, key)) for target in found})
        if value is not None:
            found = [target for target in found if getattr(target, key) == value]
        if value is not None and not found:
            raise UnknownNameError(where, f"target of the {word}", str(value), known)
    return [target for target in found if not names or target.id in names]


@dataclass(frozen=True, slots=True)
class _TargetChecker:
    """Checks targets against the rest of the case."""

    document: Document
    about: About
    geography: Geography
    indicators: Indicators
    sources: Collection[str] | None

    def faults(self, target: Target) -> list[Fault]:
        """Return all that is wrong with a target, each with its place."""
        found = [
            *self.names(target),
            *self.standing(target),
            *self.year(target),
            *self.wording(target),
            *self.right(target),
        ]
        if target.indicator in self.indicators:
            found += self.measure(target)
        return found

    def at(self, target: Target, place: Key, what: str, remedy: str) -> Fault:
        """Return a fault at the value of a key of a target."""
        where = (target.id, *place)
        return self.document.fault(where, f"{target.id}: {what}", remedy, value=True)

    def names(self, target: Target) -> Iterator[Fault]:
        """Yield a fault for each name that nothing in the case has."""
        scopes = [*self.geography.scopes, *self.geography.of_kind("area")]
        boundaries = [row.id for row in self.geography.rows if row.boundary]
        indicators, classes = (
            sorted(self.indicators),
            [c.id for c in self.about.classes],
        )
        words = [*self.about.wording.exact, *self.about.wording.vague, "none"]
        named: list[tuple[str, Key, str | None, list[str]]] = [
            ("scope", ("scope",), target.scope, scopes),
            ("indicator", ("indicator",), target.indicator, indicators),
            ("class", ("class",), target.evidence, classes),
            ("wording", ("wording",), target.wording, words),
        ]
        for number, each in enumerate(target.alternatives):
            place: Key = ("alternatives", number)
            named += [
                ("indicator", (*place, "indicator"), each.indicator, indicators),
                ("scope", (*place, "scope"), each.scope, scopes),
                ("boundary", (*place, "boundary"), each.boundary, boundaries),
            ]
        if self.sources is not None:
            cited: list[tuple[Key, str]] = [
                (("sources", number), name)
                for number, name in enumerate(target.sources)
            ]
            if target.base is not None:
                cited.append((("base", "source"), target.base.source))
            listed = list(self.sources)
            named += [("source", place, name, listed) for place, name in cited]
        for word, place, name, known in named:
            if name and name not in known:
                what, remedy = f"there is no {word} '{name}'", did_you_mean(name, known)
                yield self.at(target, place, what, remedy)

    def standing(self, target: Target) -> Iterator[Fault]:
        """Yield what does not go with a target having, or not having, a verdict."""
        if target.is_judged and target.why is not None:
            what = "why says why there is no verdict, and the target has one"
            yield self.at(target, ("why",), what, "Add a status, or remove why.")
        if not target.is_judged and target.why is None:
            what = f"the status {target.status} needs why, in zh and en"
            remedy = "Say why there is no verdict."
            yield self.at(target, ("status",), what, remedy)
        found = target.measures
        if target.is_judged and found and "other" in (found.scope, found.accounting):
            what = "a verdict takes the document's own scope and accounting"
            yield self.at(target, ("measures",), what, "Make it a reference.")
        if target.status == NOT_JUDGEABLE and target.indicator:
            what = f"'{target.indicator}' is no measure of what is not judgeable"
            yield self.at(target, ("indicator",), what, "Remove the indicator.")
        if target.status != NOT_JUDGEABLE and not target.indicator:
            what = "the indicator is missing"
            yield self.at(target, (), what, "Name what the target is judged by.")

    def year(self, target: Target) -> Iterator[Fault]:
        """Yield a fault for a year that nothing can be judged in."""
        first, last = self.about.years.base, self.about.years.last
        if not first <= target.year <= last:
            what = f"{target.year} is outside [{first}, {last}], the years of the case"
            yield self.at(target, ("year",), what, "Choose a year within.")

    def wording(self, target: Target) -> Iterator[Fault]:
        """Yield a fault for a vague word without readings."""
        if target.wording in self.about.wording.vague and len(target.readings) < 2:
            what = f"the wording {target.wording} needs at least two readings"
            yield self.at(target, (), what, "Add the other readings.")

    def right(self, target: Target) -> Iterator[Fault]:
        """Yield a fault for each demand of its class that a target does not meet."""
        own = [each for each in self.about.classes if each.id == target.evidence]
        for holds, demand in _demands(own[0], target) if own else ():
            if not holds:
                yield self.at(target, (), demand, "Correct it.")

    def measure(self, target: Target) -> Iterator[Fault]:
        """Yield what in a target does not go with its indicator."""
        indicator = self.indicators[target.indicator]
        area = indicator.area if isinstance(indicator, Level) else ""
        if target.scope in self.geography.of_kind("area") and area != target.scope:
            count = len(self.geography.ring_of)
            what = f"the model has '{target.indicator}' for its {count} regions only"
            remedy = "Judge a scope of regions, and say so in the reasoning."
            yield self.at(target, ("scope",), what, remedy)
        if target.unit != indicator.unit:
            what = f"the unit is '{target.unit}', that of the indicator "
            remedy = "Give the value in the indicator's unit."
            yield self.at(target, ("unit",), f"{what}'{indicator.unit}'", remedy)
        for each in self.about.classes:
            if each.id == target.evidence and indicator.theme in each.excluded_themes:
                what = f"the plan sets no number for {indicator.theme}"
                remedy = "Give the target another class."
                yield self.at(target, ("class",), what, remedy)


def _demands(own: TargetClass, target: Target) -> Iterator[tuple[bool, str]]:
    """Yield what a class demands of a target, and whether the target has it."""
    if own.clause:
        form = re.fullmatch(own.clause, target.clause) is not None
        yield form, f"{own.id} needs a clause of the form {own.clause}"
    else:
        yield not target.clause, f"a target of class {own.id} names no clause"
    for key in own.needs:
        unneeded = key == "quote" and target.unconfirmed
        has_it = unneeded or bool(getattr(target, key))
        yield (
            has_it,
            f"{own.id} needs its {key}" + " or unconfirmed = true" * (key == "quote"),
        )
    number = "plan_number" not in own.needs or target.plan_number in target.quote
    yield number, "plan_number is not in the quote"
    for language, word in own.title_says or ():
        said = word in getattr(target.title, language)
        yield said, f"the title of a {own.id} says {word}"
    if own.explains_other_scope and target.own_scope != target.scope:
        explained = target.reasoning is not None
        yield explained, "a scope other than own_scope needs reasoning"
