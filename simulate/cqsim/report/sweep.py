"""The results of a sweep for a report: attainment, fans, and decisive inputs.

What a report needs of it is attached to the report, so that it can be checked without
the runs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from cqsim.case.case import Case
from cqsim.engine.identity import sha256
from cqsim.errors import PlacedError
from cqsim.judge.verdicts import is_met, margin_of
from cqsim.model.model import Model
from cqsim.study.attainment import HEADLINE, Attainment
from cqsim.study.discovery import ScenarioBox
from cqsim.study.results import SweepResults, open_sweep
from cqsim.study.store import DESCRIPTION, MANIFEST
from cqsim.study.summary import SweepSummary, summarise

TABLES = ("shares.csv", "matrix.csv", "fans.csv")
"""What of a summary is attached for readers, besides what a report is made from."""

FOLDER, FACTS = "sweep/", "sweep/report.json"
FIFTHS = 5
"""An input's runs are parted into fifths; its swing is that of the outer two."""

FEWEST = 50
"""Runs below which a fifth says nothing."""

HALF = 0.5


class SweepError(PlacedError):
    """A folder that holds no sweep which a report can use."""


@dataclass(frozen=True, slots=True)
class Swing:
    """How the share of runs that meet a target moves with one input.

    `low` and `high` are the shares in the lowest and the highest fifth of the input,
    which end and begin at `below` and `above`.
    """

    scenario: str
    target: str
    input: str
    low: float
    high: float
    below: float
    above: float

    @property
    def size(self) -> float:
        """How far apart the two shares are."""
        return abs(self.high - self.low)


@dataclass(frozen=True, slots=True)
class InputWords:
    """An input of a sweep: its title, its unit, and how a draw of it is applied."""

    title: Mapping[str, str]
    unit: str = "1"
    apply: str = "value"


@dataclass(frozen=True, slots=True)
class SweepFacts:
    """The results of a sweep that a report shows.

    `inputs` are in the order by which the sides of boxes number them.
    """

    title: Mapping[str, str]
    bases: tuple[str, ...]
    inputs: Mapping[str, InputWords]
    summary: SweepSummary
    swings: tuple[Swing, ...]


ADAPTER = TypeAdapter(SweepFacts)


@dataclass(frozen=True, slots=True)
class SweepOfScenario:
    """A sweep as a report sees it, of one scenario.

    Attributes
    ----------
    share
        What a share of runs is called: a probability where the inputs were weighed.
    scenario
        The id of the base scenario that all of this is about.
    targets
        By target: the share of runs that meet it as it stands.
    matrix
        By target and region: the share of runs that meet it there.
    fans
        By indicator and scope: by year, the quantiles at 5, 25, 50, 75 and 95 %.
    boxes
        By target: the stable box of its rarer outcome.
    """

    title: Mapping[str, str]
    share: Mapping[str, str]
    scenario: str
    inputs: Mapping[str, InputWords]
    targets: Mapping[str, Attainment]
    matrix: Mapping[tuple[str, str], float]
    fans: Mapping[tuple[str, str], Mapping[int, tuple[float, ...]]]
    swings: tuple[Swing, ...]
    boxes: Mapping[str, ScenarioBox]


def collected(folder: Path, model: Model) -> dict[str, bytes]:
    """Return the files of a finished sweep that a report attaches, by name.

    Raises
    ------
    StoreError
        There is no finished sweep.
    SweepError
        It is of another model, or of other data.
    """
    sweep = open_sweep(folder)
    _refuse_another(folder, sweep.manifest.get("files", {}), model)
    names = (MANIFEST, DESCRIPTION, *TABLES)
    facts = facts_of(sweep)
    attached = {f"{FOLDER}{name}": (folder / name).read_bytes() for name in names}
    return {**attached, FACTS: ADAPTER.dump_json(facts, indent=1) + b"\n"}


