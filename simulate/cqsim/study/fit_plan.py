"""The plan of a fit to the censuses: `calibration.toml`, read and checked."""

from collections.abc import Container, Iterator
from pathlib import Path
from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from cqsim.case.settings import time_bounds
from cqsim.errors import did_you_mean
from cqsim.language.syntax import canonical
from cqsim.model.model import Model, Variable
from cqsim.model.values import constant_values
from cqsim.study.checked import NameContext, unique
from cqsim.study.evidence import Evidence, ObservedQuantities, data_of
from cqsim.tomlschema import Frozen, Misfit, Name, refuse_misfits
from cqsim.tomlspans import Key

Floats = NDArray[np.float64]
FILE = "calibration.toml"

CHAINS = 2
"""Independent samples of the posterior, whose difference says how sure each is."""

SMALLEST = 1e-9
"""People, output or energy below which a place has nothing to compare."""

LARGEST_STEP = 0.9
"""The most that one iteration moves the logarithm of a constant."""

LEAST_DEPLETION = 0.15
"""Floor of rate times years, so that a rate near zero is not thrown about."""

UNMOVED = ("constant", "lookup", "data")
"""Kinds of variables that no constant moves."""


def log_ratio(over: Floats, under: Floats) -> Floats:
    """Return the logarithm of a ratio, 0 where there is nothing on one of the sides."""
    both = (over > SMALLEST) & (under > SMALLEST)
    return np.where(
        both, np.log(np.where(both, over, 1.0) / np.where(both, under, 1.0)), 0.0
    )


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

    @model_validator(mode="after")
    def _fits(self, info: ValidationInfo) -> Self:
        """Refuse what the model cannot carry out, or what would have no effect."""
        if isinstance(info.context, NameContext):
            misfits = [*self._effect_misfits(), *self._misfits(info.context.model)]
            refuse_misfits(misfits)
        return self

    def _effect_misfits(self) -> Iterator[Misfit]:
        if self.gain == 0:
            what = "gain = 0 moves nothing"
            yield Misfit(what, "Give a gain, or leave the fit out.", ("gain",))
        for key, rule in (("mean_one", "factor"), ("mean_zero", "growth")):
            if getattr(self, key) and self.rule != rule:
                what = f"{key} has no effect with rule = '{self.rule}'"
                yield Misfit(what, f"Leave it out: it goes with '{rule}'.", (key,))

    def _misfits(self, model: Model) -> Iterator[Misfit]:
        constant = model.variable(self.constant)
        variable = model.variable(self.variable)
        if constant is None or constant.kind != "constant":
            known = [entry.name for entry in model.of_kind("constant")]
            what = f"there is no constant '{self.constant}'"
            yield Misfit(what, did_you_mean(self.constant, known), ("constant",))
            return
        if variable is None:
            known = [entry.name for entry in model.variables.values()]
            what = f"there is no variable '{self.variable}'"
            yield Misfit(what, did_you_mean(self.variable, known), ("variable",))
        elif variable.kind in UNMOVED:
            what = f"'{variable.name}' is the same in every run"
            remedy = "Name a variable that the constant moves."
            yield Misfit(what, remedy, ("variable",))
        yield from self._axis_misfits(constant, variable)
        read = constant_values(model, constant)[0].file
        if read == model.path:
            what = f"'{constant.name}' stands in the model's text and in no file"
            yield Misfit(what, "Let the model read it from a file.", ("constant",))
        elif Path(self.file) != read.relative_to(model.path.parent):
            name = read.relative_to(model.path.parent).as_posix()
            what = f"the model does not read '{constant.name}' from '{self.file}'"
            yield Misfit(what, f"It reads '{name}'.", ("file",))

    def _axis_misfits(
        self, constant: Variable, variable: Variable | None
    ) -> Iterator[Misfit]:
        axes = tuple(map(canonical, self.along))
        named = ", ".join(self.along)
        if tuple(map(canonical, constant.subscripts)) != axes:
            what = f"'{constant.title}' is not a constant along '{named}'"
            key = "along" if self.along else "constant"
            yield Misfit(what, "Give its own subscript.", (key,))
        elif variable:
            known = {canonical(s) for e in variable.equations for s in e.subscripts}
            if not set(axes) <= known:
                what = f"'{variable.title}' does not go along '{named}'"
                yield Misfit(what, "Name a variable that does.", ("variable",))

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


