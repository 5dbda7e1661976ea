"""A wrong raw file is one message with file, line, what and how to fix it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cqsim.errors import CqsimError, FaultsError, InputFileError
from cqsim.ledger.build import build_ledger

Edit = Callable[[str, str, str], None]

POPULATION = "raw/population_observed.csv"
ECONOMY = "raw/economy_observed.csv"
AGES = "raw/population_age_sex.csv"
LITERATURE = "raw/parameters_literature.csv"
TILES = "raw/geo/tile_grid.csv"
BORDERS = "raw/geo/adjacency.csv"
PUBLISHERS = "raw/sources_population.csv"


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (
            POPULATION,
            "changshou,2018,resident_population,855000,",
            "changshou,2018,resident_population,many,",
            r"population_observed.csv:\d+: 'many' stands where a number belongs.*Write",
        ),
        (
            POPULATION,
            "changshou,2018,resident_population,855000,",
            "changshou,2018,resident_population,nan,",
            r"'nan' stands where a number belongs",
        ),
        (
            POPULATION,
            "changshou,2018,resident_population,855000,",
            "changshou,2018,resident_population,,",
            r":\d+: the cell 'value' is empty",
        ),
        (
            POPULATION,
            "changshou,2018,resident_population",
            "chanshou,2018,resident_population",
            r":\d+: there is no region 'chanshou'. Did you mean 'changshou'",
        ),
        (
            POPULATION,
            "changshou,2018,resident_population",
            "changshou,2018.5,resident_population",
            r":\d+: '2018.5' is not a year",
        ),
        (
            POPULATION,
            "changshou,2018,resident_population",
            "changshou,2018,resident_popularity",
            r":\d+: there is no variable 'resident_popularity'. Did you mean",
        ),
        (
            ECONOMY,
            "nanchuan,2020,gdp,360.73,CNY_100M",
            "nanchuan,2020,gdp,360.73,USD_100M",
            r"economy_observed.csv:\d+: the unit of gdp is 'USD_100M'. Write it in",
        ),
        (
            ECONOMY,
            "nanchuan,2020,gdp,360.73,CNY_100M,mem",
            "nanchuan,2020,gdp,360.73,CNY_100M,nobody",
            r"economy_observed.csv:\d+: there is no source 'nobody'",
        ),
        (
            ECONOMY,
            "region_id,year,variable",
            "region_id,jahr,variable",
            r"economy_observed.csv:1: the columns differ: missing year; not known jahr",
        ),
        (
            ECONOMY,
            "nanchuan,2020,gdp,360.73",
            "nanchuan,2020,gdp,360,73",
            r"economy_observed.csv:\d+: the line has 8 cells, the header 7",
        ),
        (
            ECONOMY,
            'yuzhong,2015,gdp,958,CNY_100M,yuzhong_en_2015,"RMB',
            'yuzhong,2015,gdp,958,CNY_100M,yuzhong_en_2015,"R"MB',
            r"economy_observed.csv:\d+: the line is not CSV",
        ),
        (
            AGES,
            "yuzhong,2020,0,male,1714",
            "yuzhong,2020,0,male,1714.5",
            r"population_age_sex.csv:2: 1714.5 is not a number of persons",
        ),
        (
            AGES,
            "yuzhong,2020,0,male,1714",
            "yuzhong,2020,0-2,male,1714",
            r"population_age_sex.csv:2: '0-2' is not one of 0, 1-4",
        ),
        (
            AGES,
            "yuzhong,2020,0,male,1714,S_leiii_2020\n",
            "",
            r"population_age_sex.csv: there is no row for yuzhong 2020 0 male",
        ),
        (
            POPULATION,
            "tongnan,2020,resident_population,688115,persons",
            "chongqing,2020,resident_population_year_end,688115,persons",
            r"population_observed.csv: there is no row for tongnan 2020, resident_pop",
        ),
        (
            LITERATURE,
            "tfp_growth_reform,,0.034,",
            "tfp_growth_reform,,fast,",
            r"parameters_literature.csv:\d+: 'fast' stands where a number belongs",
        ),
        (
            LITERATURE,
            "migration_income_elasticity,,1.5,",
            "migration_income_elasticity,2,1.5,",
            r"parameters_literature.csv:\d+: low, central and high are not in ascend",
        ),
        (
            LITERATURE,
            "migration_income_elasticity,,1.5,",
            "migration_income_elasticity,,,",
            r"parameters_literature.csv:\d+: the row has no number",
        ),
        (
            LITERATURE,
            "tfp_growth_reform,,0.034,",
            "tfp_growth_1978_2007,,0.034,",
            r":\d+: the parameter 'tfp_growth_1978_2007' stands in line \d+ already",
        ),
        (
            TILES,
            "qijiang,5,3,綦江区,Qijiang,綦江\n",
            "",
            r"tile_grid.csv: there is no tile for qijiang",
        ),
        (
            TILES,
            "qijiang,5,3,",
            "jiangjin,5,3,",
            r"tile_grid.csv:\d+: 'jiangjin' or its tile stands twice",
        ),
        (
            BORDERS,
            "yuzhong,jiangbei,10.4",
            "yuzhong,yuzhong,10.4",
            r"adjacency.csv:2: yuzhong and yuzhong share no border",
        ),
        (
            PUBLISHERS,
            ",aggregator\nS_leiii_2010",
            ",hearsay\nS_leiii_2010",
            r"sources_population.csv:2: 'hearsay' is not one of official",
        ),
        (
            PUBLISHERS,
            "S_leiii_city,",
            "S_leiii_2010,",
            r"sources_population.csv:\d+: the id 'S_leiii_2010' already names",
        ),
        (
            "sources_added.csv",
            "analyst,",
            "annalist,",
            r"sources_added.csv: there is no source 'analyst'",
        ),
        (
            POPULATION,
            "qijiang,2020,area,2750,",
            "qijiang,2020,area,3750,",
            r"the 22 areas add up to 35998.15 km2, the plan has 35000",
        ),
        (
            "variables.csv",
            "area,area,population,km2,km2,1,",
            "area,area,population,km2,km2,one,",
            r"variables.csv:2: 'one' stands where a number belongs",
        ),
    ],
)
def test_a_fault_is_named_with_its_line_and_remedy(
    inputs: Path, edit: Edit, file: str, old: str, new: str, message: str
) -> None:
    edit(file, old, new)
    with pytest.raises(CqsimError, match=message):
        build_ledger(inputs)
    assert not (inputs / "regions.csv").exists()


@pytest.mark.parametrize(
    "name",
    [
        *("population_observed", "population_age_sex", "population_extra"),
        *("economy_observed", "emissions_observed", "outcomes_observed"),
        *("parameters_literature", "targets", "targets_external"),
        *("sources_population", "sources_economy", "sources_environment"),
        *("geo/tile_grid", "geo/adjacency"),
    ],
)
def test_a_missing_file_is_named(inputs: Path, name: str) -> None:
    (inputs / "observed" / "raw" / f"{name}.csv").unlink()
    with pytest.raises(InputFileError, match=rf"{name}.csv: the file is missing. Put"):
        build_ledger(inputs)


def test_a_folder_without_raw_rows_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match="has no observed/raw"):
        build_ledger(tmp_path)


def test_a_repeated_row_names_both_lines(inputs: Path) -> None:
    file = inputs / "observed" / ECONOMY
    lines = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join([*lines, lines[1]]) + "\n", encoding="utf-8")
    with pytest.raises(InputFileError, match=r"csv:362: the row repeats line 2: banan"):
        build_ledger(inputs)


def test_the_same_row_under_an_alias_is_a_repeat(inputs: Path) -> None:
    file = inputs / "observed" / "raw" / "outcomes_observed.csv"
    text = file.read_text(encoding="utf-8")
    line = next(
        row for row in text.splitlines() if row.startswith("chongqing,2022,urb")
    )
    alias = line.replace("chongqing,", "chongqing_all,", 1)
    file.write_text(text + alias + "\n", encoding="utf-8")
    with pytest.raises(InputFileError, match="the row repeats line 6"):
        build_ledger(inputs)


def test_text_that_is_neither_utf8_nor_gb18030_is_refused(inputs: Path) -> None:
    file = inputs / "observed" / ECONOMY
    file.write_bytes(b"\xff\xfe" + file.read_text(encoding="utf-8").encode("utf-16-le"))
    with pytest.raises(InputFileError, match=r"neither UTF-8 nor GB18030 text\. Save"):
        build_ledger(inputs)


def test_all_faults_of_a_file_are_named_together(inputs: Path, edit: Edit) -> None:
    edit(ECONOMY, "banan,2018,gdp,781.2,", "banan,2018,gdp,x,")
    edit(ECONOMY, "banan,2020,gdp,865.5,", "banan,2020,gdp,y,")
    with pytest.raises(FaultsError, match=r"(?s):2: 'x' stands.*:6: 'y' stands"):
        build_ledger(inputs)
