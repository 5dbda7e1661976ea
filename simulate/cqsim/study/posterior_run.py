"""The posterior of a model's free constants, in stages that can be taken up again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cqsim import __version__
from cqsim.case.case import Case
from cqsim.compile.ir import System
from cqsim.compile.lower import read_system
from cqsim.engine.simulation import run_many
from cqsim.errors import InputFileError
from cqsim.ledger.observed import Observations, ledger_files
from cqsim.model.resolve import read_model
from cqsim.study.evidence import Datum, data_of, misses
from cqsim.study.fit_plan import FitPlan
from cqsim.study.fitted_files import bounds_of
from cqsim.study.kept_stages import keep_stage, load_stage, save_arrays
from cqsim.study.mode import Mode, find_mode
from cqsim.study.plan_check import refuse_misfits
from cqsim.study.posterior_plan import CLOUDS, Posterior
from cqsim.study.priors import Prior, draws, log_density, priors_of
from cqsim.study.published import Publications
from cqsim.study.quantity import Simulated, equations_of, names_of, places_in
from cqsim.study.refit import (
    STEPS,
    Refit,
    census_miss,
    free_columns,
    log_misses,
    refit,
    shapes_of,
)
from cqsim.study.smc import Cloud, stage
from cqsim.tomlfile import load, read_document

Floats = NDArray[np.float64]
Told = Callable[[str], None]

NO_GRADES = dict.fromkeys("ABCD", 0.0)
"""The deviation of an evidence holds the error of the published value."""

LOST = 1e6
"""What stands for the miss of a run that gives no number."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Free constants, evidence on them, and the compiled model between them."""

    system: System
    plan: FitPlan
    wanted: Posterior
    priors: tuple[Prior, ...]
    data: tuple[Datum, ...]
    fitted: Refit

    def misses(self, points: Floats) -> Floats:
        """Return the misses of the evidence over their deviations: (point, datum)."""
        columns = self.columns(points)
        names = names_of(self.wanted.evidence)
        last = max(datum.year for datum in self.data)
        clock = {"start": float(self.plan.start), "end": float(last), "save": 1.0}
        ensemble = run_many(
            self.system, columns, names, clock=clock, check_ranges=False
        )
        found = {name: ensemble.values[name] for name in names}
        places = places_in(self.system, self.wanted.evidence[0])
        with np.errstate(all="ignore"):
            found_misses = misses(self.data, Simulated(ensemble.times, found, places))
        return np.where(np.isfinite(found_misses), found_misses, LOST)

    def census_miss(self, point: Floats) -> float:
        """Return the largest relative miss of the censuses at a point."""
        return census_miss(self.system, self.plan, self.columns(point[None]))

    def columns(self, points: Floats) -> dict[str, Floats]:
        """Return free constants and those that are fitted with them, as columns."""
        free = free_columns(self.priors, points)
        values = self.fitted.values(points)
        for _ in range(STEPS):
            miss = log_misses(self.system, self.plan, {**free, **values})
            values = self.fitted.corrected(values, np.where(np.isfinite(miss), miss, 0))
        return {**free, **values}

    def log_likelihood(self, points: Floats) -> Floats:
        """Return the log of the likelihood, but for a constant: (point,)."""
        return np.asarray(-0.5 * np.sum(self.misses(points) ** 2, axis=1))

    def log_prior(self, points: Floats) -> Floats:
        """Return the log of the prior density: (point,)."""
        return log_density(self.priors, points)

    def residuals(self, points: Floats) -> Floats:
        """Return misses and distances from the priors' values: (point, residual)."""
        values = np.array([p.value for p in self.priors])
        spreads = np.array([p.deviation for p in self.priors])
        return np.hstack([self.misses(points), (points - values) / spreads])


@dataclass(frozen=True, slots=True)
class Sampled:
    """A posterior: where it is highest, and clouds of particles drawn from it."""

    run_id: str
    problem: Problem
    mode: Mode
    clouds: tuple[Cloud, ...]


def posterior_of(folder: Path, out: Path, told: Told) -> Sampled:
    """Return the posterior that a folder's calibration.toml asks for.

    Each stage is kept in `out`, in a folder named after all that the result depends on,
    so that an interrupted run goes on where it stopped.

    Raises
    ------
    CqsimError
        A file is missing or wrong, or the plan asks for no posterior.
    """
    kept, problem = problem_of(folder, out, told)
    mode = _mode(problem)
    told(f"mode after {mode.rounds} rounds: half sum of squares {mode.loss:.1f}")
    clouds = tuple(_cloud(problem, kept, number, told) for number in range(CLOUDS))
    return Sampled(kept.name, problem, mode, clouds)


