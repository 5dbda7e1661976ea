"""Numbers and names for the sections: a value is looked up, kept once, and shown."""

from dataclasses import dataclass, field
from functools import cached_property

from cqsim.case.indicators import Indicator, Level
from cqsim.judge.measure import Measure
from cqsim.judge.verdicts import Verdict
from cqsim.report.content import Content
from cqsim.report.facts import Facts, path_or_none
from cqsim.report.numbers import (
    DIFFERENCES,
    NONE,
    Numbers,
    bare,
    scale_of,
    telling,
)
from cqsim.report.words import Both, scope_words, the

AFTER_THE_FACT = 2025
"""The last year of the plan's period: what is judged up to it lies in the past."""


@dataclass
class Teller:
    """The facts, and the report that is being composed from them."""

    facts: Facts
    content: Content
    _paths: dict[tuple[str, str, int], dict[int, float]] = field(default_factory=dict)

    @property
    def numbers(self) -> Numbers:
        """The numbers of the report."""
        return self.content.numbers

    @cached_property
    def names(self) -> dict[str, Both]:
        """The names of the regions by id."""
        return {place.id: place.name for place in self.facts.places}

    @cached_property
    def measures(self) -> list[Measure]:
        """Each run seen through the indicators."""
        return [self.facts.measure(n) for n in range(len(self.facts.outcomes))]

    @cached_property
    def years(self) -> tuple[int, int]:
        """The first and the last year of the run."""
        times = self.facts.main.result.times
        return int(times[0]), int(times[-1])

    @cached_property
    def key_years(self) -> list[int]:
        """The years that tables have columns for."""
        first, last = self.years
        wanted = {first, AFTER_THE_FACT, 2030, 2035, last}
        return sorted(year for year in wanted if first <= year <= last)

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdicts on the run that the report is about."""
        return self.facts.main.judgement.verdicts

    def has(self, indicator: str) -> bool:
        """Return whether the model has an indicator."""
        return indicator in self.facts.main.task.rules.indicators

    def indicator(self, name: str) -> Indicator:
        """Return an indicator."""
        return self.facts.main.task.rules.indicators[name]

    def title(self, name: str) -> Both:
        """Return an indicator's title."""
        title = self.indicator(name).title
        return Both(title.zh, title.en)

    def scope(self, name: str) -> Both:
        """Return the words for a scope."""
        return scope_words(name, self.names)

    def path(self, indicator: str, scope: str, run: int = 0) -> dict[int, float]:
        """Return an indicator by year, without the years for which there is none."""
        if not self.has(indicator):
            return {}
        own = self.indicator(indicator)
        if isinstance(own, Level) and scope == "metro" != own.area:
            return {}
        key = (indicator, scope, run)
        if key not in self._paths:
            self._paths[key] = path_or_none(self.measures[run], indicator, scope)
        return self._paths[key]

    def the(self, name: str) -> Both:
        """Return the words for a scope inside of a sentence."""
        return the(name, self.scope(name))

    def raw(self, indicator: str, scope: str, year: int, run: int = 0) -> float | None:
        """Return a value, None where it is not defined."""
        return self.path(indicator, scope, run).get(year)

    def value(self, indicator: str, scope: str, year: int, run: int = 0) -> str:
        """Return the marker of a value with its unit; a dash where there is none."""
        value = self.raw(indicator, scope, year, run)
        if value is None:
            return NONE
        own = self.indicator(indicator)
        of = self.facts.outcomes[run].scenario.id
        key = f"value.{of}.{indicator}.{scope}.{year}"
        return self.numbers.put(key, value, own.unit, own.decimals)

    def plain(self, indicator: str, scope: str, year: int, run: int = 0) -> str:
        """Return the marker of a value without its unit, for columns that name it."""
        return bare(self.value(indicator, scope, year, run))

    def change(self, indicator: str, scope: str, since: int, until: int) -> str:
        """Return the marker of a signed change between two years."""
        before, after = (self.raw(indicator, scope, y) for y in (since, until))
        if before is None or after is None:
            return NONE
        own = self.indicator(indicator)
        key = (
            f"change.{self.facts.main.scenario.id}.{indicator}.{scope}.{since}-{until}"
        )
        unit = DIFFERENCES.get(own.unit, own.unit)
        return self.numbers.put(key, after - before, unit, own.decimals, signed=True)

    def margin(self, verdict: Verdict, run: int = 0) -> str:
        """Return the marker of a verdict's signed margin."""
        target = verdict.target
        own = self.indicator(target.indicator)
        key = f"margin.{self.facts.outcomes[run].scenario.id}.{target.id}"
        unit = DIFFERENCES.get(own.unit, own.unit)
        places = telling(verdict.margin, own.decimals)
        return self.numbers.put(key, verdict.margin, unit, places, signed=True)

    def distance(self, verdict: Verdict) -> str:
        """Return the marker of a verdict's margin without its sign."""
        target = verdict.target
        own = self.indicator(target.indicator)
        key = f"distance.{self.facts.main.scenario.id}.{target.id}"
        unit = DIFFERENCES.get(own.unit, own.unit)
        places = telling(verdict.margin, own.decimals)
        return self.numbers.put(key, abs(verdict.margin), unit, places)

    def required(self, verdict: Verdict) -> str:
        """Return the marker of what a target requires."""
        target = verdict.target
        own = self.indicator(target.indicator)
        key = f"required.{target.id}"
        return self.numbers.put(key, target.value, own.unit, own.decimals)

    def result(self, verdict: Verdict, run: int = 0) -> str:
        """Return the marker of the value that a target is judged by."""
        target = verdict.target
        return self.value_of(
            target.indicator, target.scope, target.year, verdict.value, run
        )

    def value_of(
        self, indicator: str, scope: str, year: int, value: float, run: int = 0
    ) -> str:
        """Return the marker of a value that a verdict holds already."""
        own = self.indicator(indicator)
        of = self.facts.outcomes[run].scenario.id
        key = f"value.{of}.{indicator}.{scope}.{year}"
        return self.numbers.put(key, value, own.unit, own.decimals)

    def unit(self, indicator: str) -> Both:
        """Return an indicator's unit in both languages."""
        scale = scale_of(self.indicator(indicator).unit)
        return Both(scale.zh, scale.en)

    def titled_unit(self, indicator: str) -> Both:
        """Return an indicator's title with its unit behind it."""
        title, unit = self.title(indicator), self.unit(indicator)
        return Both(
            f"{title.zh}({unit.zh})" if unit.zh else title.zh,
            f"{title.en} ({unit.en})" if unit.en else title.en,
        )
