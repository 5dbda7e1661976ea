"""The page that says how far the model deserves belief, and where it does not."""

import csv
import math
from pathlib import Path

from cqsim.credibility.finding import Finding
from cqsim.credibility.predictive import coverages, spreads_of
from cqsim.credibility.scores import Score
from cqsim.credibility.trials import Trials
from cqsim.documentation.checked import Checked
from cqsim.documentation.markdown import table

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
)

INTRODUCTION = """
Each line is a check that `cqsim check` ran; its rules stand in `model/checks.toml`,
the units in `model/units.txt`, what is scored in `model/skill.toml`. A gate that fails
fails the command. What is no gate is a shortfall that has to be known.
"""

SHORTFALL_NOTE = """
What falls short, or did, with its cause as the data show it, and what was tried: each
change is made to a copy of the model and scored anew whenever this page is written. A
change is kept for its mechanism and for what was known up to 2020, never for its score
on 2021 and 2022.
"""

SKILL_NOTE = """
Forecasts from the census of 2020, and from 2020 rebased on what was published for
2021, against values that no constant was fitted to: births after the origin are taken
out of the model's input. The two naive forecasts are the last published value and a
straight line through the published ones. Regions have one or two published years
each, so a single region's score says little; "all regions" pools them. The error
model of each series is declared with its reason, so that coverage judges that
declaration as much as the model.
"""

INTERVAL_NOTE = """
How often what came lies inside of the central intervals of a forecast, regions and
areas together, and the continuous ranked probability score in the series' unit. Three
forecasts: the model's own constants with the declared error of the series; draws of the
posterior below with the error of the published value alone; and draws with both errors.
Draws alone say how little is known of constants. They leave out what the model leaves
out, a business cycle or a slow year of moves, so that where they cover too little, the
declared error is needed and not a luxury.
"""

POSTERIOR_NOTE = """
Constants that the census fit takes as they are, sampled with the evidence of 2010 to
2020 while the fit is done again around them (`cqsim calibrate --posterior`). Mean and
standard deviation; the ratio is the posterior's over the prior's deviation. The model
keeps its own values: where the evidence says next to nothing, they are a judgement and
nothing more.
"""

UNCERTAINTY = (
    (
        "parametric",
        "every constant has a range with its reason; `cqsim calibrate --posterior` "
        "narrows those that the decade to 2020 informs",
    ),
    (
        "structural",
        "the constants `form of migration` and `form of energy intensity` select "
        "between formulations",
    ),
    (
        "data",
        "rounding and boundary: the grade of each published value; revision: vintages "
        "in the ledger, never joined across the census of 2020",
    ),
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
        *_posterior(folder / "posterior.csv"),
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
        for found in coverages(spreads_of(folder))
    ]
    columns = ("series", "from", "forecast", "n", "inside 50/80/95 %", "CRPS")
    whole = table((*columns, "in words"), cells)
    return ["### Intervals", INTERVAL_NOTE, whole] if cells else []


def _posterior(path: Path) -> list[str]:
    """Return the section on free constants, nothing where none were sampled."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
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
    note = f"{POSTERIOR_NOTE.strip()} Run {rows[0]['run_id']}." if rows else ""
    words = "what the evidence says"
    return ["## Prior and posterior", note, table((*columns, words), cells)]


def _summary(checked: Checked) -> str:
    rows = []
    for group, title in GROUPS.items():
        own = [f for f in checked.findings if f.group == group]
        failing = sum(not f.holds and f.is_gate for f in own)
        short = sum(not f.holds and not f.is_gate for f in own)
        rows.append((title, str(len(own)), str(failing), str(short)))
    return table(("group", "checks", "failing gates", "shortfalls"), rows)


def _verdict(finding: Finding) -> str:
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
    return (*first, *map(_number, numbers), inside)


def _region_cells(score: Score) -> tuple[str, ...]:
    better = "yes" if score.beats_last and score.beats_line else "no"
    numbers = (score.rmse, score.rmse_last, score.rmse_line)
    return (
        score.series,
        score.place,
        str(score.count),
        *map(_number, numbers),
        better,
    )


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.3g}"
