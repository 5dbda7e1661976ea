"""Simulation-based calibration: what is said of ranks, and whether rightly."""

import numpy as np
import pytest

from cqsim.study.posterior import csv_text
from cqsim.study.recovery import (
    DIGITS,
    PARTICLES,
    coverage,
    distance,
    envelope,
    recovery_table,
    uniform_p,
)

RANDOM = np.random.default_rng(11)


def ranks(sets: int, spread: float = 1.0) -> np.ndarray:
    """Return ranks of a truth among particles that spread `spread` times too wide."""
    truth = RANDOM.standard_normal((sets, 1))
    particles = spread * RANDOM.standard_normal((sets, PARTICLES))
    return np.asarray((particles < truth).sum(axis=1), dtype=float)


def test_ranks_of_a_right_sampler_lie_within_the_envelope() -> None:
    allowed = envelope(60)
    within = [distance(ranks(60)[None])[0] <= allowed for _ in range(200)]
    # 95 %, give or take three deviations of 200 trials.
    assert np.mean(within) == pytest.approx(0.95, abs=3 * np.sqrt(0.05 * 0.95 / 200))


@pytest.mark.parametrize("spread", [0.5, 2.0])
def test_particles_that_spread_too_little_or_too_far_leave_the_envelope(
    spread: float,
) -> None:
    found = ranks(120, spread)
    assert distance(found[None])[0] > envelope(120)
    assert uniform_p(found) < 0.01


def test_a_shifted_sampler_leaves_the_envelope() -> None:
    truth = RANDOM.standard_normal((60, 1))
    particles = 0.8 + RANDOM.standard_normal((60, PARTICLES))
    found = (particles < truth).sum(axis=1).astype(float)
    assert distance(found[None])[0] > envelope(60)


def test_all_ranks_once_are_as_even_as_can_be() -> None:
    every = np.arange(PARTICLES + 1, dtype=float)
    assert uniform_p(every) == pytest.approx(1.0)
    assert coverage(every, 0.5) == pytest.approx(0.5)


def test_a_line_is_written_for_each_quantity() -> None:
    both = np.column_stack([ranks(40), ranks(40)])
    lines = csv_text(recovery_table(["a", "b"], both, "0123"), DIGITS).splitlines()
    assert [line.split(",")[0] for line in lines] == ["quantity", "a", "b"]
    assert all(line.endswith(",0123") for line in lines[1:])
