"""What leaks from a conveyor, and how what is on it at the start lies there."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import cqsim

MODEL = """<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">
<sim_specs><start>0</start><stop>8</stop><dt>{step}</dt></sim_specs><model><variables>
<stock name="belt"><eqn>{first}</eqn><inflow>on</inflow><outflow>off</outflow>
<outflow>lost</outflow><outflow>gone</outflow><conveyor{attributes}><len>3</len>
</conveyor></stock><flow name="on"><eqn>{on}</eqn></flow><flow name="off"/>
<flow name="lost"><leak>{lost}</leak></flow><flow name="gone"><leak>{gone}</leak></flow>
</variables></model></xmile>"""
EXPONENTIAL = ' exponential_leak="true"'


def run(folder: Path, **given: object) -> pd.DataFrame:
    usual = {"step": 1, "first": 0, "attributes": "", "lost": 0.4, "gone": 0.3}
    path = folder / "m.xmile"
    path.write_text(MODEL.format(**{**usual, **given}), encoding="utf-8")
    return cqsim.run(path).to_frame()


@pytest.mark.parametrize("step", [1, 0.5, 0.25])
def test_each_linear_leak_is_a_share_of_what_entered(
    tmp_path: Path, step: float
) -> None:
    last = run(tmp_path, on=10, step=step).iloc[-1]
    np.testing.assert_allclose(last[["off", "lost", "gone"]], [3, 4, 3], rtol=1e-13)


def test_an_exponential_leak_is_a_share_of_what_is_left(tmp_path: Path) -> None:
    last = run(tmp_path, on=10, attributes=EXPONENTIAL).iloc[-1]
    np.testing.assert_allclose(last["off"], 10 * 0.3**3, rtol=1e-13)
    np.testing.assert_allclose(last["lost"], 4 * (1 + 0.3 + 0.3**2), rtol=1e-13)


@pytest.mark.parametrize("attributes", ["", EXPONENTIAL])
@pytest.mark.parametrize("step", [1, 0.25])
@pytest.mark.parametrize(("lost", "gone"), [(0.4, 0.3), (0.2, 0), (0, 0)])
def test_what_a_steady_flow_left_at_the_start_goes_on_steadily(
    tmp_path: Path, attributes: str, step: float, lost: float, gone: float
) -> None:
    given = {"step": step, "attributes": attributes, "lost": lost, "gone": gone}
    steady = run(tmp_path, on=10, **given).iloc[-1]
    found = run(tmp_path, on=10, first=float(steady["belt"]), **given)
    for name in ("belt", "off", "lost", "gone"):
        np.testing.assert_allclose(found[name], steady[name], rtol=1e-12, atol=1e-12)