def facts_of(sweep: SweepResults) -> SweepFacts:
    """Return the facts of a sweep; its tables are written into its folder."""
    description = sweep.description
    known = ("title", "unit", "apply")
    entries = {name: description["inputs"][name] for name in sweep.input_names}
    return SweepFacts(
        description["title"],
        tuple(sweep.bases),
        {
            name: InputWords(**{key: entry[key] for key in known if key in entry})
            for name, entry in entries.items()
        },
        replace(summarise(sweep), faults=()),
        tuple(swings(sweep)),
    )


def _refuse_another(folder: Path, stated: Mapping[str, str], model: Model) -> None:
    """Raise where a sweep is of another model, or of other data of the case."""
    own, registry = model.path.name, Case.of(model).registry
    for name in (own, *sorted(stated)):
        path = registry.get(name, model.path.parent / name)
        if not path.is_file() or stated.get(name) != sha256(path.read_bytes()):
            what = f"the sweep is of another model than {own} as it is now"
            detail = "" if name == own else f": {name} differs"
            remedy = "Run the sweep again, then the report."
            raise SweepError(folder, f"{what}{detail}", remedy)


def read_sweep_facts(
    files: Mapping[str, bytes], scenario: str
) -> SweepOfScenario | None:
    """Return what the attached files say of a scenario; None without a sweep."""
    if FACTS not in files:
        return None
    return of_scenario(ADAPTER.validate_json(files[FACTS]), scenario)


def of_scenario(facts: SweepFacts, scenario: str) -> SweepOfScenario:
    """Return a sweep as it is of a scenario; of its first base if it lacks that."""
    base = scenario if scenario in facts.bases else facts.bases[0]
    summary = facts.summary
    fans: dict[tuple[str, str], dict[int, tuple[float, ...]]] = {}
    for fan in summary.fans:
        if fan.scenario == base:
            by_year = fans.setdefault((fan.indicator, fan.scope), {})
            by_year[int(fan.year)] = tuple(fan.quantiles)
    return SweepOfScenario(
        facts.title,
        summary.word,
        base,
        facts.inputs,
        {
            row.target: row
            for row in summary.targets
            if row.scenario == base and row.kind == HEADLINE
        },
        {
            (cell.target, cell.region): cell.share
            for cell in summary.matrix
            if cell.scenario == base
        },
        fans,
        tuple(swing for swing in facts.swings if swing.scenario == base),
        {
            box.target: box
            for box in summary.discovery.boxes
            if box.scenario == base and _is_rarer(box)
        },
    )


def _is_rarer(box: ScenarioBox) -> bool:
    """Return whether fewer runs do this than not; of two halves, whether they miss."""
    return box.share < HALF or (box.missed and box.share == HALF)


def swings(sweep: SweepResults) -> Iterator[Swing]:
    """Yield how shares differ between the outer fifths of every input."""
    if not {"inputs", "targets"} <= set(sweep.tables):
        return
    runs = sweep.inputs
    runs = runs[runs["lost_variable"].isna()]
    for target in sorted(sweep.description["targets"]):
        yield from sorted(
            _swings_of(sweep, target, runs),
            key=lambda swing: (swing.scenario, swing.input),
        )


def _swings_of(sweep: SweepResults, target: str, runs: Any) -> Iterator[Swing]:
    rule = sweep.description["targets"][target]
    query = "select run, value from targets where alternative = '' and target = ?"
    values: Any = sweep.sql(query, [target]).set_index("run")["value"]
    met = is_met(margin_of(values, rule["operator"], rule["required"]))
    for scenario, group in runs.groupby("scenario"):
        own = met[met.index.isin(group.index)]
        if len(own) < FEWEST or own.nunique() < 2:
            continue
        for name in sweep.description["inputs"]:
            if name in group:
                drawn = group.loc[own.index, name]
                below, above = (float(drawn.quantile(q / FIFTHS)) for q in (1, 4))
                low = float(own[drawn <= below].mean())
                high = float(own[drawn >= above].mean())
                yield Swing(str(scenario), target, name, low, high, below, above)
