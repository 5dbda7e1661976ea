"""The facts of a report: runs, verdicts and case data, gathered once."""

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cqsim.case.case import Case
from cqsim.errors import CqsimError
from cqsim.judge.judged_run import JudgedRun
from cqsim.judge.measure import Measure
from cqsim.judge.progress import Observed, read_observed
from cqsim.report.decompositions import Decomposition, of_emissions, of_people
from cqsim.report.history import History, history
from cqsim.report.phrases import Phrase
from cqsim.report.plan import ReportPlan
from cqsim.report.sweep import SweepOfScenario, read_sweep_facts
from cqsim.report.validation import Validation, read_validation
from cqsim.study.compare import Attributed, attributed, compared
from cqsim.study.reach import Reachability, reachability

NO_HISTORY = History((), (), {})
Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Region:
    """A region: its names, ring, and place on the tile grid."""

    id: str
    name: Phrase
    short: Phrase
    ring: str
    row: int
    column: int


@dataclass(frozen=True)
class ReportFacts:
    """Runs, judgements and everything around them; the first run is the subject."""

    outcomes: tuple[JudgedRun, ...]
    places: tuple[Region, ...]
    reachability: Reachability
    history: History
    people: tuple[Decomposition, ...]
    emissions: tuple[Decomposition, ...]
    attributions: tuple[Attributed, ...]
    sweep: SweepOfScenario | None
    sources: Mapping[str, Mapping[str, str]]
    observed: Observed
    validation: Validation | None = None

    @property
    def main(self) -> JudgedRun:
        """The run that the report is about."""
        return self.outcomes[0]

    @property
    def case(self) -> Case:
        """The case that the run is of."""
        return self.main.case

    @property
    def folder(self) -> Path:
        """The folder of the model."""
        return self.main.scenario.model.path.parent

    @cached_property
    def measures(self) -> list[Measure]:
        """Each run seen through the indicators."""
        return [outcome.measure for outcome in self.outcomes]

    @property
    def data_until(self) -> str:
        """The latest date that a source of the ledger bears, empty without any."""
        dates = (row.get("date", "") for row in self.sources.values())
        whole = (date for date in dates if re.fullmatch(r"\d{4}-\d{2}-\d{2}", date))
        return max(whole, default="")


def gathered(
    outcomes: Sequence[JudgedRun],
    plan: ReportPlan,
    files: Mapping[str, bytes],
    progress: Progress,
) -> ReportFacts:
    """Return the facts of judged runs; `progress` is called with stage and part done.

    `files` are the inputs of the report, a sweep's tables among them.

    Raises
    ------
    CqsimError
        A register in the model's folder cannot be read.
    """
    main = outcomes[0]
    folder = main.scenario.model.path.parent
    progress("model", 0.0)
    progress("levers", 0.0)
    reached = reachability(main)
    progress("causes", 0.0)
    people = of_people(main, plan.people) if plan.people else []
    emissions = of_emissions(main, plan.kaya) if plan.kaya else []
    progress("history", 0.0)
    ledger = main.case.observations
    return ReportFacts(
        outcomes=tuple(outcomes),
        places=tuple(read_places(folder / "regions.csv")),
        reachability=reached,
        history=history(main, ledger, plan) if ledger else NO_HISTORY,
        people=tuple(people),
        emissions=tuple(emissions),
        attributions=tuple(differences(outcomes, plan)),
        sweep=read_sweep_facts(files, main.scenario.id),
        sources={row["source_id"]: row for row in read_rows(folder / "sources.csv")},
        observed=read_observed(main.case),
        validation=read_validation(files),
    )


def differences(outcomes: Sequence[JudgedRun], plan: ReportPlan) -> list[Attributed]:
    """Return what each lever did where another scenario differs from the first."""
    if len(outcomes) < 2:
        return []
    comparison = compared([outcome.scenario for outcome in outcomes])
    last = comparison.years[1]
    case = outcomes[0].scenario.case
    leads = [theme.lead for theme in plan.theme if theme.lead in case.indicators]
    measured = [(name, case.whole, last) for name in leads]
    return [attributed(comparison, n, measured) for n in range(1, len(outcomes))]


def read_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file of the model; none where it is not there."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines, restval=""))


def read_places(path: Path) -> list[Region]:
    """Return the regions with names and places; what is not stated is left simple."""
    found = []
    for number, row in enumerate(read_rows(path)):
        own = row["region"]
        chinese, english = row.get("name_zh") or own, row.get("name_en") or own
        found.append(
            Region(
                own,
                Phrase(chinese, english),
                Phrase(row.get("short_zh") or chinese, english.removesuffix(" City")),
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
