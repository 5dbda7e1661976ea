"""The municipal CO2 inventory as a sector by fuel table, and the energy behind it."""

from dataclasses import dataclass

import numpy as np

from cqsim.ledger.derive.balancing import balance, exact_shares, shares_of_total
from cqsim.ledger.derive.facts import MUNICIPALITY, Facts, Floats

USES = (
    "heavy industry",
    "light industry",
    "services",
    "transport",
    "households",
    "agriculture",
)
BURNT = ("coal", "oil", "gas")
FUELS = (*BURNT, "electricity")
CEMENT = "cement_glass_nonmetal"
POWER = "power_heat"
SEEDS: dict[str, tuple[str, tuple[float, float, float]]] = {
    CEMENT: ("heavy industry", (0.85, 0.05, 0.10)),
    "ferrous_metals": ("heavy industry", (0.92, 0.02, 0.06)),
    "nonferrous_metals": ("heavy industry", (0.60, 0.05, 0.35)),
    "chemicals": ("heavy industry", (0.50, 0.10, 0.40)),
    "coal_mining": ("heavy industry", (0.95, 0.04, 0.01)),
    "other_industry": ("light industry", (0.45, 0.20, 0.35)),
    "construction": ("light industry", (0.20, 0.75, 0.05)),
    "trade_catering": ("services", (0.30, 0.30, 0.40)),
    "other_services": ("services", (0.25, 0.45, 0.30)),
    "transport": ("transport", (0.005, 0.945, 0.05)),
    "urban_households": ("households", (0.05, 0.20, 0.75)),
    "rural_households": ("households", (0.60, 0.30, 0.10)),
    "agriculture": ("agriculture", (0.40, 0.59, 0.01)),
    POWER: ("power", (0.97, 0.005, 0.025)),
}
"""Each sector's use and how its fuels would share its CO2 before balancing.

The shares are the technology of the sector in broad strokes (kilns and blast furnaces
burn coal, vehicles oil, town kitchens gas); both margins of the inventory then decide.
"""
INVENTORY = {2010: 2010, 2020: 2019}
"""Year of the inventory that stands for a start year; 2019 is its last."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """CO2 of the municipality in a year, Mt.

    Parameters
    ----------
    burning : (sector, fuel)
        Sectors as in SEEDS, fuels as in BURNT.
    process
        Cement process.
    """

    burning: Floats
    process: float

    def by_use(self) -> Floats:
        """Return CO2 of burning, (use, fuel), without the power sector."""
        rows = [use for use, _ in SEEDS.values()]
        picked = [[row == use for row in rows] for use in USES]
        return np.asarray(np.array(picked, dtype=float) @ self.burning)

    def power(self) -> float:
        """Return CO2 of the power and heat sector."""
        return float(self.burning[list(SEEDS).index(POWER)].sum())


def read_inventory(facts: Facts, year: int) -> Inventory:
    """Return the inventory of a year, sector by fuel, both margins exact.

    Sector totals hold process emissions, all of them in cement; they are taken out
    first. The fuels' sum may differ from the sectors' by rounding: sectors decide.
    """
    process = facts.value(MUNICIPALITY, year, "co2_process")
    sectors = np.array(
        [facts.value(MUNICIPALITY, year, f"co2_sector_{sector}") for sector in SEEDS]
    )
    sectors[list(SEEDS).index(CEMENT)] -= process
    fuels = np.array([facts.value(MUNICIPALITY, year, f"co2_fuel_{f}") for f in BURNT])
    fuels *= sectors.sum() / fuels.sum()
    seed = np.array([shares for _, shares in SEEDS.values()]) * sectors[:, None]
    return Inventory(balance(seed, sectors, fuels), process)


def emission_factors(facts: Facts) -> Floats:
    """Return t CO2 per tce by fuel, (fuel,): raw coal, petrol and diesel, gas, none."""
    petrol, diesel = (
        facts.parameter(f"emission_factor_{fuel}").value
        for fuel in ("gasoline", "diesel")
    )
    return np.array(
        [
            facts.parameter("emission_factor_raw_coal").value,
            (petrol + diesel) / 2,
            facts.parameter("emission_factor_natural_gas").value,
            0.0,
        ]
    )


def burnt_energy(facts: Facts, year: int) -> Floats:
    """Return final fuel use of the municipality, (use, burnt fuel), 10^4 tce/year."""
    emitted = read_inventory(facts, INVENTORY[year]).by_use()
    return np.asarray(emitted / emission_factors(facts)[:3] * 100)


def electricity_shares(facts: Facts) -> Floats:
    """Return shares of final electricity by use, (use,), from derivation.toml."""
    names = [f"electricity_{use.replace(' ', '_')}" for use in USES]
    shares = np.array([facts.choice(name) for name in names])
    return np.asarray(shares / shares.sum())


def municipal_electricity(facts: Facts, year: int) -> float:
    """Return electricity use of the municipality, 10^8 kWh/year.

    2020 is a memory row. 2010 lies, geometrically, half way between moving with
    total energy and moving with real product.
    """
    late = facts.value(MUNICIPALITY, 2020, "electricity_use")
    if year == 2020:
        return late
    from cqsim.ledger.derive.product_2010 import volume_index

    energy = [facts.value(MUNICIPALITY, y, "energy_consumption") for y in (year, 2020)]
    return late * float(np.sqrt(energy[0] / energy[1] * volume_index(facts, year)))


def municipal_energy(facts: Facts, year: int) -> Floats:
    """Return final energy of the municipality, (use, fuel), 10^4 tce/year."""
    tce = municipal_electricity(facts, year) * facts.choice("electricity_calorific")
    return np.column_stack([burnt_energy(facts, year), tce * electricity_shares(facts)])


def fuel_shares(facts: Facts, year: int) -> Floats:
    """Return each use's shares of fuels, (use, fuel), rows summing to 1 as printed."""
    energy = municipal_energy(facts, year)
    return exact_shares(shares_of_total(energy))
