"""The sampler on posteriors that are known, and on data that a known constant made."""

from pathlib import Path
from shutil import copytree

import numpy as np
import pytest

from cqsim.case.case import Case
from cqsim.compile.lower import read_system
from cqsim.errors import CqsimError
from cqsim.model.resolve import read_model
from cqsim.study.calibrate import CensusFit
from cqsim.study.emulator import Emulator
from cqsim.study.evidence import Datum, Evidence, equations_of
from cqsim.study.fit_plan import Fit, FitPlan, Free, PosteriorPlan
from cqsim.study.posterior import (
    Posterior,
    find_mode,
    posterior_of,
    r_hat,
    sample_chain,
    words,
)
from cqsim.study.priors import priors_of
from cqsim.study.recovery import ranks_of, recovery_table
from cqsim.study.smc import ParticleSet, next_temperature, sample

CENSUS = Path(__file__).parents[1] / "reference" / "census"
TOWNS = ("hill", "plain", "harbour")


class Linear:
    """The posterior of a linear model with standard normal priors."""

    def __init__(self, design: np.ndarray, seen: np.ndarray) -> None:
        self.design, self.seen = design, seen

    def log_likelihood(self, points: np.ndarray) -> np.ndarray:
        misses = points @ self.design.T - self.seen
        return np.asarray(-0.5 * (misses**2).sum(axis=1))

    def log_prior(self, points: np.ndarray) -> np.ndarray:
        return np.asarray(-0.5 * (points**2).sum(axis=1))


def sampled(design: np.ndarray, seen: np.ndarray, count: int, seed: int) -> ParticleSet:
    random, density = np.random.default_rng(seed), Linear(design, seen)
    points = random.standard_normal((count, design.shape[1]))
    likelihood, prior = density.log_likelihood(points), density.log_prior(points)
    first = ParticleSet(points, likelihood, prior)
    return sample(first, density, 20, lambda _: random)


def test_the_sample_has_the_mean_and_spread_of_a_known_posterior() -> None:
    random = np.random.default_rng(3)
    design, seen = random.standard_normal((8, 4)), random.standard_normal(8)
    covariance = np.linalg.inv(np.eye(4) + design.T @ design)
    points = sampled(design, seen, 4000, 1).points
    spread = np.sqrt(np.diag(covariance))
    error = (points.mean(axis=0) - covariance @ design.T @ seen) / spread
    assert np.abs(error).max() < 0.15
    np.testing.assert_allclose(points.std(axis=0), spread, rtol=0.1)


def test_the_evidence_is_that_of_a_known_posterior() -> None:
    random = np.random.default_rng(5)
    design, seen = random.standard_normal((6, 3)), random.standard_normal(6)
    marginal = np.eye(6) + design @ design.T
    known = -0.5 * seen @ np.linalg.solve(marginal, seen)
    known -= 0.5 * np.linalg.slogdet(marginal)[1]
    found = [sampled(design, seen, 2000, seed).evidence for seed in range(4)]
    assert np.mean(found) == pytest.approx(known, abs=0.2)


def test_a_temperature_leaves_half_of_the_effective_sample() -> None:
    likelihood = -0.5 * 50 * np.random.default_rng(1).standard_normal(5000) ** 2
    raised = next_temperature(0.0, likelihood)
    weights = np.exp(raised * (likelihood - likelihood.max()))
    assert weights.sum() ** 2 / (weights**2).sum() / 5000 == pytest.approx(
        0.5, abs=1e-6
    )


def test_the_mode_of_a_sum_of_squares_is_found_and_stays_within_bounds() -> None:
    def residuals(points: np.ndarray) -> np.ndarray:
        first, second = points.T
        return np.column_stack((10 * (second - first**2), 1 - first))

    low, high = np.array([-2.0, -2.0]), np.array([2.0, 2.0])
    mode = find_mode(residuals, np.array([-1.2, 1.0]), low, high)
    np.testing.assert_allclose(mode.point, [1, 1], atol=1e-2)
    inside = find_mode(residuals, np.array([-1.2, 0.2]), low, np.array([0.5, 2.0]))
    assert inside.point[0] == pytest.approx(0.5, abs=1e-6)


def test_what_the_evidence_says_is_said_in_words() -> None:
    assert words(0.2, {}) == "identified by the evidence"
    assert words(0.99, {"b": 0.1}).startswith("prior-driven")
    assert words(0.7, {"b": -0.8}).endswith("known only together with b")


