"""The context of a report: facts by name, and each number registered once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from cqsim.case.case import Case
from cqsim.case.indicators import Indicator, Level
from cqsim.judge.verdicts import Verdict, WithoutVerdict
from cqsim.report.facts import ReportFacts, path_or_none
from cqsim.report.numbers import (
    NONE,
    Marker,
    PrintedNumbers,
    UnitScales,
    bare,
    decimals_to_show,
)
from cqsim.report.phrases import Catalogue, Phrase, claim, with_marks
from cqsim.report.plan import ReportFiles, ReportPlan


@dataclass
class ReportContext:
    """The inputs of every section: facts, files of the case, and registered numbers."""

    facts: ReportFacts
    files: ReportFiles
    _paths: dict[tuple[str, str, int], dict[int, float]] = field(default_factory=dict)

    @cached_property
    def units(self) -> UnitScales:
        """The scales of units."""
        return UnitScales(self.words.unit)

    @cached_property
    def numbers(self) -> PrintedNumbers:
        """The numbers of the report."""
        return PrintedNumbers(self.units)

    @property
    def words(self) -> Catalogue:
        """The words of the report."""
        return self.files.words

    @property
    def plan(self) -> ReportPlan:
        """The plan of the report: its themes, tables and figures."""
        return self.files.plan

    # --- years and targets -----------------------------------------------------------

    @property
    def case(self) -> Case:
        """The case that the run is of."""
        return self.facts.case

    @cached_property
    def years(self) -> tuple[int, int]:
        """The first and the last year of the run."""
        times = self.facts.main.result.times
        return int(times[0]), int(times[-1])

    @cached_property
    def key_years(self) -> list[int]:
        """The years that tables have columns for."""
        first, last = self.years
        shown = {first, *self.case.years.ahead, last}
        return sorted(year for year in shown if first <= year <= last)

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdicts on the run that the report is about."""
        return self.facts.main.judgement.verdicts

    @property
    def without(self) -> tuple[WithoutVerdict, ...]:
        """The targets that get no verdict."""
        return self.facts.main.judgement.without

    def of_class(self, evidence: str) -> list[Verdict]:
        """Return the verdicts on targets of one class."""
        return [v for v in self.verdicts if v.target.evidence == evidence]

    def is_plans(self, verdict: Verdict) -> bool:
        """Return whether the number of a target stands in the plan itself."""
        return self.case.classes[verdict.target.evidence].headline

    def is_proxy(self, verdict: Verdict) -> bool:
        """Return whether a target stands for words of the plan that have no number."""
        return self.case.classes[verdict.target.evidence].proxy

    @cached_property
    def plans_own(self) -> list[Verdict]:
        """The verdicts on the numbers of the plan itself."""
        return [verdict for verdict in self.verdicts if self.is_plans(verdict)]

    def is_past(self, verdict: Verdict) -> bool:
        """Return whether a target is judged after the fact."""
        return verdict.target.year <= self.last_known

    @cached_property
    def last_known(self) -> int:
        """The last year that was over when the latest source of the case appeared."""
        until, known = self.facts.data_until, self.case.years.known_until
        return max(known, int(until[:4]) - 1) if until else known

    def open_targets(self) -> list[Verdict]:
        """Return the targets missed and still ahead for which levers were tried."""
        return [
            v
            for v in self.verdicts
            if not self.is_past(v)
            and not v.status.met
            and v.target.id in self.facts.reachability.reaches
        ]

    # --- names -----------------------------------------------------------------------

    def has(self, indicator: str) -> bool:
        """Return whether the model has an indicator."""
        return indicator in self.case.indicators

    def indicator(self, name: str) -> Indicator:
        """Return an indicator."""
        return self.case.indicators[name]

    def title(self, name: str) -> Any:
        """Return an indicator's title."""
        return self.indicator(name).title

    def name(self, kind: str, key: str) -> Any:
        """Return the name of something of a kind; by default the key itself."""
        return self.words.name.get(kind, {}).get(key, key)

    @cached_property
    def _region_names(self) -> dict[str, Phrase]:
        return {place.id: place.name for place in self.facts.places}

    def scope(self, name: str) -> Any:
        """Return the name of a region or of a set of regions."""
        titles = self.case.scope_titles
        return titles.get(name) or self._region_names.get(name) or name

    def the(self, name: str) -> Any:
        """Return the name of a scope inside of a sentence."""
        is_set = name in self.case.scope_titles
        scope = self.scope(name)
        return claim("the_scope", scope=scope) if is_set else scope

    @property
    def rings(self) -> tuple[str, ...]:
        """The sets of regions that are drawn side by side."""
        return self.case.geography.of_kind("ring")

    @cached_property
    def scope_rows(self) -> tuple[str, ...]:
        """The scopes that tables have rows for."""
        return self.plan.rows or self.case.table_scopes

    def widest_scope(self, indicator: str) -> str:
        """Return the scope for which an indicator is given as a whole."""
        first = self.years[0]
        scopes = self.plan.widest or (self.case.whole,)
        known = (s for s in scopes if self.raw(indicator, s, first) is not None)
        return next(known, self.case.whole)

    def unit(self, indicator: str, *, alone: bool = False) -> Phrase:
        """Return an indicator's unit; `alone` where no number stands before it."""
        scale = self.units.scale(self.indicator(indicator).unit)
        return Phrase(scale.zh, scale.en_alone if alone and not scale.en else scale.en)

    def titled_unit(self, indicator: str, title: Any = None) -> Any:
        """Return an indicator's title, or another, with its unit behind it."""
        title, unit = title or self.title(indicator), self.unit(indicator)
        both = self.words.phrase(claim("titled_unit", title=title, unit=unit))
        plain = self.words.phrase(title)
        return Phrase(
            both.zh if unit.zh else plain.zh, both.en if unit.en else plain.en
        )

    def short_name(self, verdict: Verdict) -> Phrase:
        """Return a target's title without what its class and year say already."""
        texts = list(self.words.phrase(verdict.target.title))
        for number, text in enumerate(texts):
            for extra in self.words.dropped:
                text = text.replace(extra, "")
            texts[number] = text.strip()
        return Phrase(*texts)

    def label(self, words: Any, language: str) -> str:
        """Return words as a figure prints them."""
        return with_marks(self.words.text(words, language), language)

    def number(
        self, indicator: str, value: float, language: str, decimals: int | None = None
    ) -> str:
        """Return a value of an indicator as a figure prints it, without its unit."""
        own = self.indicator(indicator)
        places = own.decimals if decimals is None else decimals
        return self.units.bare(value, own.unit, places, language)

    def factor(self, indicator: str, language: str) -> float:
        """Return what an indicator is multiplied by to be in a language's scale."""
        return self.units.factor(self.indicator(indicator).unit, language)

    # --- numbers ---------------------------------------------------------------------

    def path(self, indicator: str, scope: str, run: int = 0) -> dict[int, float]:
        """Return an indicator by year, without the years for which there is none."""
        if not self.has(indicator):
            return {}
        own = self.indicator(indicator)
        if isinstance(own, Level) and scope == self.case.whole != own.area:
            return {}
        key = (indicator, scope, run)
        if key not in self._paths:
            measure = self.facts.measures[run]
            self._paths[key] = path_or_none(measure, indicator, scope)
        return self._paths[key]

    def raw(self, indicator: str, scope: str, year: int, run: int = 0) -> float | None:
        """Return a value, None where it is not defined."""
        return self.path(indicator, scope, run).get(year)

    def at(self, indicator: str, scopes: Sequence[str], year: int) -> dict[str, float]:
        """Return an indicator's values in a year by scope, where it is defined."""
        values = ((scope, self.raw(indicator, scope, year)) for scope in scopes)
        return {scope: value for scope, value in values if value is not None}

    def register(
        self,
        key: str,
        indicator: str,
        value: float,
        *,
        decimals: int | None = None,
        signed: bool = False,
        difference: bool = False,
    ) -> Marker:
        """Register a number of an indicator, in its unit or in that of a difference."""
        own = self.indicator(indicator)
        unit = self.units.difference(own.unit) if difference else own.unit
        places = own.decimals if decimals is None else decimals
        return self.numbers.register(key, value, unit, places, signed=signed)

    def register_change(
        self, key: str, indicator: str, value: float, decimals: int | None = None
    ) -> Marker:
        """Register a signed difference of two numbers of an indicator."""
        return self.register(
            key, indicator, value, decimals=decimals, signed=True, difference=True
        )

    def _key(self, kind: str, run: int, *parts: object) -> str:
        scenario = self.facts.outcomes[run].scenario.id
        return ".".join((kind, scenario, *map(str, parts)))

    def value(self, indicator: str, scope: str, year: int, run: int = 0) -> str:
        """Return the marker of a value with its unit; a dash where there is none."""
        value = self.raw(indicator, scope, year, run)
        if value is None:
            return NONE
        key = self._key("value", run, indicator, scope, year)
        return self.register(key, indicator, value)

    def plain(self, indicator: str, scope: str, year: int, run: int = 0) -> str:
        """Return the marker of a value without its unit, for columns that name it."""
        return bare(self.value(indicator, scope, year, run))

    def change(self, indicator: str, scope: str, since: int, until: int) -> str:
        """Return the marker of a signed change between two years."""
        before, after = (self.raw(indicator, scope, y) for y in (since, until))
        if before is None or after is None:
            return NONE
        key = self._key("change", 0, indicator, scope, f"{since}-{until}")
        return self.register_change(key, indicator, after - before)

    def shown_margin(
        self, key: str, indicator: str, margin: float, *, signed: bool = True
    ) -> Marker:
        """Return the marker of a margin, with decimals enough to be seen."""
        places = decimals_to_show(margin, self.indicator(indicator).decimals)
        shown = margin if signed else abs(margin)
        return self.register(
            key, indicator, shown, decimals=places, signed=signed, difference=True
        )

    def margin(self, verdict: Verdict) -> Marker:
        """Return the marker of a verdict's signed margin."""
        target = verdict.target
        key = self._key("margin", 0, target.id)
        return self.shown_margin(key, target.indicator, verdict.margin)

    def distance(self, verdict: Verdict) -> Marker:
        """Return the marker of a verdict's margin without its sign."""
        target = verdict.target
        key = self._key("distance", 0, target.id)
        return self.shown_margin(key, target.indicator, verdict.margin, signed=False)

    def required(self, verdict: Verdict) -> Marker:
        """Return the marker of what a target requires."""
        target = verdict.target
        return self.register(f"required.{target.id}", target.indicator, target.value)

    def result(self, verdict: Verdict, run: int = 0) -> Marker:
        """Return the marker of the value that a target is judged by."""
        target = verdict.target
        key = self._key("value", run, target.indicator, target.scope, target.year)
        return self.register(key, target.indicator, verdict.value)
