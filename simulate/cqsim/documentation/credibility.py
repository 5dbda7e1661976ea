"""How far the model deserves belief: every check as one list, and the page of it."""

import csv
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cqsim.case.case import Case
from cqsim.case.targets import Target
from cqsim.case.unit_check import check_units
from cqsim.credibility.checks import check_reality
from cqsim.credibility.rulebook import CheckResult
from cqsim.credibility.scores import Score, coverages
from cqsim.credibility.skill import Skill, Trials, predictive_forecasts, skill_of
from cqsim.documentation.book import Documentation
from cqsim.documentation.pages import table
from cqsim.errors import InputFileError
from cqsim.ledger.check import check_ledger
from cqsim.study.calibrate import RECORD
from cqsim.study.recovery import FILE as RECOVERY
from cqsim.tomlfile import load, read_document
from cqsim.tomlschema import Frozen, Text

MARK = (
    "<!-- Written by `cqsim check --page`. Edit the model or its checks, not this. -->"
)
GROUPS = {
    "units": "Units",
    "evidence": "Evidence",
    "extremes": "Extreme conditions",
    "reality": "Accounts and bounds",
    "responses": "Responses that theory demands",
    "numerics": "Numerics and aggregation",
    "skill": "Skill",
}
SCORES = (
    ("n", "count"),
    ("RMSE", "rmse"),
    ("last value", "rmse_last"),
    ("line", "rmse_line"),
    ("MAPE %", "mape"),
    ("R²", "r2"),
    ("R² of change", "r2_change"),
    ("Theil U", "theil"),
    ("U^M", "bias"),
    ("U^S", "variance"),
    ("U^C", "covariance"),
    ("CRPS", "crps"),
    ("last value", "crps_last"),
    ("line", "crps_line"),
    ("inside 50/80/95 %", "coverage"),
)
"""The heads of the columns of scores, and the fields that they show."""
REGIONAL = (
    ("n", "count"),
    ("last value", "over_last"),
    ("line", "over_line"),
    ("both", "over_both"),
    ("growth", "growth"),
)
"""As above, of the scores over regions."""
OUTTURNS = "observed/outturns.csv"
NOTHING_SAID = Text(zh="–", en="–")
NEEDED = ("checks.toml",)
"""The files without which a case cannot be checked."""


@dataclass(frozen=True, slots=True)
class Checked:
    """The findings of a model, in the order in which a reviewer asks, and its skill.

    A case without forecasts to score has no skill.
    """

    findings: tuple[CheckResult, ...]
    skill: Skill | None

    @property
    def passes(self) -> bool:
        """Whether no gate fails."""
        return all(finding.holds for finding in self.findings if finding.is_gate)


def check_model(path: Path) -> Checked:
    """Return what every check of a model finds.

    Raises
    ------
    CqsimError
        A file of the model cannot be read, or what it is checked against is missing.
    """
    _refuse_lone(path)
    case = Case.load(path)
    skill = skill_of(case) if case.file("skill.toml").is_file() else None
    findings = (
        *unit_findings(path),
        *evidence_findings(path),
        *check_reality(case),
        *(skill.results() if skill else ()),
    )
    return Checked(findings, skill)


def _refuse_lone(path: Path) -> None:
    """Refuse a model that is not there, or stands without what it is checked by."""
    if not path.is_file():
        raise InputFileError(path, 0, "there is no such model", "Check the path.")
    missing = [name for name in NEEDED if not (path.parent / name).exists()]
    if missing:
        what = f"its folder has no {', '.join(missing)} to check the model by"
        remedy = "Check its units alone: cqsim check --units."
        raise InputFileError(path, 0, what, remedy)


def unit_findings(path: Path) -> list[CheckResult]:
    """Return one finding for all equations, and one for all tables."""
    check = check_units(path)
    wrong = {
        "equations": [f for f in check.findings if f.equation or not f.found],
        "tables": [f for f in check.findings if not f.equation and f.found],
    }
    counts = {"equations": check.equations, "tables": check.table_units}
    titles = {
        "equations": "every equation has the unit that it declares",
        "tables": "tables and registries have the units of the model",
    }
    return [
        CheckResult(
            "units",
            name,
            titles[name],
            not faults,
            "; ".join(map(str, faults)) or f"{counts[name]} looked at",
        )
        for name, faults in wrong.items()
    ]


def evidence_findings(path: Path) -> list[CheckResult]:
    """Return the checks of the ledger, and whether each number has its evidence."""
    book = Documentation.open(path)
    lacks = [str(finding) for finding in book.findings]
    title = "every number has its evidence, every variable its use"
    detail = "; ".join(lacks) or f"{len(book.model.variables)} variables looked at"
    audit = CheckResult("evidence", "audit", title, not lacks, detail)
    has_ledger = (path.parent / "observed").is_dir()
    ledger = [
        CheckResult("evidence", "ledger", found.check, found.holds, found.detail)
        for found in (check_ledger(path.parent) if has_ledger else ())
    ]
    return [audit, *ledger]


# The page.


