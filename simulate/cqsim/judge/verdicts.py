"""What a judgement says, as values and as the JSON output has it."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

from cqsim.case.indicators import Weather
from cqsim.case.targets import Alternative, Operator, Reading, Target
from cqsim.tomlschema import Text


class Status(Enum):
    """The words of official evaluations, with plain English beside them.

    EARLY: met at every saved year from one before the target's year on. EXCEEDED: met,
    by at least what is material for the indicator. ON_COURSE: met. BEHIND: not met.
    """

    EARLY = ("提前完成", "met early")
    EXCEEDED = ("预计可超额完成", "on course to exceed")
    ON_COURSE = ("预计可如期完成", "on course")
    BEHIND = ("未达进度", "behind schedule")

    @property
    def zh(self) -> str:
        """The word that Chinese evaluation reports use."""
        return self.value[0]

    @property
    def en(self) -> str:
        """The same in plain English."""
        return self.value[1]

    @property
    def met(self) -> bool:
        """Whether the target is met."""
        return self is not Status.BEHIND


@dataclass(frozen=True, slots=True)
class Chance:
    """The probability that a year's weather lets a requirement be met."""

    weather: Weather
    probability: float


@dataclass(frozen=True, slots=True)
class ReadingVerdict:
    """A target under one reading of its words."""

    reading: Reading
    margin: float
    status: Status
    chances: tuple[Chance, ...]


@dataclass(frozen=True, slots=True)
class AlternativeVerdict:
    """A target for another boundary, area, year or indicator."""

    alternative: Alternative
    year: int
    scope: str
    indicator: str
    operator: Operator
    required: float
    value: float
    margin: float
    unit: str
    status: Status


@dataclass(frozen=True, slots=True)
class Verdict:
    """A target judged: the margin is in its unit, and positive where it is met.

    `omitted` says of each alternative that is missing why it is.
    """

    target: Target
    value: float
    margin: float
    status: Status
    chances: tuple[Chance, ...]
    readings: tuple[ReadingVerdict, ...]
    alternatives: tuple[AlternativeVerdict, ...]
    omitted: tuple[str, ...] = ()

    @property
    def depends_on_reading(self) -> bool:
        """Whether the readings disagree on the target being met."""
        return len({each.status.met for each in self.readings}) > 1


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdicts on a run, and why targets are missing from them."""

    verdicts: tuple[Verdict, ...]
    unjudged: tuple[str, ...]


def record(verdict: Verdict) -> dict[str, Any]:
    """Return the verdict as the JSON output has it.

    `readings` holds every other way to judge the target: by the `wording` of the
    clause, by another `boundary` or indicator, and by the year's `weather`.
    """
    target = verdict.target
    return {
        "id": target.id,
        "year": target.year,
        "scope": target.scope,
        "indicator": target.indicator,
        "class": target.evidence,
        "operator": target.operator,
        "required": target.value,
        "value": verdict.value,
        "margin": verdict.margin,
        "unit": target.unit,
        "status": verdict.status.en,
        "readings": [
            *({"kind": "wording", **_reading_record(r)} for r in verdict.readings),
            *(
                {"kind": "other", **_alternative_record(a)}
                for a in verdict.alternatives
            ),
            *({"kind": "weather", **_chance_record(c)} for c in verdict.chances),
        ],
    }


def _words(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def _chance_record(chance: Chance) -> dict[str, Any]:
    return {
        "id": chance.weather.id,
        "deviation": chance.weather.deviation,
        "probability": chance.probability,
    }


def _reading_record(each: ReadingVerdict) -> dict[str, Any]:
    return {
        "id": each.reading.id,
        "text": _words(each.reading.text),
        "required": each.reading.threshold,
        "margin": each.margin,
        "status": each.status.en,
        "status_zh": each.status.zh,
        "chances": [_chance_record(chance) for chance in each.chances],
    }


def _alternative_record(each: AlternativeVerdict) -> dict[str, Any]:
    return {
        "id": each.alternative.id,
        "text": _words(each.alternative.text),
        "boundary": each.alternative.boundary,
        "year": each.year,
        "scope": each.scope,
        "indicator": each.indicator,
        "operator": each.operator,
        "required": each.required,
        "value": each.value,
        "margin": each.margin,
        "unit": each.unit,
        "status": each.status.en,
        "status_zh": each.status.zh,
    }