def _free_misfits(
    name: str, model: Model, fitted: Container[str], at: Key
) -> Iterator[Misfit]:
    """Yield why a constant cannot be free."""
    found = model.variable(name)
    if found is None or found.kind != "constant":
        names = [v.name for v in model.of_kind("constant") if not v.subscripts]
        yield Misfit(f"there is no constant '{name}'", did_you_mean(name, names), at)
    elif found.key in fitted:
        what = f"'{name}' is fitted to the censuses at every point"
        yield Misfit(what, "Leave it out here, or its [[fit]].", at)
    elif found.subscripts:
        what = f"'{found.title}' is not one number"
        yield Misfit(what, "Free a constant without subscripts.", at)
    elif found.low is None or found.high is None or found.low == found.high:
        what = f"the model gives '{name}' no range to move in"
        yield Misfit(what, "Give it one with its unit: [low, high].", at)


def _year_misfits(
    evidence: Evidence, start: int, observed: ObservedQuantities, at: Key
) -> Iterator[Misfit]:
    """Yield years that a run does not reach, or of which nothing is published."""
    first = start + (evidence.transform == "growth")
    early = [year for year in evidence.years if year < first]
    found = {datum.year for datum in data_of([evidence], observed)}
    base = evidence.years[0] if evidence.transform == "index" and found else None
    unknown = [y for y in evidence.years if y not in found and y != base]
    if early:
        years = ", ".join(map(str, early))
        what = f"a run from {start} gives no {evidence.transform} for {years}"
        yield Misfit(what, f"Take years from {first} on.", at)
    elif unknown:
        years = ", ".join(map(str, unknown))
        what = f"the ledger has no '{evidence.observed}' for {years}"
        yield Misfit(what, "Leave them out, or add a bulletin that gives it.", at)


class Free(Frozen):
    """A constant that the evidence may move within its range in the model.

    `normal`: about the model's own value, a quarter of the range as its standard
    deviation, cut off at the ends of the range. `uniform`: over the range.
    """

    name: Name
    prior: Literal["normal", "uniform"] = "normal"


def feature_count(constants: int) -> int:
    """Return how many features a quadratic function of some constants has."""
    return 1 + constants + constants * (constants + 1) // 2


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
    constant: Annotated[
        tuple[Free, ...], Field(min_length=1), unique("free constant", "name")
    ]
    evidence: Annotated[
        tuple[Evidence, ...], Field(min_length=1), unique("piece of evidence")
    ]

    @model_validator(mode="after")
    def _is_enough(self) -> Self:
        """Refuse too little to learn a quadratic function or a covariance from."""
        count = len(self.constant)
        misfits = []
        least = feature_count(count)
        if self.design < least:
            what = f"design = {self.design}: {count} free constants need {least} runs"
            remedy = f"Take at least {least}, better twice as many."
            misfits.append(Misfit(what, remedy, ("design",)))
        least = CHAINS * (count + 2)
        if self.particles < least:
            what = f"particles = {self.particles}: {CHAINS} chains need {least}"
            remedy = "Take at least a hundred times the free constants, if time allows."
            misfits.append(Misfit(what, remedy, ("particles",)))
        refuse_misfits(misfits)
        return self


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
    fit: Annotated[tuple[Fit, ...], Field(min_length=1), unique("fit of", "constant")]
    posterior: PosteriorPlan | None = None

    @model_validator(mode="after")
    def _fits(self, info: ValidationInfo) -> Self:
        if isinstance(info.context, NameContext):
            refuse_misfits(self._misfits(info.context))
        return self

    def _misfits(self, known: NameContext) -> Iterator[Misfit]:
        """Yield years that no run starts from, and what the posterior cannot have."""
        clock = known.model.variable("initial time")
        for key, year in (("start", self.start), ("end", self.end)):
            bounds = time_bounds(clock) if clock else None
            if bounds and bounds.broken_by(year):
                what = f"{key} = {year}: no run starts there, only in {bounds.text()}"
                remedy = "Take a census that the model starts from."
                yield Misfit(what, remedy, (key,))
        if self.end <= self.start:
            what = f"end = {self.end} is not after start = {self.start}"
            yield Misfit(what, "Let the fit end after its start.", ("end",))
        if self.posterior is not None:
            yield from self._posterior_misfits(self.posterior, known)

    def _posterior_misfits(
        self, posterior: PosteriorPlan, known: NameContext
    ) -> Iterator[Misfit]:
        fitted = {canonical(fit.constant) for fit in self.fit}
        for number, free in enumerate(posterior.constant):
            at: Key = ("posterior", "constant", number, "name")
            yield from _free_misfits(free.name, known.model, fitted, at)
        for number, evidence in enumerate(posterior.evidence):
            at = ("posterior", "evidence", number, "years")
            if known.observed is not None:
                yield from _year_misfits(evidence, self.start, known.observed, at)

    @property
    def years(self) -> int:
        """Return the years between the censuses."""
        return self.end - self.start
