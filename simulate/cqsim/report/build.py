"""Make a report: run, gather, compose, draw, typeset; each stage timed."""

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cqsim.case.scenario import Scenario
from cqsim.engine.identity import commit_of
from cqsim.judge.judged_run import JudgedRun, run_scenario
from cqsim.judge.record import write_targets
from cqsim.report.bundle import Files, inputs_of, lock, packed, record_of
from cqsim.report.compose import as_data, composed
from cqsim.report.content import Draw
from cqsim.report.context import ReportContext
from cqsim.report.facts import ReportFacts, gathered
from cqsim.report.figures.style import style
from cqsim.report.plan import ReportFiles, read_report_files
from cqsim.report.sweep import collected
from cqsim.report.typeset import Letters, as_pages, as_svg, typeset
from cqsim.tables import csv_text

STAGES = (
    *("sweep", "run", "model", "levers", "causes", "history"),
    *("compose", "figures", "typeset"),
)

DESCRIPTIONS = {
    "inputs.zip": "All inputs: the model with its data, the scenarios",
    "manifest.json": "What the report was made from",
    "versions.lock": "Versions of the program and of all that it needs",
    "sha256.txt": "SHA-256 of every input",
    "indicators.csv": "Indicators by scope and year",
    "targets.csv": "Verdicts on the targets",
    "numbers.json": "Every printed number, once, by its key",
}
MIME = {
    ".zip": "application/zip",
    ".json": "application/json",
    ".csv": "text/csv",
    ".txt": "text/plain",
    ".lock": "text/plain",
    ".toml": "application/toml",
}


