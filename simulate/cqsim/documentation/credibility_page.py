"""The page that says how far the model deserves belief, and where it does not."""

import math
from pathlib import Path

from cqsim.case.case import Case
from cqsim.credibility.rulebook import CheckResult
from cqsim.credibility.scores import Score, coverages
from cqsim.credibility.skill import Trials, predictive_forecasts
from cqsim.documentation.checked import Checked
from cqsim.documentation.credibility_constants import (
    fitted_section,
    posterior_section,
    recovery_section,
)
from cqsim.documentation.credibility_notes import (
    INTERVAL_NOTE,
    INTRODUCTION,
    SHORTFALL_NOTE,
    SKILL_NOTE,
    UNCERTAINTY,
)
from cqsim.documentation.markdown import table
from cqsim.study.calibrate import RECORD
from cqsim.study.recovery import FILE as RECOVERY

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

SCORE_COLUMNS = (
    *("series", "place", "from", "n", "RMSE", "last value", "line", "MAPE %", "R²"),
    *("R² of change", "Theil U", "U^M", "U^S", "U^C", "CRPS", "last value", "line"),
    "inside 50/80/95 %",
    "better than both",
)


def credibility_page(checked: Checked, trials: Trials, folder: Path) -> str:
    """Return the page as Markdown; equal findings give equal text.

    Parameters
    ----------
    trials
        What was tried against shortfalls.
    folder
        The model's: a posterior that was sampled is read there.
    """
    parts = [MARK, "# Credibility", INTRODUCTION, _summary(checked)]
    for group, title in GROUPS.items():
        own = [f for f in checked.findings if f.group == group]
        rows = [(f.title, _verdict(f), f.detail) for f in own]
        parts += [f"## {title}", table(("check", "verdict", "what was seen"), rows)]
    parts += _shortfalls(checked, trials)
    skill = checked.skill
    scores = (*skill.areas, *skill.pooled)
    parts += [
        "## Scores",
        SKILL_NOTE,
        table(SCORE_COLUMNS, map(_cells, scores)),
        "### By region, from 2020",
        table(
            ("series", "region", "n", "RMSE", "last value", "line", "better than both"),
            (_region_cells(s) for s in skill.regions if s.origin == 2020),
        ),
        *_intervals(folder),
        *fitted_section(folder / RECORD),
        *posterior_section(folder / "posterior.csv"),
        *recovery_section(folder / RECOVERY),
        "## Kinds of uncertainty",
        table(("kind", "how it is carried"), UNCERTAINTY),
    ]
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"


def _shortfalls(checked: Checked, trials: Trials) -> list[str]:
    """Return what falls short or did: its cause, and each change that was tried."""
    found = {finding.check: finding for finding in checked.findings}
    parts = ["### Shortfalls", SHORTFALL_NOTE] if trials else []
    for shortfall, tried in trials:
        titles = [found[check].title for check in shortfall.checks]
        seen = [found[check].detail for check in shortfall.checks]
        rows = [("nothing: the model as it is", "", *seen)]
        rows += [
            (change.title, change.reason, *(details[c] for c in shortfall.checks))
            for change, details in tried
        ]
        parts += [shortfall.cause, table(("changed", "why", *titles), rows)]
    return parts


def _intervals(folder: Path) -> list[str]:
    """Return how the intervals cover what came, nothing without a posterior."""
    cells = [
        (
            found.series,
            str(found.origin),
            found.form,
            str(found.count),
            "/".join(f"{100 * part:.0f}" for part in found.inside.values()),
            _number(found.crps),
            found.verdict,
        )
        for found in coverages(predictive_forecasts(Case.load(folder)))
    ]
    columns = ("series", "from", "forecast", "n", "inside 50/80/95 %", "CRPS")
    whole = table((*columns, "in words"), cells)
    return ["### Intervals", INTERVAL_NOTE, whole] if cells else []


def _summary(checked: Checked) -> str:
    rows = []
    for group, title in GROUPS.items():
        own = [f for f in checked.findings if f.group == group]
        failing = sum(not f.holds and f.is_gate for f in own)
        short = sum(not f.holds and not f.is_gate for f in own)
        rows.append((title, str(len(own)), str(failing), str(short)))
    return table(("group", "checks", "failing gates", "shortfalls"), rows)


def _verdict(finding: CheckResult) -> str:
    if finding.holds:
        return "holds"
    return "**fails**" if finding.is_gate else "**falls short**"


def _cells(score: Score) -> tuple[str, ...]:
    numbers = (
        *(score.rmse, score.rmse_last, score.rmse_line, score.mape, score.r2),
        *(score.r2_change, score.theil, score.bias, score.variance, score.covariance),
        *(score.crps, score.crps_last, score.crps_line),
    )
    inside = "/".join(f"{100 * part:.0f}" for part in score.coverage.values())
    first = (score.series, score.place, str(score.origin), str(score.count))
    return (*first, *map(_number, numbers), inside, _better(score))


def _better(score: Score) -> str:
    return "yes" if score.beats_last and score.beats_line else "no"


def _region_cells(score: Score) -> tuple[str, ...]:
    numbers = (score.rmse, score.rmse_last, score.rmse_line)
    return (
        score.series,
        score.place,
        str(score.count),
        *map(_number, numbers),
        _better(score),
    )


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.3g}"