def test_samples_that_disagree_mix_badly() -> None:
    random = np.random.default_rng(0)
    one, other = random.standard_normal(500), random.standard_normal(500)
    assert r_hat([one, other]) < 1.02
    assert r_hat([one, other + 2]) > 1.2


def test_r_hat_is_that_of_gelman_and_rubin() -> None:
    """Equation 20.4 of their textbook, but for (n - 1)/n, which goes to 1."""
    chains = np.random.default_rng(4).standard_normal((2, 4000))
    chains[1] += 0.3
    within = chains.var(axis=1, ddof=1).mean()
    between = 4000 * chains.mean(axis=1).var(ddof=1)
    known = np.sqrt((3999 / 4000 * within + between / 4000) / within)
    assert r_hat(list(chains)) == pytest.approx(known, abs=2e-4)


# --- a model whose constant is known --------------------------------------------------

EVIDENCE = Evidence(
    id="between",
    title="people between the censuses",
    numerator="People[town]",
    along="town",
    observed="people",
    years=(2015,),
    deviation=2,
    absolute=True,
    reason="made up",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(copytree(CENSUS, tmp_path / "model"))


def posterior_with(folder: Path, values: list[float]) -> Posterior:
    """Newcomers free, the towns' growth fitted to the census at every point."""
    path = folder / "metro.mdl"
    # So few that every town's growth stays within its own range.
    text = path.read_text(encoding="utf-8").replace("[0,50]", "[0,20]")
    path.write_text(text, encoding="utf-8")
    wanted = PosteriorPlan(
        seed=1,
        design=24,
        particles=200,
        moves=6,
        constant=(Free(name="newcomers", prior="uniform"),),
        evidence=(EVIDENCE,),
    )
    growth = Fit(
        constant="growth",
        file="initial/growth.csv",
        variable="People",
        along=("town",),
        rule="growth",
        gain=0.9,
    )
    plan = FitPlan(
        start=2010, end=2020, rounds=40, tolerance=1e-6, fit=(growth,), posterior=wanted
    )
    system = read_system(path, equations_of(wanted.evidence))
    model = read_model(path)
    priors = tuple(priors_of(model, system, wanted.constant, "calibration.toml"))
    data = tuple(
        Datum(EVIDENCE, town, (town,), 2015, value, 2.0)
        for town, value in zip(TOWNS, values, strict=True)
    )
    census = CensusFit.of(model, system, plan)
    emulator = Emulator.learnt(census, priors, wanted.seed, wanted.design, print)
    return Posterior(wanted, emulator, data)


def test_constants_of_the_census_fit_follow_the_free_ones(folder: Path) -> None:
    posterior = posterior_with(folder, [0.0, 0.0, 0.0])
    for newcomers in (2.0, 10.0, 18.0):
        point = np.array([[newcomers]])
        assert posterior.emulator.census_miss(point) < 0.002


def test_known_constants_are_recovered_as_often_as_the_posterior_says(
    folder: Path,
) -> None:
    """Simulation-based calibration: the rank of the truth is uniform."""
    posterior = posterior_with(folder, [0.0, 0.0, 0.0])
    ranks = [ranks_of(posterior, number) for number in range(24)]
    found = recovery_table(["newcomers", "likelihood"], np.array(ranks), "")
    newcomers = found.iloc[0]
    # 24 draws: the part within the middle half is 0.5, give or take three deviations.
    assert abs(newcomers.inside_50 - 0.5) < 3 * 0.5 / np.sqrt(24)
    assert newcomers.distance < newcomers.allowed


def test_an_interrupted_sample_goes_on_where_it_stopped(
    folder: Path, tmp_path: Path
) -> None:
    posterior = posterior_with(folder, [110.0, 190.0, 360.0])
    said: list[str] = []
    whole = sample_chain(posterior, tmp_path, 0, said.append)
    stages = sorted(tmp_path.glob("chain0_step*.npz"))
    assert len(stages) == len(said)
    stages[-1].unlink()
    said.clear()
    again = sample_chain(posterior, tmp_path, 0, said.append)
    assert len(said) == 1
    np.testing.assert_array_equal(again.points, whole.points)


def test_a_plan_without_a_posterior_is_told_what_to_add(
    folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(CqsimError, match=r"calibration\.toml: .*no \[posterior\]"):
        posterior_of(Case.load(folder), tmp_path, lambda said: None)