class Kind(Frozen):
    """A kind of uncertainty, and how it is carried."""

    kind: str
    text: str


class Choice(Frozen):
    """A choice that was made in the model, and the years that were seen before it."""

    choice: str
    seen: str


class NotesFile(Frozen):
    """The prose between the page's tables: `reports/credibility.toml` of a case."""

    notes: Mapping[str, str] = {}
    choice: tuple[Choice, ...] = ()
    uncertainty: tuple[Kind, ...] = ()


def _scores(skill: Skill, notes: Mapping[str, str]) -> list[str]:
    """Return tables that compare forecasts with naive ones, of areas and of regions."""
    places = ("series", "place", "from")
    regional = ("series", "place", "count", "rmse", "rmse_last", "rmse_line")
    heads = ("series", "region", "n", "RMSE", "last value", "line", "better than both")
    first = min((score.origin for score in skill.regions), default=0)
    return [
        "## Scores",
        notes.get("scores", ""),
        table(
            (*places, *(head for head, _ in SCORES), "better than both"),
            (
                (
                    *score_cells(asdict(score), ("series", "place", "origin")),
                    *score_cells(asdict(score), tuple(field for _, field in SCORES)),
                    _better(score),
                )
                for score in (*skill.areas, *skill.pooled)
            ),
        ),
        "### Over the regions",
        notes.get("regions", ""),
        table(
            ("series", "from", "to", *(head for head, _ in REGIONAL), "fitted"),
            (
                (
                    *regional_span(asdict(score)),
                    *score_cells(asdict(score), tuple(field for _, field in REGIONAL)),
                    "yes" if score.is_fitted else "no",
                )
                for score in skill.by_region
            ),
        ),
        f"### By region, from {first}",
        table(
            heads,
            (
                (*score_cells(asdict(score), regional), _better(score))
                for score in skill.regions
                if score.origin == first
            ),
        ),
    ]


def credibility_page(checked: Checked, trials: Trials, folder: Path) -> str:
    """Return the page as Markdown; equal findings give equal text.

    Parameters
    ----------
    trials
        What was tried against shortfalls.
    folder
        The model's: a posterior that was sampled is read there.
    """
    case = Case.load(folder)
    path = case.folder / "reports" / "credibility.toml"
    words = load(read_document(path), NotesFile) if path.is_file() else NotesFile()
    notes = {name: text.strip() for name, text in words.notes.items()}
    parts = [MARK, "# Credibility", notes.get("introduction", ""), _summary(checked)]
    for group, title in GROUPS.items():
        own = [f for f in checked.findings if f.group == group]
        rows = [(f.title, _verdict(f), f.detail) for f in own]
        parts += [f"## {title}", table(("check", "verdict", "what was seen"), rows)]
    if trials:
        parts += ["### Shortfalls", notes.get("shortfalls", "")]
        parts += _shortfalls(checked, trials)
    if checked.skill:
        parts += _scores(checked.skill, notes)
    parts += [
        *_choices(words.choice, notes),
        *_intervals(folder, notes),
        *_fitted(folder, notes),
        *_posterior(folder, notes),
        *_recovery(folder, notes),
        *_targets(case, notes),
        "## Kinds of uncertainty",
        table(
            ("kind", "how it is carried"),
            ((each.kind, each.text) for each in words.uncertainty),
        ),
    ]
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"


