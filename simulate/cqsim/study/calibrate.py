"""Fit constants so that a run from one census arrives at the next.

`model/calibration.toml` names the constants. Each iteration runs the model once and
moves every constant by the miss of its own variable: with as many constants as
observations the fit is exact where a constant within its range can be.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field

from cqsim.case.case import Case
from cqsim.case.settings import time_bounds
from cqsim.compile.ir import Constant, System, shape_of
from cqsim.compile.lower import read_system
from cqsim.engine.simulation import run_many, spelled
from cqsim.errors import InputFileError, did_you_mean
from cqsim.language.syntax import canonical
from cqsim.model.model import Model, Variable
from cqsim.model.values import constant_values
from cqsim.study.evidence import Evidence
from cqsim.study.name_check import repeated_faults
from cqsim.tomlfile import Document, Fault, load, read_document, refuse
from cqsim.tomlschema import Frozen, Name

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
ByConstant = Mapping[str, Floats]
"""Arrays (run, *axes) by the name of a fitted constant, in the order of the plan."""

FILE = "calibration.toml"
RECORD = "calibrated.csv"
"""Which run made which fitted constants, in the model's folder."""

DIGITS = 6
"""Significant digits of a fitted constant; far more than the data carry."""

SMALLEST = 1e-9
"""People, output or energy below which a place has nothing to compare."""

LARGEST_STEP = 0.9
"""The most that one iteration moves the logarithm of a constant."""

LEAST_DEPLETION = 0.15
"""Floor of rate times years, so that a rate near zero is not thrown about."""

UNMOVED = ("constant", "lookup", "data")
"""Kinds of variables that no constant moves."""


def _listed(value: object) -> object:
    """Return one axis as a list of one, and none as an empty list."""
    if isinstance(value, str):
        return [value] if value else []
    return value


class Fit(Frozen):
    """One constant, the variable it has to bring to its observation, and how.

    `along` names the axes of the constant in its own order: none, one, or two.
    """

    constant: Name
    file: Name
    variable: Name
    along: Annotated[
        tuple[Name, ...], BeforeValidator(_listed), Field(max_length=2)
    ] = ()
    rule: Literal["factor", "growth", "depletion", "flow"]
    gain: Annotated[float, Field(strict=True, ge=-10, le=10)]
    mean_one: bool = False
    mean_zero: bool = False

    @property
    def is_multiplied(self) -> bool:
        """Whether the constant is moved, and so best described, by its logarithm."""
        return self.rule in ("factor", "depletion")

    def step(
        self, values: Floats, observed: Floats, simulated: Floats, years: int
    ) -> Floats:
        """Return the constant moved by the miss of its variable, whatever its range.

        Parameters
        ----------
        values, simulated : (run, *axes)
        observed : (1, *axes)
        years
            From the first census to the second.
        """
        miss = log_ratio(observed, simulated)
        if self.rule == "flow":
            return values + self.gain * (observed - simulated) / years
        if self.rule == "growth":
            moved = values + self.gain * miss / years
            if self.mean_zero:
                moved = moved - _weighted_sum(moved, observed) / _total(observed)
            return moved
        if self.rule == "depletion":
            left = np.maximum(values * years, LEAST_DEPLETION)
            change = np.clip(-self.gain * miss / left, -LARGEST_STEP, LARGEST_STEP)
            return np.asarray(values * np.exp(change))
        moved = values * np.exp(np.clip(self.gain * miss, -LARGEST_STEP, LARGEST_STEP))
        if self.mean_one:
            moved = moved * _total(observed) / _weighted_sum(moved, observed)
        return np.asarray(moved)


def _total(values: Floats) -> Floats:
    """Return the sum over the first axis after that of the runs, which is kept."""
    return values.sum(axis=1, keepdims=True) if values.ndim > 1 else values


def _weighted_sum(values: Floats, weights: Floats) -> Floats:
    return _total(values * weights)


class Free(Frozen):
    """A constant that the evidence may move within its range in the model.

    `normal`: about the model's own value, a quarter of the range as its standard
    deviation, cut off at the ends of the range. `uniform`: over the range.
    """

    name: Name
    prior: Literal["normal", "uniform"] = "normal"


Count = Annotated[int, Field(ge=2, le=100_000)]


class PosteriorPlan(Frozen):
    """Free constants, the evidence on them, and how hard the sampler tries.

    `design` runs teach how the constants of the census fit go with the free ones;
    `particles` are moved `moves` times at each temperature.
    """

    seed: Annotated[int, Field(ge=0)]
    design: Count
    particles: Count
    moves: Annotated[int, Field(ge=1, le=1000)]
    constant: tuple[Free, ...] = Field(min_length=1)
    evidence: tuple[Evidence, ...] = Field(min_length=1)


