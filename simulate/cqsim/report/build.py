"""Make a report: run, gather, compose, draw, typeset; each stage timed."""

import csv
import io
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cqsim.case.load import Scenario
from cqsim.engine.commit import commit_of
from cqsim.judge.outcome import Outcome, carried_out, prepared
from cqsim.judge.record import write_targets
from cqsim.report.bundle import Files, inputs_of, lock, packed, record_of
from cqsim.report.checklist import read_checklist
from cqsim.report.compose import as_data, told
from cqsim.report.facts import Facts, gathered
from cqsim.report.figure_set import figure_set
from cqsim.report.figures.style import style
from cqsim.report.letters import Letters
from cqsim.report.plan import read_plan
from cqsim.report.sweep import collected
from cqsim.report.teller import Teller
from cqsim.report.typeset import as_pages, as_svg, typeset
from cqsim.report.watch import Watch

LANGUAGES = ("zh", "en")
FALLBACK_DATE = "2022-08-01"
"""The month of the plan: what a document bears whose sources bear no date."""

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


@dataclass(frozen=True, slots=True)
class Request:
    """What is wanted: runs judged together in one report, or in brief.

    `control` holds what no result can say: the date, whether it was asked for, and
    the commit.
    """

    outcomes: tuple[Outcome, ...]
    inputs: Files
    control: Mapping[str, Any]
    brief: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """A report composed, ready to be set in either language."""

    teller: Teller
    data: dict[str, Any]
    attached: dict[str, bytes]
    record: dict[str, Any]
    warnings: tuple[str, ...]


def request_of(
    scenarios: Sequence[Scenario],
    date: str | None,
    brief: bool,
    watch: Watch,
    sweep: Path | None = None,
) -> Request:
    """Run scenarios of one model, and return the request for their report.

    Raises
    ------
    CqsimError
        A scenario cannot be run, or they are of several models.
    """
    inputs = inputs_of(scenarios)
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
    return Request(tuple(outcomes), inputs, control, brief)


def outcomes_of(scenarios: Sequence[Scenario], watch: Watch) -> list[Outcome]:
    """Return scenarios run and judged.

    Raises
    ------
    CqsimError
        One cannot be run.
    """
    outcomes = []
    with watch.stage("run"):
        for number, scenario in enumerate(scenarios):
            watch.tell("run", number / len(scenarios))
            outcomes.append(carried_out(prepared(scenario)))
    return outcomes


def prepare(request: Request, watch: Watch) -> Prepared:
    """Gather and compose a report; nothing is drawn yet.

    Raises
    ------
    CqsimError
        A register beside the model cannot be read.
    """
    facts = _gather(request, watch)
    with watch.stage("compose"):
        date = request.control["date"] or facts.data_until or FALLBACK_DATE
        control = {**request.control, "date": date}
        record = record_of(request.outcomes, request.inputs, control)
        teller = told(facts, record, read_checklist(), brief=request.brief)
        letters = Letters()
        origin = facts.main.scenario.path.name
        data = letters.everywhere(as_data(teller, record, brief=request.brief), origin)
        attached = attachments(request, record, teller)
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
    return Prepared(teller, data, attached, record, tuple(letters.warnings))


def _gather(request: Request, watch: Watch) -> Facts:
    """Gather the facts, timing each stage as the next one begins."""
    began: list[tuple[str, float]] = []

    def heard(stage: str, part: float) -> None:
        watch.tell(stage, part)
        began.append((stage, time.perf_counter()))

    facts = gathered(request.outcomes, read_plan(), request.inputs, heard)
    ends = [when for _, when in began[1:]] + [time.perf_counter()]
    for (stage, start), end in zip(began, ends, strict=True):
        watch.seconds[stage] = watch.seconds.get(stage, 0.0) + end - start
    return facts


def attachments(
    request: Request, record: Mapping[str, Any], teller: Teller
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
        "numbers.json": _json(teller.numbers.entries),
    }


def _json(value: Any) -> bytes:
    return (
        json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    ).encode()


def _indicators(outcome: Outcome) -> bytes:
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(("indicator", "scope", "year", "value", "unit"))
    for row in outcome.indicators:
        writer.writerow((row.id, row.scope, row.year, repr(row.value), row.unit))
    return target.getvalue().encode()


def _targets(outcome: Outcome) -> bytes:
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "targets.csv"
        write_targets(outcome.judgement.verdicts, path)
        return path.read_bytes()


def drawn(made: Prepared, language: str, watch: Watch) -> dict[str, bytes]:
    """Return the figures that the report shows, as SVG by file name."""
    wanted = [b["name"] for b in made.data["blocks"] if b["kind"] == "figure"]
    available = figure_set(made.teller)
    found = {}
    with watch.stage("figures"):
        for number, name in enumerate(wanted):
            watch.tell("figures", number / max(1, len(wanted)))
            with style():
                figure = available[name](language)
            found[f"{name}.{language}.svg"] = as_svg(figure)
    return found


def made_pdf(made: Prepared, language: str, watch: Watch) -> bytes:
    """Return the PDF of a prepared report in one language."""
    figures = drawn(made, language, watch)
    with watch.stage("typeset"):
        return typeset(made.data, figures, made.attached, language)


def pages_as_png(made: Prepared, language: str, watch: Watch) -> list[bytes]:
    """Return the pages of a prepared report as PNG, in order."""
    figures = drawn(made, language, watch)
    return as_pages(made.data, figures, made.attached, language)
