"""The posterior of a model's free constants, given what was published between censuses.

The constants and the evidence stand under `[posterior]` of `model/calibration.toml`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cqsim import __version__
from cqsim.case.case import Case
from cqsim.compile.lower import read_system
from cqsim.errors import InputFileError
from cqsim.ledger.observed import ledger_files
from cqsim.study.calibrate import CensusFit
from cqsim.study.checked import NameContext
from cqsim.study.emulator import Emulator, Progress
from cqsim.study.evidence import (
    Datum,
    ObservedQuantities,
    data_of,
    equations_of,
    simulate,
    standardised_residuals,
)
from cqsim.study.fit_plan import CHAINS, FILE, FitPlan, PosteriorPlan
from cqsim.study.priors import draws, log_density, priors_of
from cqsim.study.smc import ParticleSet, sample
from cqsim.tomlfile import load, read_document

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

NO_GRADES = dict.fromkeys("ABCD", 0.0)
"""The deviation of an evidence holds the error of the published value."""

DIVERGED = 1e6
"""What stands for the residual of a run that gives no number."""

IDENTIFIED, NARROWED = 0.5, 0.85
"""Posterior over prior standard deviation below which the evidence is said to identify
a constant, or to narrow it; above, the posterior is the prior."""

TIED = 0.6
"""Correlation from which two constants are said to be known only together."""

DRAWS = 200

MODE_ROUNDS = 30
CONVERGED = 1e-4
"""Smallest relative fall of the sum of squares that is worth another round."""

DIFFERENCE = 1e-3
"""Part of a constant's range by which it is moved to find a derivative."""

DAMPING = tuple(10.0 ** (power / 2) for power in range(-8, 9))
"""Tried side by side in each round; the best is taken."""


@dataclass(frozen=True, slots=True)
class Posterior:
    """The density of free constants, given data; points are (point, free constant)."""

    plan: PosteriorPlan
    emulator: Emulator
    data: tuple[Datum, ...]

    def data_residuals(self, points: Floats) -> Floats:
        """Return simulated less published over the deviation: (point, datum)."""
        census = self.emulator.census
        last = max(datum.year for datum in self.data)
        settings = self.emulator.settings(points)
        evidence = self.plan.evidence
        runs = simulate(census.system, evidence, census.plan.start, last, settings)
        with np.errstate(all="ignore"):
            found = standardised_residuals(self.data, runs)
        return np.where(np.isfinite(found), found, DIVERGED)

    def log_likelihood(self, points: Floats) -> Floats:
        """Return the log of the likelihood, but for a constant: (point,)."""
        return np.asarray(-0.5 * np.sum(self.data_residuals(points) ** 2, axis=1))

    def log_prior(self, points: Floats) -> Floats:
        """Return the log of the prior density: (point,)."""
        return log_density(self.emulator.priors, points)

    def residuals(self, points: Floats) -> Floats:
        """Return those of data, then distances from priors' values: (point, residual).

        Half the sum of their squares is the log density of normal priors, negated.
        """
        priors = self.emulator.priors
        values = np.array([prior.value for prior in priors])
        spreads = np.array([prior.deviation for prior in priors])
        return np.hstack([self.data_residuals(points), (points - values) / spreads])

    def first_particles(self, count: int, random: np.random.Generator) -> ParticleSet:
        """Return particles drawn from the prior."""
        priors = self.emulator.priors
        points = draws(priors, random.random((count, len(priors))))
        return ParticleSet(points, self.log_likelihood(points), self.log_prior(points))


@dataclass(frozen=True, slots=True)
class Mode:
    """Where the posterior is highest, its half sum of squares, and the rounds taken."""

    point: Floats
    loss: float
    rounds: int


