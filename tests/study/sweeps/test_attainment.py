from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from shutil import copy

import numpy as np
import pytest
from scipy import stats

from cqsim.case.case import Case
from cqsim.resources import data_folder
from cqsim.study.attainment import Criterion, _met, attainments
from cqsim.study.execute import SweepOptions, run_sweep
from cqsim.study.job import SweepJob
from cqsim.study.posterior import run_id_of
from cqsim.study.results import SweepResults, open_sweep
from cqsim.study.summary import fans, peaks
from cqsim.study.worker import compiled

Planned = Callable[..., SweepJob]


def test_a_share_is_the_part_of_the_runs_that_meet_a_target(
    stored: SweepResults,
) -> None:
    values = stored.indicator("urban_share").sel(scope="metro", year=2022).to_numpy()
    found = {(share.kind, share.detail): share for share in attainments(stored)[0]}
    for key, required in ((("headline", ""), 56.0), (("reading", "loose"), 54.0)):
        met = values >= required
        interval = stats.binomtest(int(met.sum()), 60).proportion_ci(0.95, "wilson")
        share = found[key]
        assert share.share == met.mean()
        assert share.error == pytest.approx(np.sqrt(met.var() / 60))
        assert (share.low, share.high) == pytest.approx(tuple(interval), abs=1e-9)


def test_the_matrix_has_a_share_for_each_region(stored: SweepResults) -> None:
    cells = {cell.region: cell.share for cell in attainments(stored)[1]}
    assert set(cells) == {"yuzhong", "fuling", "guangan"}
    for region, share in cells.items():
        values = stored.indicator("urban_share").sel(scope=region, year=2022)
        assert share == float((values >= 56).mean())


def test_shares_of_ranges_are_not_called_probabilities(
    stored: SweepResults, towns: Path, planned: Planned
) -> None:
    assert stored.description["share"]["en"] == "share of sampled futures"
    (towns / "draws.csv").write_text("death rate,weight\n0.01,1\n0.04,3\n")
    body = 'design = "random"\nsize = 50\nposterior = "draws.csv"\n'
    shown = planned(body).description["share"]["en"]
    assert shown == "share of sampled futures", "nothing says what they are from"
    (towns / "metro.mdl").write_bytes((towns / "towns.mdl").read_bytes())
    copy(data_folder("model") / "ledger.toml", towns)
    made = f"constant,run_id\ndeath rate,{run_id_of(Case.load(towns))}\n"
    (towns / "mine.csv").write_text(made, "utf-8")
    (towns / "draws.csv").rename(towns / "mine_draws.csv")
    plan = planned(body.replace("draws.csv", "mine_draws.csv"))
    assert plan.description["share"]["en"] == "probability"
    points = plan.sweep.design.points(0, 50)
    settings = compiled(plan).settings_at(points, 0)["death rate"]
    assert set(settings.tolist()) == {0.01, 0.04}
    assert (settings == 0.04).mean() == pytest.approx(0.75, abs=0.2)


def test_errors_count_no_more_runs_than_a_posterior_has_draws(
    planned: Planned, towns: Path, tmp_path: Path
) -> None:
    rows = "".join(f"{0.005 + n * 0.004}\n" for n in range(10))
    (towns / "draws.csv").write_text(f"death rate\n{rows}", encoding="utf-8")
    body = 'design = "latin_hypercube"\nsize = 1000\nposterior = "draws.csv"\n'
    body += 'input = [ { constant = "moving rate", place = "fuling" } ]\n'
    targets = (towns / "targets.toml").read_text(encoding="utf-8")
    (towns / "targets.toml").write_text(targets.replace("56.0", "54.84215"), "utf-8")
    run_sweep(planned(body), tmp_path / "drawn", SweepOptions())
    found = [
        s for s in attainments(open_sweep(tmp_path / "drawn"))[0] if 0 < s.share < 1
    ]
    assert found
    for share in found:
        spread = share.share * (1 - share.share)
        assert share.runs == 1000
        assert share.error == pytest.approx(np.sqrt(spread / 10))
        assert share.high - share.low > 2 * share.error


def test_a_fan_has_the_quantiles_and_the_required_path(stored: SweepResults) -> None:
    values = stored.indicator("urban_share").sel(scope="metro")
    found = {(fan.indicator, fan.scope, fan.year): fan for fan in fans(stored)}
    fan = found["urban_share", "metro", 2021]
    expected = np.quantile(values.sel(year=2021), [0.05, 0.25, 0.5, 0.75, 0.95])
    assert fan.quantiles == pytest.approx(expected, rel=1e-12)
    start = float(values.sel(year=2020).median())
    assert fan.required["urban_share_2022"] == pytest.approx((start + 56.0) / 2)
    assert not found["urban_share", "metro", 2023].required


