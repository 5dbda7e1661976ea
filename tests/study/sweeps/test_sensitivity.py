import numpy as np
import pytest
from numpy.typing import NDArray

from cqsim.study.sensitivity import (
    REST,
    SobolIndex,
    convergence,
    screen,
    sobol,
    strongest,
)

Floats = NDArray[np.float64]

A = (0.0, 1.0, 4.5, 9.0, 99.0, 99.0, 99.0, 99.0)
"""Of the G function after Saltelli and Sobol' (1995)."""


def ishigami(points: Floats) -> Floats:
    x = np.pi * (2 * points - 1)
    value = np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2
    return np.asarray((value + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0]))[:, None])


def g_function(points: Floats) -> Floats:
    a = np.array(A)
    return np.asarray(np.prod((np.abs(4 * points - 2) + a) / (1 + a), axis=1))[:, None]


def test_the_indices_of_ishigami_are_exact_within_a_hundredth() -> None:
    v1 = 0.5 * (1 + 0.1 * np.pi**4 / 5) ** 2
    v2, v13 = 49 / 8, 0.1**2 * np.pi**8 * (1 / 18 - 1 / 50)
    total = v1 + v2 + v13
    (found,) = sobol(["a", "b", "c"], ishigami, 8192, 1)
    effects = {effect.input: effect for effect in found.effects}
    first = [effects[name].first for name in "abc"]
    whole = [effects[name].total for name in "abc"]
    assert first == pytest.approx([v1 / total, v2 / total, 0], abs=0.01)
    expected = [(v1 + v13) / total, v2 / total, v13 / total]
    assert whole == pytest.approx(expected, abs=0.01)
    assert found.convergence.converged


def test_the_indices_of_the_g_function_are_exact_within_a_hundredth() -> None:
    parts = 1 / (3 * (1 + np.array(A)) ** 2)
    variance = np.prod(1 + parts) - 1
    names = [f"x{n}" for n in range(8)]
    (found,) = sobol(names, g_function, 8192, 1)
    effects = {effect.input: effect for effect in found.effects}
    first = [effects[name].first for name in names]
    whole = [effects[name].total for name in names]
    assert first == pytest.approx(parts / variance, abs=0.01)
    exact = parts / (1 + parts) * (variance + 1) / variance
    assert whole == pytest.approx(exact, abs=0.01)


def test_inputs_without_an_index_of_their_own_share_one() -> None:
    names = [f"x{n}" for n in range(8)]
    (found,) = sobol(names, g_function, 1024, 1, own=["x0", "x1"])
    assert {effect.input for effect in found.effects} == {"x0", "x1", REST}
    rest = next(effect for effect in found.effects if effect.input == REST)
    assert rest.total < 0.1


def test_too_few_points_are_called_not_converged_in_both_languages() -> None:
    (found,) = sobol(["a", "b", "c"], ishigami, 32, 1)
    assert not found.convergence.converged
    assert "未" in found.convergence.zh
    assert "not" in found.convergence.en
    assert found.convergence.needed > 32


def test_indices_that_half_of_the_points_move_are_said_to_need_more() -> None:
    effects = [
        SobolIndex("a", 0.5, 0.04, 0.6, 0.04),
        SobolIndex("b", 0.2, 0.03, 0.3, 0.03),
    ]
    found = convergence(effects, moved=0.12, points=512)
    assert not found.converged
    # What half of the points move falls with the root of the points.
    assert found.needed == 4096
    assert "off by 0.12; about 4096 base points" in found.en
    assert "可达0.12;约需4096个" in found.zh


def test_an_output_that_nothing_moves_has_no_indices() -> None:
    (found,) = sobol(["a", "b"], lambda points: np.ones((len(points), 1)), 16, 1)
    assert found.effects == ()
    assert found.convergence.en == "nothing moves it"


def test_a_run_that_diverged_forbids_indices() -> None:
    def broken(points: Floats) -> Floats:
        return np.where(points[:, :1] > 0.9, np.nan, points[:, :1])

    (found,) = sobol(["a", "b"], broken, 64, 1)
    assert not found.convergence.converged


def test_screening_is_exact_for_a_straight_function() -> None:
    def straight(points: Floats) -> Floats:
        return np.asarray(points @ np.array([[3.0, 1.0], [0.0, -2.0], [1.0, 0.0]]))

    found = screen(["a", "b", "c"], straight, 8, 1)
    expected = np.array([[3.0, 0.0, 1.0], [1.0, 2.0, 0.0]])
    assert found.strength == pytest.approx(expected, abs=1e-9)
    assert found.spread == pytest.approx(np.zeros((2, 3)), abs=1e-9)
    assert found.runs == 8 * 4


def test_an_output_that_only_rounding_moves_chooses_no_input() -> None:
    def noisy(points: Floats) -> Floats:
        noise = 3.0 + 4e-16 * np.arange(points.shape[1])[::-1] * (points > 0.5)
        return np.stack([2 * points[:, 2] + points[:, 1], noise[:, :2].sum(axis=1)], 1)

    names = ("a", "b", "c", "d")
    found = screen(names, noisy, 8, 1)
    assert found.strength[1] == pytest.approx(np.zeros(4), abs=0.0)
    assert strongest(found, names, 2) == ("b", "c")