def problem_of(folder: Path, out: Path, told: Told) -> tuple[Path, Problem]:
    """Return what is to be sampled, and the folder in which its stages are kept.

    Raises
    ------
    CqsimError
        A file is missing or wrong, or the plan asks for no posterior.
    """
    run_id, system, plan, priors, data = _read(folder)
    assert plan.posterior is not None
    kept = out / run_id
    kept.mkdir(parents=True, exist_ok=True)
    path = folder / "metro.mdl"
    fitted = _refit(kept, system, plan, path, priors, told)
    return kept, Problem(system, plan, plan.posterior, priors, data, fitted)


def _read(
    folder: Path,
) -> tuple[str, System, FitPlan, tuple[Prior, ...], tuple[Datum, ...]]:
    document = read_document(folder / "calibration.toml")
    plan = load(document, FitPlan)
    model = read_model(folder / "metro.mdl")
    wanted = plan.posterior
    if wanted is None:
        what = "the plan has no [posterior]"
        remedy = "Name free constants and evidence under it."
        raise InputFileError(document.path, 0, what, remedy)
    scopes = Case.load(folder).scopes
    publications = Publications(Observations.load(folder), scopes, NO_GRADES)
    refuse_misfits(document, plan, model, publications)
    system = read_system(model.path, equations_of(wanted.evidence))
    data = tuple(data_of(wanted.evidence, publications))
    priors = tuple(priors_of(model, system, wanted.constant, str(document.path)))
    return run_id_of(folder), system, plan, priors, data


def run_id_of(folder: Path) -> str:
    """Return the id of a run: it changes with all that the posterior depends on."""
    names = ["metro.mdl", "calibration.toml", "regions.csv"]
    names += [f"observed/{path.name}" for path in ledger_files(folder)]
    names += sorted(f"initial/{p.name}" for p in (folder / "initial").glob("*.csv"))
    digest = sha256(__version__.encode())
    for name in names:
        path = folder / name
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()[:12]


def _refit(
    kept: Path,
    system: System,
    plan: FitPlan,
    path: Path,
    priors: Sequence[Prior],
    told: Told,
) -> Refit:
    """Return how fitted constants go with free ones, from file if found before."""
    bounds = bounds_of(path, plan)
    file = kept / "refit.npz"
    if not file.is_file():
        found = refit(system, plan, bounds, priors, told)
        arrays = {f"weights {n}": w for n, w in found.weights.items()}
        arrays |= {f"error {n}": np.array(e) for n, e in found.error.items()}
        arrays |= {n: getattr(found, n) for n in ("centre", "width", "newton")}
        save_arrays(file, **arrays)
    with np.load(file) as saved:
        names = [fit.constant for fit in plan.fit]
        return Refit(
            saved["centre"],
            saved["width"],
            plan.fit,
            bounds,
            shapes_of(system, plan),
            {name: saved[f"weights {name}"] for name in names},
            saved["newton"],
            {name: float(saved[f"error {name}"]) for name in names},
        )


def _mode(problem: Problem) -> Mode:
    low, high = (
        np.array([getattr(p, end) for p in problem.priors]) for end in ("low", "high")
    )
    start = np.array([p.value for p in problem.priors])
    return find_mode(problem.residuals, start, low, high)


def _cloud(problem: Problem, kept: Path, number: int, told: Told) -> Cloud:
    """Return a cloud at temperature 1, going on from the last stage that was kept."""
    stages = sorted(kept.glob(f"cloud{number}_stage*.npz"))
    wanted = problem.wanted
    count = wanted.particles // CLOUDS
    random = np.random.default_rng((wanted.seed, number, 0))
    cloud = load_stage(stages[-1]) if stages else first_cloud(problem, count, random)
    while cloud.temperature < 1:
        count = len(cloud.temperatures) + 1
        random = np.random.default_rng((wanted.seed, number, count))
        cloud = stage(
            cloud, problem.log_likelihood, problem.log_prior, wanted.moves, random
        )
        keep_stage(kept / f"cloud{number}_stage{count:03d}.npz", cloud)
        told(
            f"cloud {number + 1} of {CLOUDS}, stage {count}: "
            f"temperature {cloud.temperature:.3g}, accepted {cloud.acceptance[-1]:.0%}"
        )
    return cloud


def first_cloud(problem: Problem, count: int, random: np.random.Generator) -> Cloud:
    """Return a cloud drawn from the prior."""
    points = draws(problem.priors, random.random((count, len(problem.priors))))
    likelihood, prior = problem.log_likelihood(points), problem.log_prior(points)
    return Cloud(points, likelihood, prior)
