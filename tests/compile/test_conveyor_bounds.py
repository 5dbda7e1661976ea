"""A bound of a conveyor is told, and never left out in silence."""

from pathlib import Path

import pytest

import cqsim
from cqsim.errors import CqsimError

MODEL = """<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">
<sim_specs><start>0</start><stop>3</stop><dt>1</dt></sim_specs><model><variables>
<stock name="belt"><eqn>30</eqn><inflow>on</inflow><outflow>off</outflow>
<conveyor><len>3</len>{}</conveyor></stock>
<flow name="on"><eqn>6</eqn></flow><flow name="off"/></variables></model></xmile>"""


@pytest.mark.parametrize("tag", ["capacity", "in_limit"])
def test_a_bound_is_refused_by_name(tag: str, tmp_path: Path) -> None:
    path = tmp_path / "m.xmile"
    path.write_text(MODEL.format(f"<{tag}>20</{tag}>"), encoding="utf-8")
    with pytest.raises(CqsimError, match="of a conveyor is not run"):
        cqsim.run(path)


@pytest.mark.parametrize("tag", ["capacity", "in_limit"])
def test_an_infinite_bound_is_none(tag: str, tmp_path: Path) -> None:
    path = tmp_path / "m.xmile"
    path.write_text(MODEL.format(f"<{tag}>INF</{tag}>"), encoding="utf-8")
    assert cqsim.run(path).to_frame()["belt"].tolist() == [30, 26, 22, 18]
