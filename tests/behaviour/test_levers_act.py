"""What levers of energy and power save, against arithmetic on the same constants."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Simulate = Callable[..., dict[str, Floats]]

TRANSPORT, OIL = 3, 1
DISTRICTS = slice(0, 21)


def emitted(run: dict[str, Floats]) -> Floats:
    """Return CO2 of the area in the last year, (run,), Mt/year."""
    return run["territorial emissions"][:, -1]


def test_a_gigawatt_closed_saves_what_it_burnt_once_lines_replace_it(
    simulate: Simulate,
) -> None:
    """4 200 hours at 0.83 kg/kWh in 2020, and 0.8 % less a year after it."""
    names = ["territorial emissions", "Retired thermal plants", "shortage"]
    rows = [{"thermal retirement policy": closed} for closed in (0.0, 10.0)]
    run = simulate(rows, names)
    gigawatts = run["Retired thermal plants"][1, -1] / 100
    kept, closed = emitted(run)
    assert (kept - closed) / gigawatts == pytest.approx(3.5, abs=0.5)
    assert run["shortage"].max() < 0.001


def test_300_yuan_a_tonne_save_a_tenth_of_co2(simulate: Simulate) -> None:
    rows = [{"carbon price policy": price} for price in (0.0, 300.0)]
    without, dear = emitted(simulate(rows, ["territorial emissions"]))
    assert 0.08 < 1 - dear / without < 0.15


def test_a_whole_electric_fleet_saves_half_of_the_co2_of_roads(
    simulate: Simulate,
) -> None:
    """Territorial: the oil that is left unburnt, less what power plants then add."""
    share = "electric vehicle sales share"
    rows = [
        {"electric fleet at start": s, f"{share} today": s, f"{share} policy": s}
        for s in (0.0, 1.0)
    ]
    run = simulate(rows, ["territorial emissions", "fuel use", "fuel emission factor"])
    oil = run["fuel use"][:, -1, :, TRANSPORT, OIL].sum(-1)
    factor = run["fuel emission factor"][0].reshape(-1, 4)[0, OIL] / 100
    roads = (oil[0] - oil[1]) * factor
    burnt, electric = emitted(run)
    assert 0.4 < (burnt - electric) / roads < 0.6


@pytest.mark.parametrize(
    ("constant", "value"),
    [
        ("coal phase down policy", 1.0),
        ("electric vehicle sales share policy", 1.0),
        ("efficiency programme policy", 0.016),
    ],
)
def test_power_that_a_lever_adds_emits_what_lines_leave_to_plants(
    simulate: Simulate, constant: str, value: float
) -> None:
    """Between the long-run factor and that of plants alone: lines follow with a lag."""
    factor = "thermal emission factor"
    share = "share of added demand on lines"
    names = ["power plant emissions", "power demand", factor, share]
    run = simulate([{}, {constant: value}], names)
    demand, plants = (
        np.diff(run[name][:, -1])[0]
        for name in ("power demand", "power plant emissions")
    )
    margin = run[factor][0, -1]
    on_lines = np.ravel(run[share][0])[0]
    assert (1 - on_lines) * margin < plants / demand < 0.8 * margin
