"""The files of model/initial as bytes, and where their numbers come from."""

import csv
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cqsim.chongqing.facts import Facts
from cqsim.chongqing.initial import (
    PROVENANCE_COLUMNS,
    initial_tables,
    initial_texts,
    provenance_text,
    write_number,
)
from cqsim.errors import InputFileError, UnknownNameError
from cqsim.ledger.observed import Observations
from cqsim.resources import data_folder

CLASSES = {"statistic", "derived", "calibrated", "assumption", "literature", "plan"}
INITIAL = data_folder("model") / "initial"


Tables = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def tables(facts: Facts) -> Tables:
    return initial_tables(facts)


@pytest.fixture(scope="module")
def provenance(facts: Facts, tables: Tables) -> list[dict[str, str]]:
    """The lines of provenance.csv as it is made."""
    return list(csv.DictReader(provenance_text(facts, tables).splitlines()))


def test_the_shipped_files_are_what_the_ledger_gives(facts: Facts) -> None:
    built = {name: text.encode() for name, text in initial_texts(facts).items()}
    shipped = {name: (INITIAL / name).read_bytes() for name in built}
    assert shipped == built


def test_the_same_ledger_gives_the_same_bytes(facts: Facts) -> None:
    assert initial_texts(facts) == initial_texts(facts)


def test_every_number_is_finite_and_not_negative_but_for_net_migration(
    tables: Tables,
) -> None:
    for name, table in tables.items():
        values = table.to_numpy()
        assert np.isfinite(values).all(), name
        assert name == "migration_2020.csv" or (values >= 0).all(), name


def test_every_column_has_unit_class_source_rule_and_error(
    facts: Facts, tables: Tables, provenance: list[dict[str, str]]
) -> None:
    for name, table in tables.items():
        entries = [line for line in provenance if line["file"] == name]
        explained = [line["column"] for line in entries]
        assert explained == ["*"] or explained == list(table.columns), name
        for line in entries:
            assert line["class"] in CLASSES
            assert all(line[key] for key in ("unit", "rule", "error", "sources")), name
    files = {file for e in facts.derivation.provenance for file in e.files}
    assert files == set(tables)


def test_assumptions_cite_the_analyst(provenance: list[dict[str, str]]) -> None:
    assumed = [line for line in provenance if line["class"] == "assumption"]
    assert assumed
    assert all("analyst" in line["sources"].split() for line in assumed)


def test_every_source_is_in_the_register(provenance: list[dict[str, str]]) -> None:
    with (data_folder("model") / "sources.csv").open(encoding="utf-8") as file:
        known = {row["source_id"] for row in csv.DictReader(file)}
    assert {
        source for line in provenance for source in line["sources"].split()
    } <= known


def test_rows_and_columns_are_labelled_as_printed(tables: Tables) -> None:
    for name, table in tables.items():
        lines = list(csv.reader((INITIAL / name).read_text("utf-8").splitlines()))
        assert lines[0] == [table.index.name, *table.columns]
        assert [line[0] for line in lines[1:]] == [str(label) for label in table.index]


@pytest.mark.parametrize(
    ("file", "columns"),
    [
        ("female_share.csv", ("2010", "2020")),
        ("mortality.csv", ("2010", "2020")),
        ("process_emissions.csv", ("2010", "2020")),
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
    tables: Tables, file: str, columns: tuple[str, ...]
) -> None:
    for place, name in enumerate(columns):
        assert name in tables[file].columns[place]


def test_provenance_is_sorted_by_file(provenance: list[dict[str, str]]) -> None:
    assert tuple(provenance[0]) == PROVENANCE_COLUMNS
    files = [line["file"] for line in provenance]
    assert files == sorted(files)


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
    ledger = facts.ledger
    rows = [row for row in ledger if row.key[:3] != (region, year, variable)]
    left = Observations(rows, ledger.parameters, ledger.settings)
    said = f"{region} {year}: there is no observation of '{variable}'"
    with pytest.raises(UnknownNameError, match=said):
        initial_tables(replace(facts, ledger=left))


def test_a_missing_judgement_is_named(facts: Facts) -> None:
    derivation = facts.derivation.model_copy(deep=True)
    del derivation.judgements["mortality_slope"]
    with pytest.raises(InputFileError, match="no judgement named 'mortality_slope'"):
        initial_tables(replace(facts, derivation=derivation))


def test_a_missing_parameter_is_named(facts: Facts) -> None:
    left = Observations(facts.ledger, (), facts.ledger.settings)
    with pytest.raises(UnknownNameError, match="no parameter 'life_expectancy'"):
        initial_tables(replace(facts, ledger=left))


def test_a_parameter_without_central_value_is_named(facts: Facts) -> None:
    with pytest.raises(InputFileError, match="no central value of capital_share"):
        facts.parameter("capital_share")