def find_mode(
    residuals: Callable[[Floats], Floats], start: Floats, low: Floats, high: Floats
) -> Mode:
    """Return the point within the bounds that has the least sum of squares nearby.

    By Levenberg-Marquardt: Marquardt (1963), doi:10.1137/0111030. The derivatives are
    differences, all of one round in one batch of runs.

    Parameters
    ----------
    residuals
        Gives (point, residual) for (point, constant).
    start, low, high : (constant,)
    """
    point = np.clip(start, low, high)
    width = high - low
    at = residuals(point[None])[0]
    loss = _half_square(at)
    for number in range(1, MODE_ROUNDS + 1):
        sign = np.where(point + DIFFERENCE * width <= high, 1.0, -1.0)
        moved = point + np.diag(sign * DIFFERENCE * width)
        slopes = ((residuals(moved) - at) / (sign * DIFFERENCE)[:, None]).T
        square = slopes.T @ slopes
        scale = np.diag(np.maximum(np.diag(square), 1e-12))
        steps = [
            np.linalg.solve(square + damping * scale, -slopes.T @ at)
            for damping in DAMPING
        ]
        tried = np.clip(point + width * np.array(steps), low, high)
        found = residuals(tried)
        losses = [_half_square(row) for row in found]
        best = int(np.argmin(losses))
        if not losses[best] < loss * (1 - CONVERGED):
            return Mode(point, loss, number)
        point, at, loss = tried[best], found[best], losses[best]
    return Mode(point, loss, MODE_ROUNDS)


def _half_square(row: Floats) -> float:
    value = float(0.5 * np.sum(row**2))
    return value if np.isfinite(value) else np.inf


@dataclass(frozen=True, slots=True)
class PosteriorSample:
    """A posterior: where it is highest, and independent sets of particles from it."""

    run_id: str
    posterior: Posterior
    mode: Mode
    chains: tuple[ParticleSet, ...]

    @property
    def points(self) -> Floats:
        """The particles of all chains: (particle, free constant)."""
        return np.concatenate([chain.points for chain in self.chains])

    def table(self) -> "pd.DataFrame":
        """Return a row a free constant, in the order of the plan; posterior.csv.

        `constant`, `unit`, `low`, `high`; the prior's `prior_mean` and
        `prior_deviation`; of the posterior `mode`, `mean`, `deviation`, `quantile05`,
        `median`, `quantile95`; `ratio`, its deviation over the prior's; `mixing`, the
        R-hat of the chains; `verdict`, what the evidence says in words; `run_id`.
        """
        import pandas as pd

        points, priors = self.points, self.posterior.emulator.priors
        ties = np.corrcoef(points, rowvar=False).reshape(points.shape[1], -1)
        rows = []
        for number, prior in enumerate(priors):
            own = points[:, number]
            ratio = float(own.std() / prior.deviation)
            others = {
                other.name: float(ties[number, n])
                for n, other in enumerate(priors)
                if n != number
            }
            low, median, high = (float(q) for q in np.quantile(own, (0.05, 0.5, 0.95)))
            rows.append(
                {
                    "constant": prior.name,
                    "unit": prior.unit,
                    "low": prior.low,
                    "high": prior.high,
                    "prior_mean": float(prior.distribution.mean()),
                    "prior_deviation": prior.deviation,
                    "mode": float(self.mode.point[number]),
                    "mean": float(own.mean()),
                    "deviation": float(own.std()),
                    "quantile05": low,
                    "median": median,
                    "quantile95": high,
                    "ratio": ratio,
                    "mixing": r_hat([chain.points[:, number] for chain in self.chains]),
                    "verdict": words(ratio, others),
                    "run_id": self.run_id,
                }
            )
        return pd.DataFrame(rows)

    def diagnostics(self) -> dict[str, Any]:
        """Return how the sample was made, and its diagnostics.

        `different` is how many particles differ from all others; `worst_mixing` the
        largest R-hat of a constant; `misfit_at_mode` half the sum of squares of
        residuals and of distances from the priors; `census_miss` the largest relative
        miss of the censuses at the mode, where the constants of the census fit follow
        from the free ones.
        """
        chains = self.chains
        point = self.mode.point[None]
        return {
            "run_id": self.run_id,
            "data": len(self.posterior.data),
            "stages": max(len(chain.temperatures) for chain in chains),
            "particles": len(self.points),
            "different": sum(chain.different for chain in chains),
            "least_acceptance": min(min(chain.acceptance) for chain in chains),
            "worst_mixing": float(self.table()["mixing"].max()),
            "log_evidence": float(np.mean([chain.evidence for chain in chains])),
            "misfit_at_mode": self.mode.loss,
            "census_miss": self.posterior.emulator.census_miss(point),
        }

    def draws(self) -> "pd.DataFrame":
        """Return draws of the posterior: a column a constant, a row a draw.

        The constants of the census fit are among them, each draw with those that belong
        to it, so that a run with a draw still arrives at the census.
        """
        import pandas as pd

        points, emulator = self.points, self.posterior.emulator
        random = np.random.default_rng(self.posterior.plan.seed)
        count = min(DRAWS, len(points))
        chosen = points[np.sort(random.choice(len(points), count, replace=False))]
        columns = {}
        constants = emulator.census.constants
        for name, values in emulator.settings(chosen).items():
            axes = constants[name].axes if name in constants else ()
            places = product(*(axis.elements for axis in axes))
            flat = values.reshape(count, -1).T
            for place, column in zip(places, flat, strict=True):
                columns[f"{name}[{','.join(place)}]" if place else name] = column
        return pd.DataFrame(columns)

    def file_texts(self) -> dict[str, str]:
        """Return the text of each file that the sample is kept in, by its name."""
        tables = {"posterior.csv": self.table(), "posterior_draws.csv": self.draws()}
        return {name: csv_text(table) for name, table in tables.items()}


