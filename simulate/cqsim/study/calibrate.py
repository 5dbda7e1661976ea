"""Fit constants so that a run from one census arrives at the next.

`model/calibration.toml` names the constants. Each iteration runs the model once and
moves every constant by the miss of its own variable: with as many constants as
observations the fit is exact where a constant within its range can be.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cqsim.case.case import Case
from cqsim.compile.ir import Constant, System, shape_of
from cqsim.compile.lower import read_system
from cqsim.engine.simulation import run_many, spelled
from cqsim.errors import InputFileError
from cqsim.language.syntax import canonical
from cqsim.model.model import Model
from cqsim.study.checked import NameContext
from cqsim.study.fit_plan import FILE, SMALLEST, FitPlan
from cqsim.tomlfile import load, read_document

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
ByConstant = Mapping[str, Floats]
"""Arrays (run, *axes) by the name of a fitted constant, in the order of the plan."""

RECORD = "calibrated.csv"
"""Which run made which fitted constants, in the model's folder."""

DIGITS = 6
"""Significant digits of a fitted constant; far more than the data carry."""


def relative_miss(simulated: Floats, observed: Floats) -> Floats:
    """Return simulated over observed less one; 0 where nothing is observed."""
    there = observed > SMALLEST
    return np.where(there, simulated / np.where(there, observed, 1.0) - 1.0, 0.0)


def sum_onto(array: Floats, axes: Sequence[str], kept: Sequence[str]) -> Floats:
    """Return an array summed over the axes that are not kept: (..., *kept).

    Parameters
    ----------
    array : (..., *axes)
    """
    ahead = array.ndim - len(axes)
    order = [ahead + axes.index(name) for name in kept]
    others = [ahead + n for n, name in enumerate(axes) if name not in kept]
    turned = array.transpose(*range(ahead), *order, *others)
    summed = turned.sum(axis=tuple(range(ahead + len(kept), array.ndim)))
    return np.asarray(summed, dtype=np.float64)


