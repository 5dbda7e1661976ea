"""The model's forecasts beside naive ones, and what is kept for later."""

import shutil
from dataclasses import replace
from pathlib import Path
from shutil import copytree

import pytest
from tests.credibility.conftest import rewrite

from cqsim.case.case import Case
from cqsim.credibility.forecasts import read_preregistered
from cqsim.credibility.skill import Skill, preregister_forecasts, skill_of
from cqsim.errors import CqsimError, InputFileError
from cqsim.ledger.bulletin import add_bulletin

MODEL = Path(__file__).parents[2] / "model"

HEAD = (
    "region_id,year,variable,value,unit,source_id,note,"
    "title,publisher,date,address,kind"
)
SOURCE = "BULLETIN_TEST,,Bulletin of 2024,Statistics office,2025-03-01,-,official"


@pytest.fixture(scope="module")
def skill() -> Skill:
    return skill_of(Case.load(MODEL))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copytree(MODEL, tmp_path / "model")


def bulletin(folder: Path, *rows: str) -> Path:
    path = folder.parent / "bulletin.csv"
    path.write_text("\n".join((HEAD, *rows)) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("series", ["population", "urban_share", "gdp"])
def test_the_model_beats_both_naive_forecasts_for_the_whole_area(
    series: str, skill: Skill
) -> None:
    (area,) = (s for s in skill.areas if (s.series, s.origin) == (series, 2020))
    assert area.beats_last
    assert area.beats_line


@pytest.mark.parametrize("series", ["urban_share", "gdp"])
def test_the_model_beats_both_in_six_of_ten_regions(series: str, skill: Skill) -> None:
    wins, count = skill.win_rate(series, 2020)
    assert wins >= 0.6 * count


def test_a_series_in_which_the_model_loses_is_said_to_fail(skill: Skill) -> None:
    findings = {f.check: f for f in skill.results()}
    wins, count = skill.win_rate("population", 2020)
    assert findings["population_by_region"].holds == (wins >= 0.6 * count)
    assert (
        f"better than both in {wins} of {count} regions"
        in findings["population_by_region"].detail
    )


def test_what_nothing_published_can_score_does_not_hold(skill: Skill) -> None:
    """A gate that loses its observations must not pass unseen."""
    blind = replace(skill, forecasts=(), areas=(), pooled=(), regions=(), misses=())
    findings = {f.check: f for f in blind.results()}
    assert not any(f.holds for f in findings.values())
    gates = {"population", "urban_share", "gdp", "hindcast_children"}
    assert all(findings[check].is_gate for check in gates)


def test_a_ring_among_the_places_of_a_series_is_no_region(
    folder: Path, skill: Skill
) -> None:
    rewrite(folder / "skill.toml", '"central", "outer12"]', '"fulcrum"]')
    ledger = folder / "observed" / "population.csv"
    rows = ledger.read_text(encoding="utf-8").splitlines()
    known = [row for row in rows if row.startswith("central,202")]
    rows += [row.replace("central", "fulcrum", 1) for row in known]
    ledger.write_text("\n".join(rows) + "\n", encoding="utf-8")
    found = skill_of(Case.load(folder))
    assert any(f.place == "fulcrum" for f in found.forecasts)
    assert "fulcrum" not in {score.place for score in found.regions}
    assert [s.count for s in found.pooled] == [s.count for s in skill.pooled]
    wins = skill.win_rate("population", 2020)
    assert found.win_rate("population", 2020) == wins


def test_births_and_deaths_since_2012_are_within_a_tenth(skill: Skill) -> None:
    found = [m for m in skill.misses if m.hindcast in ("births", "deaths")]
    assert len(found) == 16
    assert all(abs(m.miss) <= 0.1 for m in found)


def test_forecasts_know_no_birth_after_their_origin(skill: Skill) -> None:
    births = [
        f for f in skill.forecasts if (f.series, f.origin) == ("birth_rate", 2020)
    ]
    assert all(f.model > f.observed for f in births)


def test_the_last_value_is_the_one_published_at_the_origin(skill: Skill) -> None:
    (metro,) = (
        f for f in skill.forecasts if (f.series, f.place) == ("population", "metro")
    )
    assert metro.last == pytest.approx(2437.7253)


def test_kept_forecasts_are_scored_when_their_year_is_published(folder: Path) -> None:
    path = preregister_forecasts(Case.load(folder))
    kept = [
        k
        for k in read_preregistered(path)
        if (k.series, k.place) == ("population", "central")
    ]
    assert [k.year for k in kept] == [2024, 2025, 2026, 2027, 2028]
    row = f"central,2024,resident_population,10500000,persons,{SOURCE}"
    added = add_bulletin(folder, bulletin(folder, row))
    assert (added.rows, added.sources) == (1, ("BULLETIN_TEST",))
    assert added.built.written
    scored = skill_of(Case.load(folder)).preregistered
    (forecast,) = (forecast for name, forecast in scored if name == path.name)
    assert (forecast.year, forecast.observed) == (2024, 1050)
    assert forecast.model == pytest.approx(kept[0].model)


def test_a_forecast_that_was_changed_afterwards_is_refused(folder: Path) -> None:
    path = preregister_forecasts(Case.load(folder))
    path.write_text(path.read_text().replace("central", "metro", 1))
    with pytest.raises(InputFileError, match="the hash differs"):
        skill_of(Case.load(folder))


WRONG = {
    "a region that there is not": f"yubai,2023,gdp,1,10^8 CNY,{SOURCE}",
    "a unit that the variable has not": f"yubei,2023,gdp,1,person,{SOURCE}",
    "a value that is no number": f"yubei,2023,gdp,many,10^8 CNY,{SOURCE}",
    "a year that there is not": f"yubei,20233,gdp,1,10^8 CNY,{SOURCE}",
    "a year that its source cannot know": f"yubei,2031,gdp,2500,10^8 CNY,{SOURCE}",
    "a share for a percentage": f"guangan,2023,urban_share,0.76,percent,{SOURCE}",
    "ten thousands for persons": (
        f"central,2023,resident_population,1050.1,persons,{SOURCE}"
    ),
    "a number with commas": f'yubei,2023,gdp,"2,450.3",10^8 CNY,{SOURCE}',
    "a source that nobody knows": "yubei,2023,gdp,1,10^8 CNY,WHO,,,,,,",
    "a number beyond all numbers": f"yubei,2023,gdp,1e99999999,10^8 CNY,{SOURCE}",
    "a number next to none": f"yubei,2023,gdp,1e-99999999,10^8 CNY,{SOURCE}",
    "a number in the notation of programs": f"yubei,2023,gdp,2_450,10^8 CNY,{SOURCE}",
    "a negative rate of births": f"yuzhong,2023,birth_rate,-6.1,per_mille,{SOURCE}",
    "a source without a publisher": "yubei,2023,gdp,2450,10^8 CNY,B,,T,,2024,-,paper",
    "a source of no year": "yubei,2023,gdp,2450,10^8 CNY,B,,T,P,March,-,official",
    "a source without an id": "yubei,2023,gdp,2450,10^8 CNY,,,T,P,2024,-,official",
    "a kind of source that there is not": "yubei,2023,gdp,1,10^8 CNY,WHO,,T,,,,rumour",
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_bulletin_with_a_fault_changes_nothing(kind: str, folder: Path) -> None:
    before = {p: p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
    with pytest.raises(CqsimError, match=r"/bulletin\.csv:\d+: "):
        add_bulletin(folder, bulletin(folder, WRONG[kind]))
    after = {p: p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
    assert before == after


def test_a_fault_after_a_blank_line_is_told_at_its_own_line(folder: Path) -> None:
    path = bulletin(folder, "", "", "yubei,2023,gdp,2450,10^8 CNY,WHO,,,,,,")
    with pytest.raises(CqsimError, match=r"bulletin\.csv:4: the ledger has no source"):
        add_bulletin(folder, path)


def test_a_source_described_in_two_ways_is_refused(folder: Path) -> None:
    row = f"yubei,2023,gdp,2450,10^8 CNY,{SOURCE}"
    other = f"nanan,2023,gdp,980,10^8 CNY,{SOURCE.replace('2024', '2022')}"
    with pytest.raises(CqsimError, match=r":3: the title of 'BULLETIN_TEST' is anoth"):
        add_bulletin(folder, bulletin(folder, row, other))


@pytest.mark.parametrize("start", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1"])
def test_a_workbook_is_told_from_a_text(start: bytes, folder: Path) -> None:
    path = folder.parent / "bulletin.xlsx"
    path.write_bytes(start + bytes(range(256)))
    with pytest.raises(InputFileError, match=r"workbook .* Save its sheet as CSV"):
        add_bulletin(folder, path)


def test_a_folder_that_is_no_model_is_named(tmp_path: Path) -> None:
    path = bulletin(tmp_path / "model", f"yubei,2023,gdp,2450,10^8 CNY,{SOURCE}")
    with pytest.raises(InputFileError, match="Name a model folder with --model"):
        add_bulletin(tmp_path / "modell", path)


def test_a_value_that_another_is_kept_before_is_told_with_its_rule(
    folder: Path,
) -> None:
    row = f"changshou,2018,resident_population,855001,persons,{SOURCE}"
    (settled,) = add_bulletin(folder, bulletin(folder, row)).settled
    assert settled.startswith("changshou 2018 resident_population: 855")
    assert "is kept; this row" in settled
    assert settled.endswith(")")


def test_a_full_disk_leaves_the_ledger_as_it_was(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {p: p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
    whole = shutil.copyfile

    def full(source: str, target: str, **manner: bool) -> object:
        if Path(target).name.endswith(".new"):
            raise OSError(28, "No space left on device")
        return whole(source, target, **manner)

    monkeypatch.setattr("cqsim.ledger.build.shutil.copyfile", full)
    row = f"yubei,2023,gdp,2450,10^8 CNY,{SOURCE}"
    with pytest.raises(InputFileError, match="No space left on device"):
        add_bulletin(folder, bulletin(folder, row))
    after = {p: p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
    assert before == after


def test_a_row_that_stands_twice_in_a_bulletin_is_refused(folder: Path) -> None:
    row = f"yubei,2023,gdp,2450,10^8 CNY,{SOURCE}"
    with pytest.raises(CqsimError, match=r":3: the row repeats line 2: yubei, 2023,"):
        add_bulletin(folder, bulletin(folder, row, row))


def test_a_value_far_from_all_known_ones_is_taken_where_it_is_vouched_for(
    folder: Path,
) -> None:
    said = SOURCE.replace(",,", ",Checked: merged with its neighbour,", 1)
    row = f"yuzhong,2023,resident_population,4100000,persons,{said}"
    assert add_bulletin(folder, bulletin(folder, row)).rows == 1


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig"])
def test_a_bulletin_from_a_spreadsheet_is_read(encoding: str, folder: Path) -> None:
    title = "重庆市2023年国民经济和社会发展统计公报"
    row = f"central,2023,resident_population,10500000,persons,{SOURCE}"
    path = bulletin(folder, row.replace("Bulletin of 2024", title))
    path.write_bytes(path.read_text(encoding="utf-8").encode(encoding))
    assert add_bulletin(folder, path).rows == 1
    assert title in (folder / "sources.csv").read_text(encoding="utf-8")


def test_a_year_after_the_plan_is_scored_once_it_is_published(folder: Path) -> None:
    row = f"yubei,2023,resident_population,2280000,persons,{SOURCE}"
    add_bulletin(folder, bulletin(folder, row))
    (made,) = (
        f
        for f in skill_of(Case.load(folder)).forecasts
        if (f.series, f.place, f.origin, f.year) == ("population", "yubei", 2020, 2023)
    )
    assert made.observed == 228


def test_a_bulletin_added_twice_is_refused(folder: Path) -> None:
    row = f"central,2023,resident_population,10500000,persons,{SOURCE}"
    add_bulletin(folder, bulletin(folder, row))
    with pytest.raises(CqsimError, match="repeats"):
        add_bulletin(folder, bulletin(folder, row))
