"""Functions of whole vectors and matrices give what NumPy's give."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import cqsim
from cqsim.compile.ir import System
from cqsim.errors import InputFileError

Make = Callable[..., System]

MODEL = (
    "n: a, b, c, d, e ~ ~ |\nm <-> n ~ ~ |\n"
    "v[n] = 1 ~ 1 ~ |\nmatrix[n, m] = 1 ~ 1 ~ |\nup = 1 ~ 1 ~ |\n"
    "rank[n] = VECTOR RANK(v[n], up) ~ 1 ~ |\n"
    "order[n] = VECTOR SORT ORDER(v[n], up) ~ 1 ~ |\n"
    "sorted[n] = VECTOR REORDER(v[n], order[n]) ~ 1 ~ |\n"
    "inverse[n, m] = INVERT MATRIX(matrix[n, m], 5) ~ 1 ~ |\n"
)
SOME = settings(
    max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def system(system_of: Make) -> System:
    return system_of(MODEL)


@SOME
@given(vector=st.lists(st.integers(-3, 3), min_size=5, max_size=5), up=st.booleans())
def test_vectors_are_ranked_and_sorted_with_the_first_of_equals_first(
    system: System, vector: list[int], up: bool
) -> None:
    samples = {"v": np.array([vector], float), "up": np.array([1.0 if up else -1.0])}
    found = cqsim.run_many(system, samples, ["rank", "order", "sorted"])
    order = np.argsort(vector, kind="stable")[:: 1 if up else -1]
    assert found.values["order"][0, 0].tolist() == order.tolist()
    assert found.values["sorted"][0, 0].tolist() == np.array(vector)[order].tolist()
    assert found.values["rank"][0, 0].tolist() == (np.argsort(order) + 1).tolist()


@SOME
@given(seed=st.integers(0, 999), zeros=st.integers(0, 8))
def test_a_matrix_times_its_inverse_is_the_unit(
    system: System, seed: int, zeros: int
) -> None:
    chance = np.random.default_rng(seed)
    matrix = chance.uniform(-1, 1, (1, 5, 5))
    matrix.ravel()[chance.permutation(25)[:zeros]] = 0.0
    if np.linalg.cond(matrix[0]) > 1e6:
        return
    found = cqsim.run_many(system, {"matrix": matrix}, ["inverse"])
    inverse = found.values["inverse"][0, 0]
    np.testing.assert_allclose(matrix[0] @ inverse, np.eye(5), atol=1e-9)


def test_a_matrix_that_is_not_square_is_refused(system_of: Make) -> None:
    text = "n: a, b ~ ~ |\nm: c, d, e ~ ~ |\nx[n, m] = 1 ~ 1 ~ |\n"
    with pytest.raises(InputFileError, match="2 rows and 3 columns has no inverse"):
        system_of(text + "y[n, m] = INVERT MATRIX(x[n, m], 2) ~ 1 ~ |\n")


def test_an_offset_counts_through_the_whole_array(system_of: Make) -> None:
    """Vensim's manual: with more subscripts, offsets are products of their lengths."""
    system = system_of(
        "i: a, b ~~|j: c, d, e ~~|k: f, g ~~|\n"
        "v[a,j,f] = 1, 2, 3 ~~|v[a,j,g] = 4, 5, 6 ~~|\n"
        "v[b,j,f] = 7, 8, 9 ~~|v[b,j,g] = 10, 11, 12 ~~|\n"
        "same[i,j,k] = VECTOR ELM MAP(v[a,c,f], (i-1)*ELMCOUNT(j)*ELMCOUNT(k)"
        " + (j-1)*ELMCOUNT(k) + k-1) ~~|\n"
        "step[i,j,k] = VECTOR ELM MAP(v[i,j,k], -1) ~~|\n"
    )
    values = cqsim.run(system).values
    array = values["v"]
    assert np.array_equal(values["same"], array)
    before = values["step"].reshape(len(array), -1)
    assert np.array_equal(before[:, 1:], array.reshape(len(array), -1)[:, :-1])
    assert (before[:, 0] < -1e30).all()
