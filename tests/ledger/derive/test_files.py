"""The files of model/initial as bytes, and where their numbers come from."""

import csv
from dataclasses import replace

import numpy as np
import pytest

from cqsim.errors import InputFileError
from cqsim.ledger.derive import build, initial_tables, write_initial
from cqsim.ledger.derive.facts import Facts
from cqsim.ledger.derive.table import (
    PROVENANCE_COLUMNS,
    Table,
    write_number,
    write_provenance,
)
from cqsim.resources import data_folder

CLASSES = {"statistic", "derived", "calibrated", "assumption", "literature", "plan"}
INITIAL = data_folder("model") / "initial"


@pytest.fixture(scope="module")
def tables(facts: Facts) -> list[Table]:
    return initial_tables(facts)


def test_the_shipped_files_are_what_the_ledger_gives() -> None:
    built = build(data_folder("model"))
    shipped = {name: (INITIAL / name).read_bytes() for name in built}
    assert shipped == built


def test_the_same_ledger_gives_the_same_bytes(facts: Facts) -> None:
    assert write_initial(facts) == write_initial(facts)


def test_every_number_is_finite_and_not_negative_but_for_net_migration(
    tables: list[Table],
) -> None:
    for table in tables:
        assert np.isfinite(table.values).all(), table.file
        signed = table.file == "migration_2020.csv"
        assert signed or (table.values >= 0).all(), table.file


def test_every_column_has_unit_class_source_rule_and_error(tables: list[Table]) -> None:
    for table in tables:
        explained = [entry.column for entry in table.provenance]
        assert explained == ["*"] or explained == list(table.columns), table.file
        for entry in table.provenance:
            assert entry.kind in CLASSES
            assert entry.unit
            assert entry.rule
            assert entry.error
            assert entry.sources, table.file


def test_assumptions_cite_the_analyst(tables: list[Table]) -> None:
    kinds = [entry for table in tables for entry in table.provenance]
    assumed = [entry for entry in kinds if entry.kind == "assumption"]
    assert assumed
    assert all("analyst" in entry.sources for entry in assumed)


def test_every_source_is_in_the_register(tables: list[Table]) -> None:
    with (data_folder("model") / "sources.csv").open(encoding="utf-8") as file:
        known = {row["source_id"] for row in csv.DictReader(file)}
    cited = {s for t in tables for entry in t.provenance for s in entry.sources}
    assert cited <= known


def test_rows_and_columns_are_labelled_as_printed(tables: list[Table]) -> None:
    for table in tables:
        assert table.values.shape == (len(table.rows), len(table.columns)), table.file
        lines = list(csv.reader((INITIAL / table.file).read_text("utf-8").splitlines()))
        assert lines[0] == [table.label, *table.columns]
        assert [line[0] for line in lines[1:]] == list(table.rows)


@pytest.mark.parametrize(
    ("file", "columns"),
    [
        ("female_share.csv", ("2010", "2020")),
        ("mortality.csv", ("2010", "2020")),
        ("process_emissions.csv", ("2010", "2020")),
        ("housing.csv", ("2020", "2010", "area")),
        ("air.csv", ("fine particles", "good air day share")),
        (
            "access_2020.csv",
            ("road", "rail 2020", "rail under", "rail planned", "intercity"),
        ),
        (
            "power.csv",
            (
                *("emissions 2020", "emissions guangan 2020"),
                *("supply 2020", "supply guangan 2020"),
                *("emissions 2010", "emissions guangan 2010"),
            ),
        ),
    ],
)
def test_columns_stand_where_the_model_reads_them(
    tables: list[Table], file: str, columns: tuple[str, ...]
) -> None:
    table = next(table for table in tables if table.file == file)
    for place, name in enumerate(columns):
        assert name in table.columns[place]


def test_provenance_is_sorted_by_file(tables: list[Table]) -> None:
    lines = list(csv.reader(write_provenance(tables).decode().splitlines()))
    assert tuple(lines[0]) == PROVENANCE_COLUMNS
    assert [line[0] for line in lines[1:]] == sorted(line[0] for line in lines[1:])


def test_no_number_is_written_as_a_negative_zero() -> None:
    assert write_number(-0.0) == "0"
    assert write_number(-0.0, 2) == "0.00"


@pytest.mark.parametrize(
    ("region", "year", "variable"),
    [
        ("chongqing", 2020, "gdp_primary"),
        ("fuling", 2020, "gdp"),
        ("dazu", 2020, "urban_population"),
        ("chongqing", 2019, "co2_process"),
        ("chongqing", 2013, "death_rate"),
    ],
)
def test_a_missing_row_is_named(
    facts: Facts, region: str, year: int, variable: str
) -> None:
    rows = {
        key: f for key, f in facts.observed.items() if key != (region, year, variable)
    }
    with pytest.raises(
        InputFileError, match=f"no row for {region}, {year}, {variable}"
    ):
        initial_tables(replace(facts, observed=rows))


def test_a_missing_judgement_is_named(facts: Facts) -> None:
    kept = {n: j for n, j in facts.judgement.items() if n != "mortality_slope"}
    with pytest.raises(InputFileError, match="no judgement named 'mortality_slope'"):
        initial_tables(replace(facts, judgement=kept))


def test_a_missing_parameter_is_named(facts: Facts) -> None:
    with pytest.raises(InputFileError, match="no central value of life_expectancy"):
        initial_tables(replace(facts, literature={}))
