"""Models with what they must give, found in a folder of any of three layouts."""

from dataclasses import dataclass
from pathlib import Path

from comparing.processes import Outcome
from comparing.series import (
    EXACT,
    SIX_DIGITS,
    Expected,
    faults,
    label,
    read_expected,
    read_text,
)

SUFFIXES = (".mdl", ".xmile", ".stmx", ".itmx")


@dataclass(frozen=True, slots=True)
class Case:
    """A model, and what it must give as far as that is known.

    Attributes
    ----------
    name
        The path within the folder.
    expected
        Its right series.
    refusal
        Words that the error must have, where a refusal is right.
    """

    name: str
    path: Path
    expected: Path | None = None
    refusal: str = ""


def find_cases(folder: Path) -> list[Case]:
    """Return the models of a folder and of the folders in it, by name.

    `NAME.csv` beside a model NAME holds its series, `NAME.refused` words of the right
    error; `output.csv` or `output.tab` are the series of every model beside them, as in
    SDXorg's test-models. A model without any of these is only run.
    """
    paths = (p for p in folder.rglob("*") if p.suffix.casefold() in SUFFIXES)
    return [_case(folder, path) for path in sorted(paths) if path.is_file()]


def _case(folder: Path, path: Path) -> Case:
    refused = path.with_suffix(".refused")
    words = refused.read_text(encoding="utf-8").strip() if refused.is_file() else ""
    named = ("output.tab", "output.csv")
    tables = (path.with_suffix(".csv"), *(path.parent / name for name in named))
    table = next((file for file in tables if file.is_file()), None)
    return Case(path.relative_to(folder).as_posix(), path, table, words)


def verdict(case: Case, outcome: Outcome) -> tuple[str, str]:
    """Return right, ran (nothing is known), refused, wrong, crash or slow, and why."""
    if outcome.series is None:
        fair = outcome.kind == "refused" and case.refusal
        as_told = fair and case.refusal in outcome.said
        return ("right", "") if as_told else (outcome.kind, outcome.said)
    if case.refusal:
        return "wrong", f"it ran, and should be refused: {case.refusal}"
    if not outcome.series.values:
        return "wrong", "it ran without a variable"
    if case.expected is None:
        return "ran", ""
    found = list(faults(outcome.series, _expected(case)))
    return ("wrong" if found else "right"), "; ".join(found)


def _expected(case: Case) -> Expected:
    """Return the series of a case; of a table for several models, what it names."""
    assert case.expected is not None
    if case.expected.stem == case.path.stem:
        return read_expected(case.expected, EXACT)
    text = label(read_text(case.path))
    return read_expected(case.expected, SIX_DIGITS).only(
        lambda name: name.partition("[")[0] in text
    )