def csv_text(table: "pd.DataFrame", digits: int = 6) -> str:
    """Return a table as CSV, numbers with so many significant digits."""
    form = f"%.{digits}g"
    return table.to_csv(
        index=False, float_format=form, na_rep="nan", lineterminator="\n"
    )


def words(ratio: float, ties: Mapping[str, float]) -> str:
    """Return in words how far the evidence informs a constant.

    Parameters
    ----------
    ratio
        The posterior's standard deviation over the prior's.
    ties
        The correlation with other constants, by their names.
    """
    if ratio < IDENTIFIED:
        verdict = "identified by the evidence"
    elif ratio < NARROWED:
        verdict = "narrowed by the evidence"
    else:
        verdict = "prior-driven: the evidence says next to nothing"
    tied = [name for name, r in ties.items() if abs(r) >= TIED]
    return f"{verdict}, known only together with {', '.join(tied)}" if tied else verdict


def r_hat(chains: Sequence[Floats]) -> float:
    """Return the potential scale reduction of independent samples: 1 where they agree.

    The root of the pooled variance over the mean variance within a sample, both of
    large samples: Gelman and Rubin (1992), doi:10.1214/ss/1177011136.
    """
    within = float(np.mean([chain.var(ddof=1) for chain in chains]))
    between = float(np.var([chain.mean() for chain in chains], ddof=1))
    return float(np.sqrt(1 + between / within)) if within > 0 else float("inf")


def posterior_of(case: Case, out: Path, progress: Progress) -> PosteriorSample:
    """Return the posterior that calibration.toml of a case asks for.

    Each stage is stored in `out`, in a folder named after all that the result depends
    on, so that an interrupted run resumes where it stopped.

    Raises
    ------
    CqsimError
        A file is missing or wrong, or the plan asks for no posterior.
    """
    stored, posterior = read_posterior_plan(case, out, progress)
    priors = posterior.emulator.priors
    start, low, high = (
        np.array([getattr(prior, end) for prior in priors])
        for end in ("value", "low", "high")
    )
    mode = find_mode(posterior.residuals, start, low, high)
    progress(f"mode after {mode.rounds} rounds: half sum of squares {mode.loss:.1f}")
    chains = [sample_chain(posterior, stored, n, progress) for n in range(CHAINS)]
    return PosteriorSample(stored.name, posterior, mode, tuple(chains))