def regional_span(score: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return series, origin and year of a score over regions, as text."""
    return score["series"], str(score["origin"]), str(score["year"] or "all years")


def score_cells(score: Mapping[str, Any], fields: tuple[str, ...]) -> list[str]:
    """Return fields of a score as text: numbers to three digits, – for none."""
    return [_shown(score[field]) for field in fields]


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return "/".join(f"{100 * part:.0f}" for part in value.values())
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _better(score: Score) -> str:
    return "yes" if score.beats_last and score.beats_line else "no"


def _verdict(finding: CheckResult) -> str:
    if finding.holds:
        return "holds"
    return "**fails**" if finding.is_gate else "**falls short**"


def _summary(checked: Checked) -> str:
    rows = []
    for group, title in GROUPS.items():
        own = [f for f in checked.findings if f.group == group]
        failing = sum(not f.holds and f.is_gate for f in own)
        short = sum(not f.holds and not f.is_gate for f in own)
        rows.append((title, str(len(own)), str(failing), str(short)))
    return table(("group", "checks", "failing gates", "shortfalls"), rows)


def _shortfalls(checked: Checked, trials: Trials) -> Iterator[str]:
    """Yield what falls short or did: its cause, and each change that was tried."""
    found = {finding.check: finding for finding in checked.findings}
    for shortfall, tried in trials:
        titles = [found[check].title for check in shortfall.checks]
        seen = [found[check].detail for check in shortfall.checks]
        rows = [("nothing: the model as it is", "", *seen)]
        rows += [
            (change.title, change.reason, *(details[c] for c in shortfall.checks))
            for change, details in tried
        ]
        yield shortfall.cause
        yield table(("changed", "why", *titles), rows)


def _choices(choices: tuple[Choice, ...], notes: Mapping[str, str]) -> list[str]:
    """Return which years were seen before which choice; nothing where none is said."""
    rows = [(each.choice, each.seen) for each in choices]
    whole = table(("choice", "years that were seen before it"), rows)
    return ["### What was seen", notes.get("seen", ""), whole] if rows else []


def _targets(case: Case, notes: Mapping[str, str]) -> list[str]:
    """Return each target: the document's measure, the model's, and what came of it."""
    outturns = {row["target"]: row for row in _rows(case.file(OUTTURNS))}
    rows = [
        (
            target.title.en,
            _asked(target),
            case.indicators[target.indicator].title.en if target.indicator else "–",
            _scopes(target),
            target.status.replace("_", " "),
            (target.why or target.reasoning or NOTHING_SAID).en,
            _outturn(outturns.get(target.id)),
        )
        for target in case.targets.values()
    ]
    heads = ("target", "the document's measure", "the model's", "scope", "status")
    whole = table((*heads, "accounting and reading", "outturn"), rows)
    return ["## Targets", notes.get("targets", ""), whole] if rows else []


def _asked(target: Target) -> str:
    sign = "at least" if target.operator == ">=" else "at most"
    unit = "" if target.unit in ("1", "year") else f" {target.unit}"
    where = f"{target.clause} {target.location}".strip()
    return f"{sign} {target.value:g}{unit} in {target.year} ({where or 'no clause'})"


def _scopes(target: Target) -> str:
    if target.scope == target.own_scope:
        return target.scope
    return f"{target.scope}, the document's {target.own_scope}"


def _outturn(row: Mapping[str, str] | None) -> str:
    """Return the last published value; the rows of a target are in order of years."""
    if row is None:
        return "–"
    return f"{row['value']} {row['unit']} in {row['year']} ({row['place']})"


def _intervals(folder: Path, notes: Mapping[str, str]) -> list[str]:
    """Return the coverage of the intervals; empty without a posterior."""
    fields = ("series", "origin", "form", "count", "inside", "crps")
    rows = [
        [*score_cells(asdict(found), fields), found.verdict]
        for found in coverages(predictive_forecasts(Case.load(folder)))
    ]
    columns = ("series", "from", "forecast", "n", "inside 50/80/95 %", "CRPS")
    whole = table((*columns, "in words"), rows)
    return ["### Intervals", notes.get("intervals", ""), whole] if rows else []


def _fitted(folder: Path, notes: Mapping[str, str]) -> list[str]:
    """Return the section on fitted constants, nothing where there is no record."""
    rows = _rows(folder / RECORD)
    cells = (
        (row["constant"], f"`{row['file']}`", row["largest_miss"], row["run_id"])
        for row in rows
    )
    columns = ("constant", "file", "largest relative miss", "run")
    title = "## Constants fitted to both censuses"
    return [title, notes.get("fitted", ""), table(columns, cells)] if rows else []


def _posterior(folder: Path, notes: Mapping[str, str]) -> list[str]:
    """Return the section on free constants, nothing where none were sampled."""
    rows = _rows(folder / "posterior.csv")
    if not rows:
        return []
    cells = (
        (
            row["constant"],
            f"{row['prior_mean']} ± {row['prior_deviation']}",
            f"{row['mean']} ± {row['deviation']}",
            f"{row['quantile05']} to {row['quantile95']}",
            row["mode"],
            f"{float(row['ratio']):.2f}",
            row["verdict"],
        )
        for row in rows
    )
    columns = ("constant", "prior", "posterior", "central 90 %", "mode", "ratio")
    note = f"{notes.get('posterior', '')} Run {rows[0]['run_id']}.".strip()
    words = "what the evidence says"
    return ["## Prior and posterior", note, table((*columns, words), cells)]


def _recovery(folder: Path, notes: Mapping[str, str]) -> list[str]:
    """Return the section on known constants, nothing where none were sampled."""
    rows = _rows(folder / RECOVERY)
    if not rows:
        return []
    within = sum(float(row["distance"]) <= float(row["allowed"]) for row in rows)
    half, most = (
        100 * sum(float(row[name]) for row in rows) / len(rows)
        for name in ("inside_50", "inside_90")
    )
    counted = (
        f"{rows[0]['data_sets']} data sets: {within} of {len(rows)} lines stay within "
        f"the band; over all lines {half:.0f} % lie inside of the central 50 %, "
        f"{most:.0f} % inside of the central 90 %. Run {rows[0]['run_id']}."
    )
    cells = (
        (
            row["quantity"],
            f"{100 * float(row['inside_50']):.0f}",
            f"{100 * float(row['inside_90']):.0f}",
            f"{float(row['chi_square_p']):.2f}",
            f"{float(row['distance']):.2f} of {float(row['allowed']):.2f}",
        )
        for row in rows
    )
    columns = ("quantity", "inside 50 %", "inside 90 %", "chi-square p", "distance")
    note = notes.get("recovery", "")
    return ["### Known constants", note, counted, table(columns, cells)]


def _rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV, none where there is no file."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
