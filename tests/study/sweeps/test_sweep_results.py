import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from cqsim.engine.kernel import compile_model
from cqsim.engine.measure import Measure
from cqsim.engine.terms import UndefinedIndicatorError
from cqsim.model.lower import read
from cqsim.scenario.load import read_scenario
from cqsim.study.batch_measure import BatchMeasure
from cqsim.study.chunks import StoreError
from cqsim.study.extract import extracted
from cqsim.study.fans import fans, peaks
from cqsim.study.plan import Plan, plan_of
from cqsim.study.shares import matrix, shares
from cqsim.study.stored import QueryError, StoredSweep, open_sweep
from cqsim.study.summary import summarised
from cqsim.study.sweep import Manner, carry_out
from cqsim.study.sweep_file import read_sweep
from cqsim.study.worker import compute, workshop

Planned = Callable[..., Plan]
Write = Callable[..., Path]


@pytest.fixture
def stored(planned: Planned, tmp_path: Path) -> StoredSweep:
    carry_out(planned(), tmp_path / "out", Manner())
    return open_sweep(tmp_path / "out")


def test_every_run_is_there_once(stored: StoredSweep) -> None:
    assert stored.inputs.index.tolist() == list(range(60))
    counts = stored.rows("select count(*), count(distinct run) from targets")
    assert counts == [(60 * 4, 60)]


def test_inputs_lie_within_their_ends(stored: StoredSweep) -> None:
    drawn = stored.inputs["death rate"]
    assert 0.005 <= drawn.min() < 0.01
    assert 0.045 < drawn.max() <= 0.05


def test_a_stored_run_is_the_run_of_its_settings(stored: StoredSweep) -> None:
    drawn = {str(k): v for k, v in stored.inputs.loc[17].to_dict().items()}
    path = Path(stored.description["path"]).parent / "initial/births.csv"
    births = np.loadtxt(path, delimiter=",", skiprows=1, usecols=1)
    births[1:] *= float(drawn["birth rate[outer]"])
    access = float(drawn["service_access"])
    kernel = compile_model(read(Path(stored.description["path"]).parent / "towns.mdl"))
    settings: dict[str, Any] = {
        "death rate": float(drawn["death rate"]),
        "birth rate": births,
        "service access": np.array([0.0, access, access]),
    }
    found = kernel.run([settings] * 2, ["Population"])["Population"][0, -1]
    array = stored.variable("Population").sel(run=17, year=2024)
    for number, town in enumerate(("yuzhong", "fuling", "guangan")):
        for place, settlement in enumerate(("urban", "rural")):
            value = float(array.sel(place=f"{town},{settlement}"))
            # Another engine may round the last digits otherwise.
            assert value == pytest.approx(found[number, place], rel=1e-12)


def test_any_indicator_of_many_runs_is_that_of_each_run_to_the_bit() -> None:
    plan = plan_of(read_sweep("uncertainty"))
    shop = workshop(plan)
    points = plan.sweep.design.points(0, 4)
    found = shop.engine(0).run(shop.set_by(points, 0))
    batch = BatchMeasure.of(found.times, found.values, shop.system, shop.rules)
    for run in range(4):
        one = {name: values[run : run + 1] for name, values in found.values.items()}
        laid = BatchMeasure.of(found.times, one, shop.system, shop.rules).laid
        for boundary in ("metro", "cq21"):
            alone = Measure(laid, shop.rules.indicators, shop.rules.scopes, boundary)
            for name in ("urban_share", "gdp_growth", "co2_peak_year", "pm25_change"):
                for scope in ("metro", "outer", "fuling"):
                    many = batch.path(name, scope, boundary)[run]
                    try:
                        expected = alone.path(name, scope)
                    except UndefinedIndicatorError:
                        assert np.isnan(many).all()
                        continue
                    assert np.array_equal(many, expected, equal_nan=True)


def test_parts_of_a_sweep_of_the_shipped_model_are_the_same_to_the_bit() -> None:
    plan = plan_of(read_sweep("uncertainty"))
    whole = compute(plan, 0, 40).values
    parts = [compute(plan, a, b).values for a, b in ((0, 1), (1, 24), (24, 40))]
    assert np.array_equal(np.concatenate(parts), whole, equal_nan=True)


@pytest.mark.parametrize("run", [0, 41])
def test_an_extracted_run_is_the_stored_one_to_the_bit(
    stored: StoredSweep, run: int
) -> None:
    path, same = extracted(stored.folder, run)
    assert same
    drawn = stored.inputs.loc[run, "death rate"]
    assert read_scenario(str(path)).settings["death rate"] == drawn


def test_an_extracted_run_of_the_shipped_model_is_the_stored_one(
    tmp_path: Path,
) -> None:
    sweep = tmp_path / "few.toml"
    sweep.write_text(
        'id = "few"\ntitle = { zh = "少", en = "Few" }\ndesign = "random"\nsize = 3\n'
        'input = [ { constant = "long run fertility" }, { lever = "rail" }, '
        '{ constant = "migration pull", apply = "factor", low = 0.9, high = 1.1 } ]\n',
        encoding="utf-8",
    )
    carry_out(plan_of(read_sweep(str(sweep))), tmp_path / "out", Manner())
    assert extracted(tmp_path / "out", 2)[1]


