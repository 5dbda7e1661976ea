"""Functions of whole vectors and matrices give what NumPy's give."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import cqsim
from cqsim.compile.ir import System
from cqsim.errors import InputFileError

Make = Callable[..., System]
Floats = NDArray[np.float64]

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


XMILE = """<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">
<sim_specs><start>0</start><stop>1</stop><dt>1</dt></sim_specs><dimensions>
<dim name="r"><elem name="a"/><elem name="b"/></dim>
<dim name="c"><elem name="x"/><elem name="y"/><elem name="z"/></dim></dimensions>
<model><variables><aux name="m"><dimensions><dim name="r"/><dim name="c"/></dimensions>
{cells}</aux>{variables}</variables></model></xmile>"""
MATRIX = np.array([[3, 1, 2], [5, 9, 7]])


@pytest.fixture
def with_matrix(tmp_path: Path) -> Callable[[str], Mapping[str, Floats]]:
    def run(variables: str) -> Mapping[str, Floats]:
        cells = "".join(
            f'<element subscript="{row}, {column}"><eqn>{MATRIX[r, c]}</eqn></element>'
            for r, row in enumerate("ab")
            for c, column in enumerate("xyz")
        )
        path = tmp_path / "m.xmile"
        text = XMILE.format(cells=cells, variables=variables)
        path.write_text(text, encoding="utf-8")
        return cqsim.run(path).values

    return run


def test_xmile_s_rank_finds_the_element_in_each_slice(
    with_matrix: Callable[[str], Mapping[str, Floats]],
) -> None:
    found = with_matrix(
        '<aux name="row"><dimensions><dim name="r"/></dimensions>'
        "<eqn>RANK(m[r, *], 2)</eqn></aux>"
        '<aux name="column"><dimensions><dim name="c"/></dimensions>'
        "<eqn>RANK(m[*, c], 1)</eqn></aux>"
    )
    assert np.array_equal(found["row"][0], np.argsort(MATRIX, axis=1)[:, 1] + 1)
    assert np.array_equal(found["column"][0], np.argsort(MATRIX, axis=0)[0] + 1)


@pytest.mark.parametrize("place", [(0, 0), (0.25, 0.25), (1, 0.75), (-1, 2), (0.5, 1)])
def test_stella_s_interpolate_is_linear_in_each_dimension(
    with_matrix: Callable[[str], Mapping[str, Floats]], place: tuple[float, float]
) -> None:
    row, column = place
    found = with_matrix(
        f'<aux name="plane"><eqn>INTERPOLATE(m, {row}, {column})</eqn></aux>'
        '<aux name="line"><dimensions><dim name="r"/></dimensions>'
        f"<eqn>INTERPOLATE(m[r, *], {column})</eqn></aux>"
    )
    line = [np.interp(2 * column, range(3), values) for values in MATRIX]
    np.testing.assert_allclose(found["line"][0], line, rtol=1e-15)
    wanted = np.interp(row, range(2), line)
    np.testing.assert_allclose(found["plane"][0], wanted, rtol=1e-15)