@dataclass(frozen=True)
class CensusFit:
    """A model whose fitted constants bring a run from one census to the next.

    Attributes
    ----------
    system
        The model, lowered.
    bounds
        The range of each fitted constant, in its unit.
    """

    system: System
    plan: FitPlan
    bounds: Mapping[str, tuple[float, float]]

    @classmethod
    def of(cls, model: Model, system: System, plan: FitPlan) -> "CensusFit":
        """Return a fit within the ranges that a model gives its constants."""
        bounds = {}
        for fit in plan.fit:
            variable = model.variables[canonical(fit.constant)]
            low = -np.inf if variable.low is None else variable.low
            high = np.inf if variable.high is None else variable.high
            bounds[fit.constant] = (float(low), float(high))
        return cls(system, plan, bounds)

    @cached_property
    def constants(self) -> Mapping[str, Constant]:
        """Each fitted constant as it stands in the model, by its name in the plan."""
        found = {}
        for fit in self.plan.fit:
            constant = self.system.variables[spelled(self.system, fit.constant)]
            assert isinstance(constant, Constant), fit.constant
            found[fit.constant] = constant
        return found

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the length of each axis of a fitted constant."""
        return shape_of(self.constants[name].axes)

    def own_values(self, runs: int = 1) -> dict[str, Floats]:
        """Return the constants as the model has them: (run, *axes)."""
        return {
            name: np.repeat(
                np.array(constant.values).reshape(1, *self.shape(name)), runs, axis=0
            )
            for name, constant in self.constants.items()
        }

    @cached_property
    def observed(self) -> ByConstant:
        """The observed values that fits aim at: each variable at the second census."""
        end = self.plan.end
        return self._variables({}, start=end, end=end + 1, at=0)

    def simulated(self, settings: Mapping[str, Any]) -> dict[str, Floats]:
        """Return the variable of each fit where runs from the first census arrive.

        Parameters
        ----------
        settings : (run, *axes) by constant
        """
        plan = self.plan
        return self._variables(settings, start=plan.start, end=plan.end, at=-1)

    def _variables(
        self, settings: Mapping[str, Any], start: int, end: int, at: int
    ) -> dict[str, Floats]:
        names = sorted({fit.variable for fit in self.plan.fit})
        clock = {"start": float(start), "end": float(end)}
        samples: Any = settings or [{}]
        runs = run_many(self.system, samples, names, clock=clock, check_ranges=False)
        found = {}
        for fit in self.plan.fit:
            name = runs.name_of(fit.variable)
            found[fit.constant] = sum_onto(
                runs.values[name][:, at], runs.axes[name], fit.along
            )
        return found

    def bounded(self, name: str, values: Floats) -> Floats:
        """Return values of a fitted constant within its range."""
        return np.clip(values, *self.bounds[name])

    def fitted(
        self,
        free: Mapping[str, Floats] | None = None,
        runs: int = 1,
        progress: Callable[[int, float], None] | None = None,
        rounds: int | None = None,
        tolerance: float | None = None,
    ) -> "FitResult":
        """Return the constants that bring runs from the first census to the second.

        Parameters
        ----------
        free : (run,) by constant
            What is set besides, in each run.
        progress
            Called with the iteration and its largest relative change of a constant.
        rounds, tolerance
            In place of the plan's.
        """
        values = self.own_values(runs)
        limit = self.plan.tolerance if tolerance is None else tolerance
        simulated: dict[str, Floats] = {}
        for number in range(1, (rounds or self.plan.rounds) + 1):
            simulated = self.simulated({**(free or {}), **values})
            moved = {}
            for fit in self.plan.fit:
                name = fit.constant
                sides = values[name], self.observed[name], simulated[name]
                moved[name] = self.bounded(name, fit.step(*sides, self.plan.years))
            change = max(
                float(np.max(np.abs(moved[name] - old) / np.maximum(np.abs(old), 1e-4)))
                for name, old in values.items()
            )
            if progress:
                progress(number, change)
            if change < limit:
                return FitResult(self, values, simulated, number, True)
            values = moved
        return FitResult(self, values, simulated, rounds or self.plan.rounds, False)


@dataclass(frozen=True, slots=True)
class FitResult:
    """Fitted constants and the variables they leave: (run, *axes) by constant."""

    census: CensusFit
    values: ByConstant
    simulated: ByConstant
    rounds: int
    settled: bool

    def table(self) -> "pd.DataFrame":
        """Return a row for each element of each constant, in the first run.

        The constant, its element, the fitted value in the constant's unit, its variable
        as observed and as simulated, and simulated over observed less one, in percent.
        """
        import pandas as pd

        parts = []
        for name, constant in self.census.constants.items():
            labels = product(*(axis.elements for axis in constant.axes))
            observed, simulated = self.census.observed[name], self.simulated[name][:1]
            columns = {
                "constant": name,
                "element": [", ".join(label) or "all" for label in labels],
                "value": self.values[name][0].ravel(),
                "observed": observed.ravel(),
                "simulated": simulated.ravel(),
                "miss, %": 100 * relative_miss(simulated, observed).ravel(),
            }
            parts.append(pd.DataFrame(columns))
        return pd.concat(parts, ignore_index=True)

    def file_texts(self) -> dict[str, str]:
        """Return the text of each file of fitted constants, by its name.

        A row an element of the first axis; a column a constant, or, of a constant along
        two axes, an element of the second.
        """
        import pandas as pd

        tables: dict[str, list[pd.DataFrame]] = {}
        for fit in self.census.plan.fit:
            axes = self.census.constants[fit.constant].axes
            index = pd.Index(axes[0].elements if axes else ["all"])
            titles = axes[1].elements if len(axes) > 1 else (fit.constant,)
            values = self.values[fit.constant][0].reshape(len(index), -1)
            label = fit.along[0] if fit.along else "scope"
            table = pd.DataFrame(values, index.rename(label), list(titles))
            tables.setdefault(fit.file, []).append(table)
        return {
            name: pd.concat(parts, axis=1).to_csv(
                float_format=f"%.{DIGITS}g", lineterminator="\n"
            )
            for name, parts in tables.items()
        }

    def record_text(self, folder: Path) -> str:
        """Return the record of a fit: a line a constant, with the run that made it."""
        import pandas as pd

        texts = self.file_texts()
        table = self.table()
        worst = table["miss, %"].abs().groupby(table["constant"]).max() / 100
        rows = [
            {
                "constant": fit.constant,
                "file": fit.file,
                "class": "calibrated",
                "run_id": _fit_id(folder, self.census.system.path.name, tuple(texts)),
                "largest_miss": f"{worst[fit.constant]:.3f}",
                "file_sha256": sha256(texts[fit.file].encode()).hexdigest(),
            }
            for fit in self.census.plan.fit
        ]
        return pd.DataFrame(rows).to_csv(index=False, lineterminator="\n")


def fit_model(case: Case) -> FitResult:
    """Fit the model of a case by its calibration.toml; nothing is written.

    Raises
    ------
    CqsimError
        A file is missing or wrong, or the plan names what the model does not have.
    """
    document = read_document(case.needed(FILE, "cqsim calibrate"))
    plan = load(document, FitPlan, NameContext(case.model))
    return CensusFit.of(case.model, read_system(case.model_path), plan).fitted()


def _fit_id(folder: Path, model: str, fitted: tuple[str, ...]) -> str:
    """Return the id of a fit: it changes with all that the fit reads, no more."""
    names = [model, FILE]
    names += sorted(f"initial/{p.name}" for p in (folder / "initial").glob("*.csv"))
    digest = sha256()
    for name in names:
        if name not in fitted:
            digest.update(name.encode() + (folder / name).read_bytes())
    return digest.hexdigest()[:12]


def write_texts(folder: Path, texts: Mapping[str, str]) -> None:
    """Put files into a folder, all of them or none.

    Raises
    ------
    InputFileError
        One of them cannot be written.
    """
    staged = {folder / name: folder / f"{name}.new" for name in texts}
    try:
        for (_, fresh), text in zip(staged.items(), texts.values(), strict=True):
            fresh.write_text(text, encoding="utf-8", newline="\n")
        for path, fresh in staged.items():
            fresh.replace(path)
    except OSError as error:
        for fresh in staged.values():
            with suppress(OSError):
                fresh.unlink()
        what = f"the fitted constants cannot be written ({error.strerror or error})"
        remedy = "Make room, or give yourself the right to write there."
        raise InputFileError(folder, 0, what, remedy) from None