def test_a_run_at_the_end_of_a_range_is_extracted(
    planned: Planned, tmp_path: Path
) -> None:
    high = float(np.nextafter(20, 21))
    assert 0.01 * high > 0.2, "a hair above the end of the range of the death rate"
    body = (
        'design = "grid"\ninput = [ { constant = "death rate", apply = "factor", '
        f"low = 1, high = {high!r}, levels = 2 }} ]\n"
    )
    carry_out(planned(body), tmp_path / "end", Manner())
    path, same = extracted(tmp_path / "end", 1)
    assert same
    assert read_scenario(str(path)).settings["death rate"] == 0.2


def test_a_run_that_is_not_there_is_not_extracted(stored: StoredSweep) -> None:
    with pytest.raises(StoreError, match="Its runs are 0 to 59"):
        extracted(stored.folder, 60)


def test_a_changed_model_gives_no_extract(stored: StoredSweep, towns: Path) -> None:
    text = (towns / "towns.mdl").read_text(encoding="utf-8")
    changed = text.replace("0.01\n", "0.02\n", 1)
    (towns / "towns.mdl").write_text(changed, encoding="utf-8")
    with pytest.raises(StoreError, match=r"towns\.mdl has changed"):
        extracted(stored.folder, 0)


def test_a_share_is_the_part_of_the_runs_that_meet_a_target(
    stored: StoredSweep,
) -> None:
    values = stored.indicator("urban_share").sel(scope="metro", year=2022).to_numpy()
    found = {(share.kind, share.detail): share for share in shares(stored)}
    for key, required in ((("headline", ""), 56.0), (("reading", "loose"), 54.0)):
        met = values >= required
        interval = stats.binomtest(int(met.sum()), 60).proportion_ci(0.95, "wilson")
        share = found[key]
        assert share.share == met.mean()
        assert share.error == pytest.approx(np.sqrt(met.var() / 60))
        assert (share.low, share.high) == pytest.approx(tuple(interval), abs=1e-9)


def test_the_matrix_has_a_share_for_each_region(stored: StoredSweep) -> None:
    cells = {cell.region: cell.share for cell in matrix(stored)}
    assert set(cells) == {"yuzhong", "fuling", "guangan"}
    for region, share in cells.items():
        values = stored.indicator("urban_share").sel(scope=region, year=2022)
        assert share == float((values >= 56).mean())


def test_shares_of_ranges_are_not_called_probabilities(
    stored: StoredSweep, towns: Path, planned: Planned
) -> None:
    assert stored.description["share"]["en"] == "share of sampled futures"
    (towns / "draws.csv").write_text("death rate,weight\n0.01,1\n0.04,3\n")
    plan = planned('design = "random"\nsize = 50\nposterior = "draws.csv"\n')
    assert plan.description["share"]["en"] == "probability"
    points = plan.sweep.design.points(0, 50)
    settings = workshop(plan).set_by(points, 0)["death rate"]
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
    carry_out(planned(body), tmp_path / "drawn", Manner())
    found = [s for s in shares(open_sweep(tmp_path / "drawn")) if 0 < s.share < 1]
    assert found
    for share in found:
        spread = share.share * (1 - share.share)
        assert share.runs == 1000
        assert share.error == pytest.approx(np.sqrt(spread / 10))
        assert share.high - share.low > 2 * share.error


def test_a_fan_has_the_quantiles_and_the_required_path(stored: StoredSweep) -> None:
    values = stored.indicator("urban_share").sel(scope="metro")
    found = {(fan.indicator, fan.scope, fan.year): fan for fan in fans(stored)}
    fan = found["urban_share", "metro", 2021]
    expected = np.quantile(values.sel(year=2021), [0.05, 0.25, 0.5, 0.75, 0.95])
    assert fan.quantiles == pytest.approx(expected, rel=1e-12)
    start = float(values.sel(year=2020).median())
    assert fan.required["urban_share_2022"] == pytest.approx((start + 56.0) / 2)
    assert not found["urban_share", "metro", 2023].required


def test_peaks_count_the_years_of_the_highest_value(stored: StoredSweep) -> None:
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


def test_each_point_is_run_from_every_base(
    write: Write, body: str, towns: Path, tmp_path: Path
) -> None:
    (towns / "late.toml").write_text(
        'id = "late"\ntitle = { zh = "晚", en = "Late" }\nextends = "base.toml"\n'
        '[constants]\n"service access start" = 2023\n'
        '"moving rate" = { fuling = 0.05 }\n',
        encoding="utf-8",
    )
    path = write(body, '["base.toml", "late.toml"]')
    carry_out(plan_of(read_sweep(str(path))), tmp_path / "two", Manner(chunk=7))
    stored = open_sweep(tmp_path / "two")
    inputs = stored.inputs
    assert inputs["scenario"].tolist() == ["towns", "late"] * 60
    assert (inputs["death rate"].to_numpy().reshape(-1, 2).std(axis=1) == 0).all()
    assert {share.scenario for share in shares(stored)} == {"towns", "late"}
    assert extracted(stored.folder, 13)[1]