class FitPlan(Frozen):
    """The fits of a model, done together, and when they are done: calibration.toml.

    `start` and `end` are the years of the censuses; `tolerance` is the largest relative
    change at which the fit stops, `rounds` the most iterations. `posterior` asks
    how far the evidence informs constants that the fit takes as they are.
    """

    start: Annotated[int, Field(strict=True, ge=1950, le=2100)]
    end: Annotated[int, Field(strict=True, ge=1950, le=2100)]
    rounds: Annotated[int, Field(strict=True, ge=1, le=1000)]
    tolerance: Annotated[float, Field(strict=True, gt=0, lt=1)]
    fit: tuple[Fit, ...] = Field(min_length=1)
    posterior: PosteriorPlan | None = None

    @property
    def years(self) -> int:
        """Return the years between the censuses."""
        return self.end - self.start


def relative_miss(simulated: Floats, observed: Floats) -> Floats:
    """Return simulated over observed less one; 0 where nothing is observed."""
    there = observed > SMALLEST
    return np.where(there, simulated / np.where(there, observed, 1.0) - 1.0, 0.0)


def log_ratio(over: Floats, under: Floats) -> Floats:
    """Return the logarithm of a ratio, 0 where there is nothing on one of the sides."""
    both = (over > SMALLEST) & (under > SMALLEST)
    return np.where(
        both, np.log(np.where(both, over, 1.0) / np.where(both, under, 1.0)), 0.0
    )


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
        """What each fit is held against: its variable at the second census."""
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
    plan = load(document, FitPlan)
    refuse(document, list(fit_faults(document, plan, case.model)))
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


def fit_faults(document: Document, plan: FitPlan, model: Model) -> Iterator[Fault]:
    """Yield what in a plan of fits its model cannot carry out.

    A constant, variable or axis that the model does not have, another file than the one
    that a constant is read from, years that no run starts from, or what would have no
    effect.
    """
    clock = model.variable("initial time")
    for key, year in (("start", plan.start), ("end", plan.end)):
        bounds = time_bounds(clock) if clock else None
        if bounds and bounds.broken_by(year):
            what = f"{key} = {year}: no run starts there, only in {bounds.text()}"
            remedy = "Take a census that the model starts from."
            yield document.fault((key,), what, remedy, value=True)
    if plan.end <= plan.start:
        what = f"end = {plan.end} is not after start = {plan.start}"
        yield document.fault(
            ("end",), what, "Let the fit end after its start.", value=True
        )
    names = [fit.constant for fit in plan.fit]
    yield from repeated_faults(document, ("fit",), "constant", names, "fit of")
    for number, fit in enumerate(plan.fit):
        for key, what, remedy in _faults_of_fit(fit, model):
            yield document.fault(("fit", number, key), what, remedy, value=True)


def _faults_of_fit(fit: Fit, model: Model) -> Iterator[tuple[str, str, str]]:
    """Yield the key at fault, what is wrong and what would put it right."""
    constant, variable = model.variable(fit.constant), model.variable(fit.variable)
    if constant is None or constant.kind != "constant":
        known = [entry.name for entry in model.of_kind("constant")]
        what = f"there is no constant '{fit.constant}'"
        yield "constant", what, did_you_mean(fit.constant, known)
        return
    if variable is None:
        known = [entry.name for entry in model.variables.values()]
        what = f"there is no variable '{fit.variable}'"
        yield "variable", what, did_you_mean(fit.variable, known)
    elif variable.kind in UNMOVED:
        what = f"'{variable.name}' is the same in every run"
        yield "variable", what, "Name a variable that the constant moves."
    if fit.gain == 0:
        yield "gain", "gain = 0 moves nothing", "Give a gain, or leave the fit out."
    for key, rule in (("mean_one", "factor"), ("mean_zero", "growth")):
        if getattr(fit, key) and fit.rule != rule:
            what = f"{key} has no effect with rule = '{fit.rule}'"
            yield key, what, f"Leave it out: it goes with '{rule}'."
    yield from _axis_faults(fit, constant, variable)
    yield from _file_faults(fit, constant, model)


def _file_faults(
    fit: Fit, constant: Variable, model: Model
) -> Iterator[tuple[str, str, str]]:
    read = constant_values(model, constant)[0].file
    if read == model.path:
        what = f"'{constant.name}' stands in the model's text and in no file"
        yield "constant", what, "Let the model read it from a file."
    elif Path(fit.file) != read.relative_to(model.path.parent):
        name = read.relative_to(model.path.parent).as_posix()
        what = f"the model does not read '{constant.name}' from '{fit.file}'"
        yield "file", what, f"It reads '{name}'."


def _axis_faults(
    fit: Fit, constant: Variable, variable: Variable | None
) -> Iterator[tuple[str, str, str]]:
    axes = tuple(map(canonical, fit.along))
    named = ", ".join(fit.along)
    if tuple(map(canonical, constant.subscripts)) != axes:
        what = f"'{constant.title}' is not a constant along '{named}'"
        yield "along" if fit.along else "constant", what, "Give its own subscript."
    elif variable:
        known = {canonical(s) for e in variable.equations for s in e.subscripts}
        if not set(axes) <= known:
            what = f"'{variable.title}' does not go along '{named}'"
            yield "variable", what, "Name a variable that does."
