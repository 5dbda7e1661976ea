"""Outturns: made of the ledger, compared with verdicts, and following a bulletin."""

from pathlib import Path
from shutil import copytree

import pytest

from cqsim.case.case import Case
from cqsim.credibility.skill import Skill, skill_of
from cqsim.errors import CqsimError, UnknownNameError
from cqsim.judge.outturns import outturn_of
from cqsim.judge.verdicts import Status
from cqsim.ledger.build import build_ledger
from cqsim.ledger.bulletin import add_bulletin
from cqsim.ledger.outturns import read_outturns
from cqsim.resources import data_folder

MODEL = data_folder("model")
HEAD = (
    "region_id,year,variable,value,unit,source_id,note,"
    "title,publisher,date,address,kind"
)
GROWTH = "gdp_growth_2025"
SHARE = "municipal_urban_share_2025"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copytree(MODEL, tmp_path / "model")


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_every_shipped_outturn_is_of_a_target_in_its_own_years() -> None:
    case = Case.load(MODEL)
    assert set(case.outturns) <= set(case.targets)
    for name, rows in case.outturns.items():
        years = [row.year for row in rows]
        assert years == sorted(set(years))
        assert case.years.base < years[0]
        assert years[-1] <= case.targets[name].year


def test_a_mean_of_growth_is_compound_and_needs_every_year(folder: Path) -> None:
    (row,) = read_outturns(MODEL / "observed")[GROWTH]
    levels = 1.083 * 1.026 * 1.061 * 1.057 * 1.053
    assert row.value == pytest.approx(100 * (levels**0.2 - 1), abs=0.005)
    assert (row.year, row.edition) == (2025, "first")
    raw = folder / "observed" / "raw" / "released_2023_2025.csv"
    rewrite(raw, "chongqing,2024,gdp_growth_real,5.7,percent,github_cegr_2024,\n", "")
    build_ledger(folder)
    assert GROWTH not in read_outturns(folder / "observed")


def test_a_reviewed_figure_is_final_and_a_work_report_is_first() -> None:
    found = read_outturns(MODEL / "observed")
    days = {row.year: row for row in found["municipal_good_air_days_2025"]}
    assert (days[2024].value, days[2024].edition) == (333, "final")
    (energy,) = found["energy_per_gdp_2025"]
    assert (energy.value, energy.edition) == (-14, "first")


@pytest.mark.parametrize(
    ("status", "agrees"), [(Status.BEHIND, True), (Status.ON_COURSE, False)]
)
def test_a_run_agrees_that_says_what_came(status: Status, agrees: bool) -> None:
    case = Case.load(MODEL)
    found = outturn_of(case, case.targets[GROWTH], status)
    assert found is not None
    assert (found.met, found.agrees) == (False, agrees)


@pytest.mark.parametrize("target", [SHARE, "good_air_2025"])
def test_an_earlier_year_or_another_place_decides_nothing(target: str) -> None:
    case = Case.load(MODEL)
    found = outturn_of(case, case.targets[target], Status.BEHIND)
    assert found is not None
    assert (found.met, found.agrees) == (None, None)


def test_a_target_without_a_published_value_has_no_outturn() -> None:
    case = Case.load(MODEL)
    name = next(name for name in case.targets if name not in case.outturns)
    assert outturn_of(case, case.targets[name], Status.BEHIND) is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"gdp_growth_real"', '"gdp_growth"', "there is no variable 'gdp_growth'"),
        ('place = "metro"', 'place = "metros"', "there is no place 'metros'"),
    ],
)
def test_a_name_that_the_ledger_has_not_is_refused(
    old: str, new: str, message: str, folder: Path
) -> None:
    rewrite(folder / "outturns.toml", old, new)
    with pytest.raises(UnknownNameError, match=message):
        build_ledger(folder)


def test_an_outturn_of_no_target_is_refused(folder: Path) -> None:
    rewrite(folder / "observed" / "outturns.csv", GROWTH, "gdp_growth_2052")
    with pytest.raises(CqsimError, match="there is no target 'gdp_growth_2052'"):
        Case.load(folder).outturns.get(GROWTH)


def test_a_bulletin_moves_outturns_and_skill(folder: Path) -> None:
    """Invented values: what comes of them is the arithmetic, not the world."""
    source = "INVENTED,,Bulletin,Statistics office,2026-06-01,-,official"
    rows = (
        f"chongqing,2025,urban_share,73.5,percent,{source}",
        f"yubei,2024,resident_population,2290000,persons,{source}",
    )
    path = folder.parent / "bulletin.csv"
    path.write_text("\n".join((HEAD, *rows)) + "\n", encoding="utf-8")
    before = skill_of(Case.load(folder))
    add_bulletin(folder, path)
    case = Case.load(folder)
    found = outturn_of(case, case.targets[SHARE], Status.BEHIND)
    assert found is not None
    assert (found.outturn.year, found.outturn.value) == (2025, 73.5)
    assert (found.outturn.sources, found.outturn.edition) == (("INVENTED",), "final")
    assert (found.met, found.agrees) == (True, False)
    after = skill_of(case)

    def of(skill: Skill) -> set[tuple[str, int, int]]:
        made = skill.forecasts
        return {(f.place, f.origin, f.year) for f in made if f.series == "population"}

    assert of(after) - of(before) == {("yubei", 2020, 2024), ("yubei", 2021, 2024)}
    score = next(
        s
        for s in after.by_region
        if (s.series, s.origin, s.year) == ("population", 2020, 2024)
    )
    assert score.count == 1
