"""Files on CO2: process emissions, power, and the level that a run is compared with."""

import numpy as np

from cqsim.ledger.derive.energy import (
    electricity_supply,
    inventory_sources,
    power_emissions,
    process_emissions,
    reference_terms,
)
from cqsim.ledger.derive.facts import MUNICIPALITY, Facts
from cqsim.ledger.derive.table import Provenance, Table
from cqsim.ledger.places import REGIONS


def emission_tables(facts: Facts) -> list[Table]:
    """Return process_emissions.csv, power.csv and reference_emissions.csv."""
    return [_process_table(facts), _power_table(facts), _reference_table(facts)]


def _process_table(facts: Facts) -> Table:
    entry = Provenance(
        unit="Mt CO2/year",
        kind="derived",
        sources=inventory_sources(facts),
        rule="Cement process CO2 of the inventory (2019, 2010), shared among regions "
        "like heavy industry in energy_use.",
        error="the whole 10 %, a region 50 %",
        note="Scope 1. Single kilns are not located.",
    )
    columns = [process_emissions(facts, year) for year in (2010, 2020)]
    return Table(
        "process_emissions.csv",
        "region",
        REGIONS,
        ("process 2010", "process 2020"),
        np.column_stack(columns),
        [entry],
    )


def _power_table(facts: Facts) -> Table:
    columns: dict[str, float] = {}
    for year in (2020, 2010):
        emitted, supplied = (
            power_emissions(facts, year),
            electricity_supply(facts, year),
        )
        columns[f"power emissions {year}"] = float(emitted[0])
        columns[f"power emissions guangan {year}"] = float(emitted[1])
        columns[f"electricity supply {year}"] = float(supplied[0])
        columns[f"electricity supply guangan {year}"] = float(supplied[1])
    renewable = facts.fact(MUNICIPALITY, 2020, "renewable_share_electricity")
    columns["renewable share 2020"] = renewable.value / 100
    sources = inventory_sources(facts)
    entries = [_power_entry(name, sources) for name in columns]
    entries[-1] = Provenance(
        unit="1",
        kind="statistic",
        sources=[renewable.source],
        rule="Renewable share of the municipality's electricity use, with imports.",
        error="3 points",
        column="renewable share 2020",
    )
    values = np.array([list(columns.values())])
    return Table("power.csv", "scope", ("metro",), tuple(columns), values, entries)


def _power_entry(column: str, sources: tuple[str, ...]) -> Provenance:
    if column.startswith("power"):
        return Provenance(
            unit="Mt CO2/year",
            kind="derived",
            sources=sources,
            rule="Power and heat sector of the inventory (2019, 2010) times the county "
            "CO2 share (of the 21 districts, or of guangan).",
            error="15 %; guangan 40 %",
            note="Scope 1 of power plants; imports from other grids are not in it.",
            column=column,
        )
    return Provenance(
        unit="10^8 kWh/year",
        kind="derived",
        sources=sources,
        rule="Electricity in energy_use over 1.229 x 10^4 tce a 10^8 kWh.",
        error="10 %; 2010 30 %; guangan 40 %",
        note="Use, so generation plus imports less losses. From a memory row.",
        column=column,
    )


def _reference_table(facts: Facts) -> Table:
    terms = reference_terms(facts)
    units = {"district share of county data": "1", "inventory over county data": "1"}
    sources = inventory_sources(facts)
    entries = [
        Provenance(
            unit=units.get(name, "Mt CO2/year"),
            kind="derived",
            sources=sources,
            rule="Mean of the inventory of 2017 to 2019 (2020 is not in it) x share of "
            "the 21 districts in the county CO2 of 2017 + county CO2 of guangan x "
            "inventory over county data of 2017; low and high are 10 % off.",
            error="20 %",
            note="Scope 1 with power plants and cement process. The county file lacks "
            "three Chongqing counties outside the area, so the share is slightly high.",
            column=name,
        )
        for name in terms
    ]
    return Table(
        "reference_emissions.csv",
        "scope",
        ("metro",),
        tuple(terms),
        np.array([list(terms.values())]),
        entries,
    )