def test_peaks_count_the_years_of_the_highest_value(stored: SweepResults) -> None:
    values = stored.indicator("people").sel(scope="fuling")
    years = values["year"].to_numpy()[values.to_numpy().argmax(axis=1)]
    found = {
        p.year: p
        for p in peaks(stored)
        if (p.indicator, p.scope) == ("people", "fuling")
    }
    for year, peak in found.items():
        assert peak.share == pytest.approx((years == year).mean())
        assert peak.last == (year == 2024)
    assert sum(peak.share for peak in found.values()) == pytest.approx(1)


LARGE = (
    'design = "DESIGN"\nSIZEinput = [ { constant = "death rate", levels = 50 }, '
    '{ constant = "moving rate", levels = 46 } ]\n'
    '[record]\nregions = true\nindicators = ["people"]\n'
)


def test_what_is_summed_in_blocks_is_that_of_the_whole(
    planned: Planned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = LARGE.replace("DESIGN", "random").replace("SIZE", "size = 2300\n")
    run_sweep(planned(body), tmp_path / "large", SweepOptions())
    stored = open_sweep(tmp_path / "large")
    assert len(list(stored.blocks())) == 2
    whole = (*attainments(stored), peaks(stored))
    assert {share.runs for share in whole[0]} == {2300}
    monkeypatch.setattr("cqsim.study.results.BLOCK", 1)
    assert len(list(stored.blocks())) == 3
    assert (*attainments(stored), peaks(stored)) == whole


def test_of_a_large_design_the_first_points_are_looked_at_and_of_a_grid_drawn_ones(
    planned: Planned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = LARGE.replace("DESIGN", "random").replace("SIZE", "size = 2300\n")
    for name, body in (
        ("random", random),
        ("grid", LARGE.replace("DESIGN", "grid").replace("SIZE", "")),
    ):
        run_sweep(planned(body), tmp_path / name, SweepOptions())
        stored = open_sweep(tmp_path / name)
        exact = {(f.scope, f.year): f.quantiles for f in fans(stored)}
        with monkeypatch.context() as patch:
            patch.setattr("cqsim.study.summary.EXACT", 1000)
            fewer, runs = stored.sample(1000)
            near = {(f.scope, f.year): f.quantiles for f in fans(stored)}
        if name == "random":
            assert runs is None
            assert fewer.rows("select count(*), max(run) from inputs") == [(1000, 999)]
        else:
            assert runs is not None
            assert len(set(runs)) == 1000
            assert min(runs) < 50 < 2250 < max(runs)
        for place, quantiles in exact.items():
            spread = quantiles[-1] - quantiles[0]
            misses = np.abs(np.subtract(near[place], quantiles))
            assert (misses <= 0.1 * spread + 1e-9).all(), (name, place)


def test_a_run_that_diverges_counts_as_one_that_misses_the_target(
    planned: Planned, towns: Path, tmp_path: Path
) -> None:
    model = (towns / "towns.mdl").read_text(encoding="utf-8")
    births = "birth rate[region]*Population[region,settlement]"
    breaks = f"{births}/MAX(0, 0.0301-death rate)"
    (towns / "towns.mdl").write_text(model.replace(births, breaks), encoding="utf-8")
    body = (
        'design = "grid"\ninput = [ { constant = "death rate", low = 0, high = 0.06, '
        "levels = 7 } ]\n[record]\nregions = true\n"
    )
    run_sweep(planned(body), tmp_path / "breaks", SweepOptions())
    stored = open_sweep(tmp_path / "breaks")
    values = stored.sql(
        "select value from targets where target = 'urban_share_2022' "
        "and alternative = '' and scope = 'metro'"
    )["value"]
    lost = len(stored.diverged)
    assert len(values) == 7 - lost
    assert 0 < lost < 7
    (headline,) = (s for s in attainments(stored)[0] if s.kind == "headline")
    assert headline.runs == 7
    assert headline.share == (values >= 56.0).sum() / 7
    assert {cell.runs for cell in attainments(stored)[1]} == {7}


def test_a_run_whose_indicator_is_not_defined_does_not_meet_a_target() -> None:
    values = np.array([np.nan, 55.0, 56.0 - 1e-12, 57.0])
    criterion = Criterion("x", "", "headline", "", ">=", 56.0)
    assert [*_met(criterion, values)] == [0.0, 0.0, 1.0, 1.0]
    by_weather = replace(criterion, kind="weather", deviation=2.0)
    chances = sorted(_met(by_weather, values))
    assert chances[0] == 0.0
    assert chances[2] == pytest.approx(0.5)
