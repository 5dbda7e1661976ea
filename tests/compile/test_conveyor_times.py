"""A conveyor's transit time may differ between elements, and change as it runs."""

from pathlib import Path

import numpy as np
import pytest

import cqsim
from cqsim.errors import CqsimError

MODEL = """<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">
<sim_specs><start>0</start><stop>{stop}</stop><dt>{step}</dt></sim_specs><dimensions>
<dim name="kind"><elem name="slow"/><elem name="fast"/></dim></dimensions><model>
<variables><stock name="belt">{kinds}<eqn>{first}</eqn><inflow>on</inflow>
<outflow>off</outflow><outflow>lost</outflow><conveyor{attributes}>
<len>{transit}</len></conveyor></stock>
<flow name="on">{kinds}<eqn>{on}</eqn></flow><flow name="off">{kinds}</flow>
<flow name="lost">{kinds}<leak>{lost}</leak></flow>
<aux name="time by kind"><dimensions><dim name="kind"/></dimensions>
<element subscript="slow"><eqn>4</eqn></element>
<element subscript="fast"><eqn>2</eqn></element></aux>
</variables></model></xmile>"""
KINDS = '<dimensions><dim name="kind"/></dimensions>'


def run(folder: Path, **given: object) -> dict[str, np.ndarray]:
    usual = {"stop": 8, "step": 1, "kinds": "", "first": 0, "lost": 0}
    path = folder / "m.xmile"
    text = MODEL.format(**{**usual, "attributes": "", **given})
    path.write_text(text, encoding="utf-8")
    return dict(cqsim.run(path).values)


@pytest.mark.parametrize("lost", [0, 0.2])
@pytest.mark.parametrize("attributes", ["", ' exponential_leak="true"'])
def test_each_element_has_its_own_transit_time(
    tmp_path: Path, lost: float, attributes: str
) -> None:
    given = {"first": 8, "on": "6 + TIME", "lost": lost, "attributes": attributes}
    both = run(tmp_path, kinds=KINDS, transit="time_by_kind[kind]", **given)
    for place, transit in enumerate((4, 2)):
        alone = run(tmp_path, transit=transit, **given)
        for name in ("belt", "off", "lost"):
            np.testing.assert_allclose(both[name][:, place], alone[name], rtol=1e-13)


def test_what_is_on_stays_as_long_as_it_was_told_at_its_entry(tmp_path: Path) -> None:
    given = {"stop": 9, "attributes": ' exponential_leak="true"'}
    found = run(tmp_path, on="STEP(TIME, 0.5)", transit="4 - STEP(2, 3)", **given)
    # Entered at 1 and 2 for 4 steps, from 3 on for 2: 1 and 3 leave together at 5.
    wanted = np.zeros(10)
    for entry in range(1, 10):
        leaves = entry + (4 if entry < 3 else 2)
        if leaves < 10:
            wanted[leaves] += entry
    assert found["off"].tolist() == wanted.tolist()
    entered = np.concatenate([[0], np.cumsum(found["on"] - wanted)[:-1]])
    assert found["belt"].tolist() == entered.tolist()


def test_what_changes_its_time_can_not_leak_in_equal_parts(tmp_path: Path) -> None:
    with pytest.raises(CqsimError, match="leaks linearly is no constant"):
        run(tmp_path, on=1, transit="4 - STEP(2, 3)", lost=0.1)
    found = run(
        tmp_path,
        on=1,
        transit="4 - STEP(2, 3)",
        lost=0.1,
        attributes=' exponential_leak="true"',
    )
    belt, leak = found["belt"], found["lost"]
    np.testing.assert_allclose(leak, 0.1 * belt, rtol=1e-13)


PARTS = """<dimensions><dim name="kind"/></dimensions>
<element subscript="slow"><eqn>{}</eqn></element>
<element subscript="fast"><eqn>{}</eqn></element>"""


@pytest.mark.parametrize("bounds", ["", "<capacity>room[kind]</capacity>"])
def test_a_conveyor_written_by_element_is_one_for_each(
    tmp_path: Path, bounds: str
) -> None:
    def text(belt: str, on: str, flow: str) -> str:
        return f"""<xmile version="1.0"
xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0"><sim_specs><start>0</start>
<stop>8</stop><dt>1</dt></sim_specs><dimensions><dim name="kind"><elem name="slow"/>
<elem name="fast"/></dim></dimensions><model><variables>
<stock name="belt">{belt}<inflow>on</inflow><outflow>off</outflow>
<outflow>lost</outflow><conveyor><len>days[kind]</len>{bounds}</conveyor></stock>
<flow name="on">{on}</flow><flow name="off">{flow}</flow>
<flow name="lost">{flow}<leak>part[kind]</leak></flow>
<aux name="days">{PARTS.format(4, 2)}</aux><aux name="room">{PARTS.format(20, 9)}</aux>
<aux name="part">{PARTS.format(0.1, 0.5)}</aux></variables></model></xmile>"""

    whole = text(f"{KINDS}<eqn>8</eqn>", f"{KINDS}<eqn>6</eqn>", KINDS)
    parts = text(PARTS.format(8, 8), PARTS.format(6, 6), PARTS.format("", ""))
    found = []
    for written in (whole, parts):
        path = tmp_path / "m.xmile"
        path.write_text(written, encoding="utf-8")
        found.append(cqsim.run(path).values)
    for name in ("belt", "on", "off", "lost"):
        assert np.array_equal(found[0][name], found[1][name]), name
