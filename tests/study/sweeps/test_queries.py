import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from cqsim.study.disk import StoreError
from cqsim.study.execute import SweepOptions, run_sweep
from cqsim.study.job import SweepJob
from cqsim.study.results import QueryError, SweepResults, open_sweep

Planned = Callable[..., SweepJob]


def test_a_sweep_opens_as_xarray_pandas_and_iamc(
    stored: SweepResults, tmp_path: Path
) -> None:
    array = stored.to_xarray()["people"]
    assert array.dims == ("run", "scope", "year")
    assert array.attrs["unit"] == "10^4 persons"
    frame = stored.sql(
        "select * from indicators where run = 5 and indicator = 'people'"
    )
    assert frame["value"].notna().all()
    rows = stored.to_iamc(tmp_path / "iamc.csv")
    with (tmp_path / "iamc.csv").open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert rows == len(lines) == 60 * 2 * 4
    head = ["Model", "Scenario", "Region", "Variable", "Unit"]
    assert list(lines[0]) == [*head, *map(str, range(2020, 2025))]
    value = float(array.sel(run=0, scope="metro", year=2021))
    line = next(
        x for x in lines if x["Scenario"] == "towns run 0" and x["Region"] == "metro"
    )
    assert float(line["2021"]) == value


def test_a_sweep_without_indicators_has_no_iamc_table(
    planned: Planned, tmp_path: Path
) -> None:
    body = 'design = "random"\nsize = 3\ninput = [ { constant = "death rate" } ]\n'
    run_sweep(planned(body), tmp_path / "few", SweepOptions())
    with pytest.raises(StoreError, match="recorded no indicators"):
        open_sweep(tmp_path / "few").to_iamc(tmp_path / "iamc.csv")


@pytest.mark.parametrize(
    ("query", "what"),
    [
        ("select * from nowhere", "nowhere"),
        ("drop view inputs", "not one select"),
        ("select 1; select 2", "not one select"),
        ("select * from read_csv('/etc/hostname')", "disabled|allowed|Permission"),
    ],
)
def test_a_query_that_cannot_be_answered_is_refused(
    stored: SweepResults, query: str, what: str
) -> None:
    with pytest.raises(QueryError, match=what) as caught:
        stored.sql(query)
    assert "targets (" in str(caught.value)


def test_a_folder_without_a_sweep_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"no manifest\.json"):
        open_sweep(tmp_path)
