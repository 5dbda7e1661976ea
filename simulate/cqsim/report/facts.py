"""All that a report is composed from, gathered once."""

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cqsim.case.glossary import Term, read_glossary
from cqsim.errors import CqsimError
from cqsim.judge.measure import Measure
from cqsim.judge.outcome import Outcome
from cqsim.ledger.observed import Observations
from cqsim.report.decompositions import Decomposition, of_emissions, of_people
from cqsim.report.history import History, history
from cqsim.report.plan import Plan
from cqsim.report.probes import Laboratory, Probes, probe
from cqsim.report.sweep import SweepResults, results
from cqsim.report.validation import Validation, read_validation
from cqsim.report.words import Both
from cqsim.study.compare import Attributed, attributed, compared

NO_HISTORY = History((), (), {})
Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Place:
    """A region: its names, ring, and place on the tile grid."""

    id: str
    name: Both
    short: Both
    ring: str
    row: int
    column: int


@dataclass(frozen=True, slots=True)
class Facts:
    """Runs, judgements and everything around them; the first run is the subject."""

    outcomes: tuple[Outcome, ...]
    plan: Plan
    places: tuple[Place, ...]
    probes: Probes
    history: History
    people: tuple[Decomposition, ...]
    emissions: tuple[Decomposition, ...]
    attributions: tuple[Attributed, ...]
    sweep: SweepResults | None
    glossary: Mapping[str, Term]
    sources: Mapping[str, Mapping[str, str]]
    ledger: Observations | None
    validation: Validation | None = None

    @property
    def main(self) -> Outcome:
        """The run that the report is about."""
        return self.outcomes[0]

    @property
    def folder(self) -> Path:
        """The folder of the model."""
        return self.main.scenario.model.path.parent

    def measure(self, number: int = 0) -> Measure:
        """Return a run seen through the indicators."""
        outcome = self.outcomes[number]
        rules = outcome.task.rules
        return Measure(outcome.result, rules.indicators, rules.scopes)

    @property
    def data_until(self) -> str:
        """The latest date that a source of the ledger bears, empty without any."""
        dates = [
            row.get("date", "")
            for row in self.sources.values()
            if re.fullmatch(r"\d{4}-\d{2}-\d{2}", row.get("date", ""))
        ]
        return max(dates, default="")


def gathered(
    outcomes: Sequence[Outcome],
    plan: Plan,
    files: Mapping[str, bytes],
    progress: Progress,
) -> Facts:
    """Return the facts of judged runs; `progress` is told stage and part done.

    `files` are the inputs of the report, a sweep's tables among them.

    Raises
    ------
    CqsimError
        A register beside the model cannot be read.
    """
    main = outcomes[0]
    folder = main.scenario.model.path.parent
    progress("model", 0.0)
    laboratory = Laboratory(main)
    progress("levers", 0.0)
    probes = probe(laboratory)
    progress("causes", 0.0)
    people = of_people(laboratory, plan.people)
    emissions = of_emissions(main, plan.kaya, ("metro", "central", "outer"))
    progress("history", 0.0)
    ledger = _ledger(folder)
    past = NO_HISTORY if ledger is None else history(laboratory, ledger, plan)
    glossary = folder / "glossary.csv"
    return Facts(
        tuple(outcomes),
        plan,
        tuple(read_places(folder / "regions.csv")),
        probes,
        past,
        tuple(people),
        tuple(emissions),
        tuple(differences(outcomes, plan)),
        results(files, main.scenario.id),
        read_glossary(glossary) if glossary.is_file() else {},
        {row["source_id"]: row for row in read_rows(folder / "sources.csv")},
        ledger,
        read_validation(files),
    )


def differences(outcomes: Sequence[Outcome], plan: Plan) -> list[Attributed]:
    """Return what each lever did where another scenario differs from the first."""
    if len(outcomes) < 2:
        return []
    comparison = compared([outcome.scenario for outcome in outcomes])
    last = comparison.years[1]
    known = comparison.rules.indicators
    leads = [theme.lead for theme in plan.theme if theme.lead in known]
    wanted = [(name, "metro", last) for name in leads]
    return [attributed(comparison, n, wanted) for n in range(1, len(outcomes))]


def _ledger(folder: Path) -> Observations | None:
    """Return the ledger beside a model; None where there is none."""
    if not (folder / "observed").is_dir():
        return None
    return Observations.load(folder)


def read_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file of the model; none where it is not there."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines, restval=""))


def read_places(path: Path) -> list[Place]:
    """Return the regions with names and places; what is not stated is left simple."""
    found = []
    for number, row in enumerate(read_rows(path)):
        own = row["region"]
        chinese, english = row.get("name_zh") or own, row.get("name_en") or own
        found.append(
            Place(
                own,
                Both(chinese, english),
                Both(row.get("short_zh") or chinese, english.removesuffix(" City")),
                row.get("ring", ""),
                int(row.get("row") or number // 6),
                int(row.get("column") or number % 6),
            )
        )
    return found


def path_or_none(measure: Measure, indicator: str, scope: str) -> dict[int, float]:
    """Return an indicator by whole year, empty where it cannot be had for a scope."""
    try:
        path = measure.path(indicator, scope)
    except CqsimError:
        return {}
    times = measure.times
    pairs = zip(times, path, strict=True)
    return {round(t): float(v) for t, v in pairs if t == round(t) and v == v}
