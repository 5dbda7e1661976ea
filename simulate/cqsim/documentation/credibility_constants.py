"""Sections of the page of credibility on constants: fitted, sampled, recovered."""

import csv
from pathlib import Path

from cqsim.documentation.credibility_notes import (
    FITTED_NOTE,
    POSTERIOR_NOTE,
    RECOVERY_NOTE,
)
from cqsim.documentation.markdown import table


def fitted_section(path: Path) -> list[str]:
    """Return the section on fitted constants, nothing where there is no record."""
    rows = _rows(path)
    cells = (
        (row["constant"], f"`{row['file']}`", row["largest_miss"], row["run_id"])
        for row in rows
    )
    columns = ("constant", "file", "largest relative miss", "run")
    title = "## Constants fitted to both censuses"
    return [title, FITTED_NOTE, table(columns, cells)] if rows else []


def posterior_section(path: Path) -> list[str]:
    """Return the section on free constants, nothing where none were sampled."""
    rows = _rows(path)
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
    if not rows:
        return []
    note = f"{POSTERIOR_NOTE.strip()} Run {rows[0]['run_id']}."
    words = "what the evidence says"
    return ["## Prior and posterior", note, table((*columns, words), cells)]


def recovery_section(path: Path) -> list[str]:
    """Return the section on known constants, nothing where none were sampled."""
    rows = _rows(path)
    if not rows:
        return []
    within = sum(float(row["distance"]) <= float(row["allowed"]) for row in rows)
    half, most = (
        100 * sum(float(row[name]) for row in rows) / len(rows)
        for name in ("inside_50", "inside_90")
    )
    said = (
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
    return ["### Known constants", RECOVERY_NOTE, said, table(columns, cells)]


def _rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV, none where there is no file."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
