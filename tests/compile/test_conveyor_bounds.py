"""A conveyor takes in what its bounds allow; the rest stays where it was."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import cqsim
from cqsim.errors import CqsimError

Run = Callable[..., pd.DataFrame]

MODEL = """<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">
<sim_specs><start>0</start><stop>{stop}</stop><dt>{step}</dt></sim_specs><model><variables>
<stock name="pool"><eqn>1000</eqn><outflow>on</outflow><outflow>more</outflow></stock>
<stock name="belt"><eqn>{first}</eqn><inflow>on</inflow><inflow>more</inflow>
<outflow>off</outflow><outflow>lost</outflow><conveyor><len>3</len>{bounds}</conveyor></stock>
<stock name="end"><eqn>0</eqn><inflow>off</inflow><inflow>lost</inflow></stock>
<flow name="on"><eqn>{on}</eqn></flow><flow name="more"><eqn>{more}</eqn></flow>
<flow name="off"/><flow name="lost"><leak>{lost}</leak></flow>
</variables></model></xmile>"""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def run(bounds: str, **given: object) -> pd.DataFrame:
        path = tmp_path / "m.xmile"
        usual = {"stop": 8, "step": 1, "first": 0, "on": 6, "more": 0, "lost": 0}
        text = MODEL.format(bounds=bounds, **{**usual, **given})
        path.write_text(text, encoding="utf-8")
        return cqsim.run(path).to_frame()

    return run


def test_a_capacity_lets_in_what_leaves(run: Run) -> None:
    found = run("<capacity>10</capacity>")
    assert found["belt"].tolist() == [0, 6, 10, 10, 10, 10, 10, 10, 10]
    assert found["on"].tolist() == [6, 4, 0, 6, 4, 0, 6, 4, 0]
    assert (found[["pool", "belt", "end"]].sum(axis=1) == 1000).all()


def test_a_limit_of_the_inflow_holds_for_a_unit_of_time(run: Run) -> None:
    found = run("<in_limit>4</in_limit>", step=0.5)
    assert (found["on"] == 4).all()
    assert found["belt"].iloc[-1] == 4 * 3


def test_the_first_inflow_enters_first(run: Run) -> None:
    found = run("<in_limit>9</in_limit><capacity>20</capacity>", more=5)
    assert found["on"].tolist()[:3] == [6, 6, 2]
    assert found["more"].tolist()[:3] == [3, 3, 0]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    capacity=st.integers(0, 40),
    limit=st.integers(0, 20),
    on=st.integers(0, 20),
    more=st.integers(0, 20),
    lost=st.sampled_from([0, 0.25, 1]),
)
def test_material_is_kept_and_no_bound_passed(
    run: Run, capacity: int, limit: int, on: int, more: int, lost: float
) -> None:
    bounds = f"<capacity>{capacity}</capacity><in_limit>{limit}</in_limit>"
    found = run(bounds, on=on, more=more, lost=lost, step=0.25)
    inflow = found["on"] + found["more"]
    assert (found["belt"] <= capacity + 1e-12).all()
    assert (inflow <= limit + 1e-12).all()
    assert ((found["on"] <= on) & (found["more"] <= more)).all()
    np.testing.assert_allclose(found[["pool", "belt", "end"]].sum(axis=1), 1000)
    is_open = (found["belt"] < capacity - 1e-9).to_numpy()[1:] & (
        inflow < limit - 1e-9
    ).to_numpy()[:-1]
    np.testing.assert_allclose(inflow.to_numpy()[:-1][is_open], on + more)


@pytest.mark.parametrize("tag", ["capacity", "in_limit"])
def test_an_infinite_bound_is_none(tag: str, run: Run) -> None:
    found = run(f"<{tag}>INF</{tag}>", first=30, stop=3)
    assert found["belt"].tolist() == [30, 26, 22, 18]


def test_a_bound_between_two_conveyors_is_refused(tmp_path: Path) -> None:
    text = MODEL.format(
        bounds="", stop=3, step=1, first=0, on=1, more=0, lost=0
    ).replace(
        '<stock name="end"><eqn>0</eqn><inflow>off</inflow><inflow>lost</inflow>',
        '<stock name="end"><eqn>0</eqn><inflow>off</inflow><outflow>out</outflow>'
        "<conveyor><len>2</len><capacity>3</capacity></conveyor>",
    )
    path = tmp_path / "m.xmile"
    path.write_text(
        text.replace('<flow name="off"/>', '<flow name="off"/><flow name="out"/>')
    )
    with pytest.raises(CqsimError, match="leaves one conveyor and enters one with a b"):
        cqsim.run(path)