def test_a_run_that_diverges_is_listed_with_its_inputs(
    planned: Planned, tmp_path: Path
) -> None:
    body = (
        'design = "random"\nsize = 3\ninput = [ { constant = "service access ramp", '
        'distribution = "discrete", values = [1, 2] } ]\n'
    )
    plan = planned(body)
    shop = workshop(plan)
    settings = shop.set_by(plan.sweep.design.points(0, 3), 0)
    settings["service access ramp"][1] = np.nan
    part = shop.results(shop.engine(0), settings)
    assert [one.run for one in part.lost] == [1]
    assert np.isnan(part.values[1]).all()
    assert not np.isnan(part.values[[0, 2]]).all(axis=1).any()


def test_the_summary_is_written_beside_the_sweep(stored: StoredSweep) -> None:
    summary = summarised(stored)
    names = {path.name for path in stored.folder.glob("*.csv")}
    assert names == {
        "shares.csv",
        "matrix.csv",
        "fans.csv",
        "peaks.csv",
        "diverged.csv",
    }
    with (stored.folder / "shares.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(summary.said.shares)
    assert summary.said.lost == 0


LARGE = (
    'design = "DESIGN"\nSIZEinput = [ { constant = "death rate", levels = 50 }, '
    '{ constant = "moving rate", levels = 46 } ]\n'
    '[record]\nregions = true\nindicators = ["people"]\n'
)


def test_what_is_summed_in_pieces_is_that_of_the_whole(
    planned: Planned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = LARGE.replace("DESIGN", "random").replace("SIZE", "size = 2300\n")
    carry_out(planned(body), tmp_path / "large", Manner())
    stored = open_sweep(tmp_path / "large")
    assert len(list(stored.pieces())) == 1
    whole = (shares(stored), matrix(stored), peaks(stored))
    assert {share.runs for share in whole[0]} == {2300}
    monkeypatch.setattr("cqsim.study.stored.PIECE", 1)
    assert len(list(stored.pieces())) == 3
    assert (shares(stored), matrix(stored), peaks(stored)) == whole


def test_of_a_large_design_the_first_points_are_looked_at_and_of_a_grid_drawn_ones(
    planned: Planned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = LARGE.replace("DESIGN", "random").replace("SIZE", "size = 2300\n")
    for name, body in (
        ("random", random),
        ("grid", LARGE.replace("DESIGN", "grid").replace("SIZE", "")),
    ):
        carry_out(planned(body), tmp_path / name, Manner())
        stored = open_sweep(tmp_path / name)
        exact = {(f.scope, f.year): f.quantiles for f in fans(stored)}
        with monkeypatch.context() as patch:
            patch.setattr("cqsim.study.fans.EXACT", 1000)
            fewer, runs = stored.some(1000)
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


def test_a_summary_is_made_once(
    stored: StoredSweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = summarised(stored)
    monkeypatch.setattr("cqsim.study.summary.shares", None)
    again = summarised(open_sweep(stored.folder))
    assert again.said == first.said
    assert not again.faults


@pytest.mark.parametrize(
    ("name", "harm", "what"),
    [
        ("summary.json", lambda text: text[:-40], "it is damaged"),
        ("summary.json", lambda text: text.replace("0.", "1.", 1), "it is damaged"),
        ("summary.json", lambda _: '{"key": []}', "of other data or code"),
        ("shares.csv", lambda text: text + "x\n", "missing or changed"),
        ("description.json", lambda text: text + "\n", "of other data or code"),
    ],
)
def test_a_summary_that_does_not_hold_is_made_anew(
    stored: StoredSweep, name: str, harm: Callable[[str], str], what: str
) -> None:
    first = summarised(stored)
    table = (stored.folder / "shares.csv").read_bytes()
    path = stored.folder / name
    path.write_text(harm(path.read_text(encoding="utf-8")), encoding="utf-8")
    again = summarised(open_sweep(stored.folder))
    assert len(again.faults) == 1
    assert what in again.faults[0]
    assert again.said == first.said
    assert (stored.folder / "shares.csv").read_bytes() == table
    assert not summarised(open_sweep(stored.folder)).faults


def test_a_sweep_opens_as_xarray_pandas_and_iamc(
    stored: StoredSweep, tmp_path: Path
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
    carry_out(planned(body), tmp_path / "few", Manner())
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
    stored: StoredSweep, query: str, what: str
) -> None:
    with pytest.raises(QueryError, match=what) as caught:
        stored.sql(query)
    assert "targets (" in str(caught.value)


def test_a_folder_without_a_sweep_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"no manifest\.json"):
        open_sweep(tmp_path)