def read_posterior_plan(
    case: Case, out: Path, progress: Progress
) -> tuple[Path, Posterior]:
    """Return the folder in which stages are stored, and what is to be sampled.

    Raises
    ------
    CqsimError
        A file is missing or wrong, or the plan asks for no posterior.
    """
    document = read_document(case.needed(FILE, "cqsim calibrate"))
    if load(document, FitPlan).posterior is None:
        what = "the plan has no [posterior]"
        remedy = "Name free constants and evidence under it."
        raise InputFileError(document.path, 0, what, remedy)
    model, observed = case.model, ObservedQuantities.of(case, NO_GRADES)
    plan = load(document, FitPlan, NameContext(model, observed))
    assert plan.posterior is not None
    evidence = plan.posterior.evidence
    system = read_system(model.path, equations_of(evidence))
    free = plan.posterior.constant
    priors = priors_of(model, system, free, str(document.path))
    census = CensusFit.of(model, system, plan)
    stored = out / run_id_of(case)

    def learnt() -> dict[str, Floats]:
        assert plan.posterior is not None
        seed, design = plan.posterior.seed, plan.posterior.design
        return Emulator.learnt(census, priors, seed, design, progress).arrays()

    arrays = checkpointed(stored / "emulator.npz", learnt)
    emulator = Emulator.restored(census, priors, arrays)
    data = tuple(data_of(evidence, observed))
    return stored, Posterior(plan.posterior, emulator, data)


def run_id_of(case: Case) -> str:
    """Return the id of a run: it changes with all that the posterior depends on."""
    paths = [case.model_path, case.file(FILE), case.file("regions.csv")]
    paths += ledger_files(case.model_path.parent)
    paths += sorted(case.file("initial").glob("*.csv"))
    digest = sha256(__version__.encode())
    for path in paths:
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()[:12]


def sample_chain(
    posterior: Posterior, stored: Path, number: int, progress: Progress
) -> ParticleSet:
    """Return particles of the posterior, going on from the last step that is stored."""
    plan = posterior.plan
    steps = sorted(stored.glob(f"chain{number}_step*.npz"))
    if steps:
        first = _particles(_arrays(steps[-1]))
    else:
        random = np.random.default_rng((plan.seed, number, 0))
        first = posterior.first_particles(plan.particles // CHAINS, random)

    def store(particles: ParticleSet) -> None:
        step = len(particles.temperatures)
        path = stored / f"chain{number}_step{step:03d}.npz"
        checkpointed(path, lambda: asdict(particles))
        progress(
            f"chain {number + 1} of {CHAINS}, step {step}: temperature "
            f"{particles.temperature:.3g}, accepted {particles.acceptance[-1]:.0%}"
        )

    def random_of(step: int) -> np.random.Generator:
        return np.random.default_rng((plan.seed, number, step))

    return sample(first, posterior, plan.moves, random_of, store)


def _particles(arrays: Mapping[str, Floats]) -> ParticleSet:
    points, likelihood, prior = (arrays[n] for n in ("points", "likelihood", "prior"))
    return ParticleSet(
        points,
        likelihood,
        prior,
        scale=float(arrays["scale"]),
        evidence=float(arrays["evidence"]),
        temperatures=tuple(arrays["temperatures"].tolist()),
        acceptance=tuple(arrays["acceptance"].tolist()),
    )


def checkpointed(path: Path, make: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
    """Return arrays by name from a file; made and written if it is not there."""
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".tmp.npz")
        np.savez(fresh, **make())
        fresh.replace(path)
    return _arrays(path)


def _arrays(path: Path) -> dict[str, Floats]:
    with np.load(path) as stored:
        return {name: stored[name] for name in stored}
