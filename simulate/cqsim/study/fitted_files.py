"""Write fitted constants where the model reads them, and say how well they fit."""

from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import numpy as np

from cqsim.compile.lower import read_system
from cqsim.errors import InputFileError, UnknownNameError
from cqsim.model.resolve import read_model
from cqsim.study.census_fit import FitOutcome, Fitted, census_fit
from cqsim.study.fit_plan import FitPlan
from cqsim.study.plan_check import refuse_misfits
from cqsim.tomlfile import load, read_document

DIGITS = 6
"""Significant digits of a fitted constant; far more than the data carry."""

RECORD = "calibrated.csv"
"""Which run made which fitted constants, beside the model."""

RECORD_COLUMNS = "constant,file,class,run_id,largest_miss,file_sha256"


def bounds_of(path: Path, plan: FitPlan) -> dict[str, tuple[float, float]]:
    """Return the range that the model gives each fitted constant."""
    model = read_model(path)
    bounds = {}
    for fit in plan.fit:
        variable = model.variable(fit.constant)
        if variable is None:
            known = [entry.name for entry in model.of_kind("constant")]
            where = "calibration.toml"
            raise UnknownNameError(where, "constant", fit.constant, known)
        low = -np.inf if variable.low is None else variable.low
        high = np.inf if variable.high is None else variable.high
        bounds[fit.constant] = (float(low), float(high))
    return bounds


def fit_model(folder: Path) -> FitOutcome:
    """Fit the model of a folder by its calibration.toml; nothing is written.

    Raises
    ------
    CqsimError
        A file is missing or wrong, or the plan names what the model does not have.
    """
    document = read_document(folder / "calibration.toml")
    plan = load(document, FitPlan)
    path = folder / "metro.mdl"
    refuse_misfits(document, plan, read_model(path))
    system = read_system(path)
    return census_fit(system, plan, bounds_of(path, plan))


def file_texts(outcome: FitOutcome) -> dict[str, str]:
    """Return the text of each file of fitted constants, a column a constant."""
    columns: dict[str, list[Fitted]] = {}
    for fitted in outcome.fitted:
        columns.setdefault(fitted.fit.file, []).append(fitted)
    return {name: _text(fits) for name, fits in columns.items()}


def _text(fits: list[Fitted]) -> str:
    label = (fits[0].fit.along or ("scope",))[0]
    lines = [",".join((label, *(title for fit in fits for title in _titles(fit))))]
    table = np.column_stack([fitted.values for fitted in fits])
    for element, row in zip(fits[0].elements[0], table, strict=True):
        lines.append(",".join((element, *(f"{value:.{DIGITS}g}" for value in row))))
    return "\n".join(lines) + "\n"


def _titles(fitted: Fitted) -> tuple[str, ...]:
    """Return the titles of a constant's columns: its own, or its second axis."""
    if len(fitted.elements) > 1:
        return fitted.elements[1]
    return (fitted.fit.constant,)


def record_text(folder: Path, outcome: FitOutcome) -> str:
    """Return the record of a fit: a line a constant, with the run that made it."""
    texts = file_texts(outcome)
    run_id = fit_id(folder, tuple(texts))
    lines = [RECORD_COLUMNS]
    for fitted in outcome.fitted:
        name = fitted.fit.file
        miss = f"{float(np.max(np.abs(fitted.misses))):.3f}"
        digest = sha256(texts[name].encode()).hexdigest()
        first = (fitted.fit.constant, name, "calibrated", run_id)
        lines.append(",".join((*first, miss, digest)))
    return "\n".join(lines) + "\n"


def fit_id(folder: Path, fitted: tuple[str, ...]) -> str:
    """Return the id of a fit: it changes with all that the fit reads, no more."""
    names = ["metro.mdl", "calibration.toml"]
    names += sorted(f"initial/{p.name}" for p in (folder / "initial").glob("*.csv"))
    digest = sha256()
    for name in names:
        if name not in fitted:
            digest.update(name.encode() + (folder / name).read_bytes())
    return digest.hexdigest()[:12]


def write_texts(folder: Path, texts: dict[str, str]) -> None:
    """Put files into a folder, all of them or none.

    Raises
    ------
    InputFileError
        One of them cannot be written.
    """
    waiting: list[tuple[Path, Path]] = []
    try:
        for name, text in texts.items():
            target = folder / name
            beside = target.with_name(f".{target.name}.new")
            waiting.append((beside, target))
            beside.write_text(text, encoding="utf-8", newline="\n")
        for beside, target in waiting:
            beside.replace(target)
    except OSError as error:
        for beside, _ in waiting:
            with suppress(OSError):
                beside.unlink()
        what = f"the fitted constants cannot be written ({error.strerror or error})"
        remedy = "Make room, or give yourself the right to write there."
        raise InputFileError(folder, 0, what, remedy) from None