@dataclass(slots=True)
class Stopwatch:
    """Times stages, and calls a listener with the stage and the part of all done."""

    progress: Callable[[str, float], None] | None = None
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time what is done inside."""
        self.report(name, 0.0)
        began = time.perf_counter()
        yield
        self.add(name, time.perf_counter() - began)

    def add(self, name: str, seconds: float) -> None:
        """Add to what a stage took."""
        self.seconds[name] = self.seconds.get(name, 0.0) + seconds

    def report(self, name: str, part: float) -> None:
        """Call the listener with the part done, of all stages."""
        if self.progress is not None and name in STAGES:
            self.progress(name, (STAGES.index(name) + part) / len(STAGES))


@dataclass(frozen=True, slots=True)
class ReportJob:
    """A report to be made: runs judged together, in full or in brief.

    Attributes
    ----------
    inputs
        The files that it is made from, by their names in the archive.
    control
        What no result can say: the date, whether it was asked for, and the commit.
    files
        What the case says of its reports.
    """

    outcomes: tuple[JudgedRun, ...]
    inputs: Files
    control: Mapping[str, Any]
    files: ReportFiles
    brief: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """A report composed, ready to be set in either language.

    `figures` has what draws each figure that the report shows, by its name.
    """

    context: ReportContext
    data: dict[str, Any]
    figures: Mapping[str, Draw]
    attached: dict[str, bytes]
    record: dict[str, Any]
    warnings: tuple[str, ...]


def request_of(
    scenarios: Sequence[Scenario],
    date: str | None,
    brief: bool,
    watch: Stopwatch,
    sweep: Path | None = None,
) -> ReportJob:
    """Run scenarios of one model, and return the request for their report.

    Raises
    ------
    CqsimError
        A scenario cannot be run, or they are of several models.
    """
    files = read_report_files(scenarios[0].case)
    inputs = inputs_of(scenarios, files)
    if sweep is not None:
        with watch.stage("sweep"):
            inputs |= collected(sweep, scenarios[0].model)
    outcomes = outcomes_of(scenarios, watch)
    control = {
        "date": date or "",
        "dated": date is not None,
        "commit": commit_of(scenarios[0].model.path),
        "brief": brief,
    }
    return ReportJob(tuple(outcomes), inputs, control, files, brief)


def outcomes_of(scenarios: Sequence[Scenario], watch: Stopwatch) -> list[JudgedRun]:
    """Return scenarios run and judged.

    Raises
    ------
    CqsimError
        One cannot be run.
    """
    outcomes = []
    with watch.stage("run"):
        for number, scenario in enumerate(scenarios):
            watch.report("run", number / len(scenarios))
            outcomes.append(run_scenario(scenario))
    return outcomes


def prepare(request: ReportJob, watch: Stopwatch) -> Prepared:
    """Gather and compose a report; nothing is drawn yet.

    Raises
    ------
    CqsimError
        A register of the case cannot be read.
    """
    facts = _gather(request, watch)
    with watch.stage("compose"):
        ctx = ReportContext(facts, request.files)
        date = request.control["date"] or facts.data_until or ctx.plan.undated
        control = {**request.control, "date": date}
        record = record_of(request.outcomes, request.inputs, control)
        blocks = composed(ctx, record, brief=request.brief)
        letters = Letters()
        origin = facts.main.scenario.path.name
        data = as_data(ctx, blocks, record, brief=request.brief)
        data = letters.everywhere(data, origin)
        attached = attachments(request, record, ctx)
        data["attachments"] = [
            {
                "name": name,
                "mime": MIME[Path(name).suffix],
                "relationship": "source"
                if name.endswith((".zip", ".toml"))
                else "data",
                "description": DESCRIPTIONS.get(name, "Scenario"),
            }
            for name in attached
        ]
    figures = {block.options["name"]: block.draw for block in blocks if block.draw}
    return Prepared(ctx, data, figures, attached, record, tuple(letters.warnings))


def _gather(request: ReportJob, watch: Stopwatch) -> ReportFacts:
    """Gather the facts, timing each stage as the next one begins."""
    began: list[tuple[str, float]] = []

    def on_stage(stage: str, part: float) -> None:
        watch.report(stage, part)
        began.append((stage, time.perf_counter()))

    facts = gathered(request.outcomes, request.files.plan, request.inputs, on_stage)
    ends = [when for _, when in began[1:]] + [time.perf_counter()]
    for (stage, start), end in zip(began, ends, strict=True):
        watch.add(stage, end - start)
    return facts


def attachments(
    request: ReportJob, record: Mapping[str, Any], ctx: ReportContext
) -> dict[str, bytes]:
    """Return the attached files by name."""
    main = request.outcomes[0]
    scenarios = {
        name.split("/")[1]: content
        for name, content in request.inputs.items()
        if name.startswith("scenarios/")
    }
    hashes = "".join(f"{e['sha256']}  {e['path']}\n" for e in record["inputs"])
    return {
        **scenarios,
        "inputs.zip": packed(request.inputs),
        "manifest.json": _json(record),
        "versions.lock": lock().encode(),
        "sha256.txt": hashes.encode(),
        "indicators.csv": _indicators(main),
        "targets.csv": _targets(main),
        "numbers.json": _json(ctx.numbers.entries),
    }


def _json(value: Any) -> bytes:
    return (
        json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    ).encode()


def _indicators(outcome: JudgedRun) -> bytes:
    head = ("indicator", "scope", "year", "value", "unit")
    rows = ((i.id, i.scope, i.year, repr(i.value), i.unit) for i in outcome.indicators)
    return csv_text((head, *rows)).encode()


def _targets(outcome: JudgedRun) -> bytes:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "targets.csv"
        write_targets(outcome.judgement, path)
        return path.read_bytes()


def drawn(made: Prepared, language: str, watch: Stopwatch) -> dict[str, bytes]:
    """Return the figures that the report shows, as SVG by file name."""
    found = {}
    with watch.stage("figures"):
        for number, (name, draw) in enumerate(made.figures.items()):
            watch.report("figures", number / len(made.figures))
            with style():
                figure = draw(language)
            found[f"{name}.{language}.svg"] = as_svg(figure)
    return found


def made_pdf(made: Prepared, language: str, watch: Stopwatch) -> bytes:
    """Return the PDF of a prepared report in one language."""
    figures = drawn(made, language, watch)
    with watch.stage("typeset"):
        return typeset(made.data, figures, made.attached, language)


def pages_as_png(made: Prepared, language: str, watch: Stopwatch) -> list[bytes]:
    """Return the pages of a prepared report as PNG, in order."""
    figures = drawn(made, language, watch)
    return as_pages(made.data, figures, made.attached, language)
