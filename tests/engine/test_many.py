"""What must hold of any ensemble, whatever the model."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import cqsim
from cqsim.compile.ir import System
from cqsim.compile.lower import read_system
from cqsim.engine.clock import ClockError
from cqsim.engine.result import OutputChunks, Runs
from cqsim.engine.settings import SettingError
from cqsim.engine.simulation import run_many
from cqsim.errors import UnknownNameError

Make = Callable[..., System]

VALLEYS = """
valley: upper, middle, lower ~ ~ |
down: middle, lower ~ ~ |
forest[valley] = INTEG(growth[valley] - felling[valley], first forest[valley])
    ~ ha ~ |
first forest[valley] = 10, 20, 30 ~ ha ~ |
growth[valley] = rate * forest[valley] * (1 - forest[valley] / room) ~ ha/Year ~ |
rate = 0.3 ~ 1/Year ~ |
room = 100 ~ ha ~ |
felling[valley] = forest[valley] * share[valley] ^ strictness ~ ha/Year ~ |
share[valley] = 0.1, 0.2, 0.3 ~ 1/Year ~ |
strictness = 1.5 ~ 1 ~ |
carried = DELAY3(SUM(felling[valley!]), haul time) ~ ha/Year ~ |
haul time = 4 ~ Year ~ |
price = price table(carried) ~ 1 ~ |
price table((0,5),(1,3),(10,1)) ~ 1 ~ |
total = SUM(forest[valley!]) ~ ha ~ |
"""
OUTPUTS = ["forest", "carried", "price", "total"]
SEVERAL = settings(
    max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def valleys(system_of: Make) -> System:
    return system_of(VALLEYS, end=12)


def table(seed: int, runs: int) -> dict[str, Any]:
    chance = np.random.default_rng(seed)
    return {
        "rate": chance.uniform(0.1, 0.5, runs),
        "share": chance.uniform(0.05, 0.4, (runs, 3)),
        "haul time": chance.uniform(3.0, 6.0, runs),
        "first forest[lower]": chance.uniform(10, 60, runs),
    }


def part(samples: dict[str, Any], which: Any) -> dict[str, Any]:
    return {name: values[which] for name, values in samples.items()}


def same(first: Runs, second: Runs) -> bool:
    return all(
        np.array_equal(first.values[name], second.values[name]) for name in first.values
    )


def assert_each_run_is_the_one_alone(
    system: System, rows: Sequence[dict[str, Any]], ensemble: Runs
) -> None:
    """Assert that a run of an ensemble is the run of its row by itself, to the bit."""
    for run, row in enumerate(rows):
        single = cqsim.run(system, row)
        for name in OUTPUTS:
            found = ensemble.values[name][run]
            assert np.array_equal(found, single.values[name]), name


def test_an_ensemble_is_its_single_runs(valleys: System) -> None:
    samples = table(1, 5)
    ensemble = run_many(valleys, samples, OUTPUTS)
    rows = [
        {
            "rate": samples["rate"][run],
            "share": samples["share"][run],
            "haul time": samples["haul time"][run],
            "first forest": {"lower": samples["first forest[lower]"][run]},
        }
        for run in range(5)
    ]
    assert_each_run_is_the_one_alone(valleys, rows, ensemble)


@SEVERAL
@given(seed=st.integers(0, 99), order=st.permutations(range(9)))
def test_permuting_runs_permutes_results(
    valleys: System, seed: int, order: list[int]
) -> None:
    samples = table(seed, 9)
    straight = run_many(valleys, samples, OUTPUTS)
    mixed = run_many(valleys, part(samples, np.array(order)), OUTPUTS)
    for name in OUTPUTS:
        assert np.array_equal(mixed.values[name], straight.values[name][order])


def test_the_same_samples_give_the_same_bits_after_others(valleys: System) -> None:
    first = run_many(valleys, table(1, 7), OUTPUTS)
    run_many(valleys, table(2, 30), OUTPUTS)
    assert same(run_many(valleys, table(1, 7), OUTPUTS), first)


@pytest.mark.parametrize(
    ("lanes", "threads"), [(1, 2), (4, 1), (8, 2), (16, 3), (32, 1)]
)
def test_bits_depend_neither_on_tiles_nor_on_threads(
    valleys: System, lanes: int, threads: int
) -> None:
    samples = table(3, 50)
    usual = run_many(valleys, samples, OUTPUTS, threads=1)
    other = run_many(valleys, samples, OUTPUTS, lanes=lanes, threads=threads)
    assert same(other, usual)


def test_bits_do_not_depend_on_chunks(
    valleys: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples = table(4, 50)
    usual = run_many(valleys, samples, OUTPUTS)
    monkeypatch.setattr("cqsim.engine.program.CHUNK", 1)
    assert same(run_many(valleys, samples, OUTPUTS, lanes=16), usual)


def test_what_exceeds_the_memory_is_read_back_from_files(
    valleys: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples = table(5, 64)
    usual = run_many(valleys, samples, OUTPUTS)
    monkeypatch.setattr("cqsim.engine.program.CHUNK", 1)
    ensemble = run_many(valleys, samples, OUTPUTS, lanes=16, memory=20_000)
    assert isinstance(ensemble.values, OutputChunks)
    assert sum(isinstance(piece, np.memmap) for piece in ensemble.values.chunks) == 2
    assert same(ensemble, usual)


@SEVERAL
@given(scale=st.sampled_from([0.25, 2.0, 1024.0]))
def test_scaling_the_unit_of_land_scales_the_land(
    valleys: System, scale: float
) -> None:
    """By a power of two, which rounds nothing."""
    land = np.array([[10.0, 20.0, 30.0]] * 2)
    one = run_many(valleys, {"first forest": land, "room": [100.0] * 2}, ["forest"])
    other = run_many(
        valleys,
        {"first forest": land * scale, "room": np.full(2, 100.0 * scale)},
        ["forest"],
    )
    found, wanted = other.values["forest"], one.values["forest"] * scale
    assert np.allclose(found, wanted, rtol=1e-12)


def test_a_constant_made_subscripted_gives_the_same(system_of: Make) -> None:
    plain = system_of(VALLEYS, end=12)
    usual = run_many(plain, {"rate": np.array([0.2, 0.4])}, ["forest"])
    text = VALLEYS.replace("rate * forest", "rate[valley] * forest")
    text = text.replace("rate = 0.3", "rate[valley] = 0.3, 0.3, 0.3")
    rates = np.array([[0.2] * 3, [0.4] * 3])
    other = run_many(system_of(text, end=12), {"rate": rates}, ["forest"])
    assert np.array_equal(usual.values["forest"], other.values["forest"])


def test_lookups_and_initial_values_may_differ_between_runs(valleys: System) -> None:
    rows: list[dict[str, Any]] = [
        {"price table": [(0, 5), (1, 3), (10, 1)], "forest": [1.0, 2.0, 3.0]},
        {"price table": [(0, 8), (20, 0)], "forest": [4.0, 5.0, 6.0]},
    ]
    ensemble = run_many(valleys, rows, OUTPUTS)
    assert_each_run_is_the_one_alone(valleys, rows, ensemble)
    assert list(ensemble.values["forest"][1, 0]) == [4.0, 5.0, 6.0]


@pytest.mark.parametrize("alike", [True, False])
def test_a_lookup_may_have_more_points_than_the_model_gives_it(
    valleys: System, alike: bool
) -> None:
    points = [(float(x), 9.0 - x / 2) for x in range(15)]
    own = [(x, y + 1) for x, y in points]
    rows: list[dict[str, Any]] = [
        {"price table": p, "rate": r} for p, r in ((points, 0.2), (own, 0.4))
    ]
    samples: Any = rows
    if alike:
        samples = {"price table": points, "rate": np.array([0.2, 0.4])}
        rows[1]["price table"] = points
    ensemble = run_many(valleys, samples, OUTPUTS)
    assert_each_run_is_the_one_alone(valleys, rows, ensemble)


def test_a_run_that_diverges_is_marked_and_the_others_are_whole(
    valleys: System,
) -> None:
    rates = np.array([0.3, 1e200, 0.3])
    ensemble = run_many(valleys, {"rate": rates}, ["total"])
    (lost,) = ensemble.diverged
    assert (lost.run, lost.variable) == (1, "growth[upper]")
    assert lost.time == 1.0
    assert np.array_equal(ensemble.values["total"][0], ensemble.values["total"][2])


def test_a_run_with_a_delay_shorter_than_its_steps_is_marked(valleys: System) -> None:
    ensemble = run_many(valleys, {"haul time": np.array([4.0, 2.0])}, OUTPUTS)
    (lost,) = ensemble.diverged
    assert (lost.run, lost.variable) == (1, "a delay shorter than its steps")


def test_outputs_come_with_their_axes(valleys: System) -> None:
    array = run_many(valleys, table(1, 2), ["forest"])["forest"]
    assert array.dims == ("run", "time", "valley")
    assert list(array.coords["valley"].values) == ["upper", "middle", "lower"]
    assert array.attrs == {"units": "ha", "long_name": "forest"}


def test_a_name_that_the_model_lacks_is_refused_with_the_nearest(
    valleys: System,
) -> None:
    with pytest.raises(UnknownNameError, match=r"'haul tme'.*'haul time'"):
        run_many(valleys, {"haul tme": np.ones(3)}, OUTPUTS)


def test_a_computed_variable_cannot_be_set(valleys: System) -> None:
    with pytest.raises(SettingError, match="growth: it is computed by an equation"):
        run_many(valleys, {"growth": np.ones(3)}, OUTPUTS)


def test_columns_of_different_lengths_are_refused(valleys: System) -> None:
    with pytest.raises(SettingError, match="columns have 2 and 3 values"):
        run_many(valleys, {"rate": np.ones(2), "room": np.ones(3)}, OUTPUTS)


def test_a_notebook_runs_a_model_many_times(valleys: System) -> None:
    model = cqsim.read_model(valleys.path)
    samples = pd.DataFrame({"rate": [0.1, 0.3], "share[upper]": [0.1, 0.2]})
    ensemble = cqsim.run_many(model, samples, outputs=["total"])
    assert isinstance(ensemble, cqsim.Runs)
    assert ensemble["total"].shape == (2, 13)


def test_a_fixed_delay_may_last_longer_in_one_run_than_in_another(
    system_of: Make,
) -> None:
    system = system_of(
        "n: a, b ~ ~ |\n"
        "x[n] = DELAY FIXED(Time * scale[n], wait, 0.5) ~ 1 ~ |\n"
        "scale[n] = 1, 10 ~ 1 ~ |\nwait = 2 ~ Year ~ |\n",
        end=9,
    )
    waits = np.array([0.0, 1.0, 2.4, 2.5, 7.0, 100.0])
    ensemble = run_many(system, {"wait": waits}, ["x"])
    for run, wait in enumerate(waits):
        single = cqsim.run(system, {"wait": float(wait)})
        assert np.array_equal(ensemble.values["x"][run], single.values["x"]), wait
    assert list(ensemble.values["x"][2, :5, 1]) == [0.5, 0.5, 0.0, 10.0, 20.0]


STARTED = (
    "x = INTEG(rate, 5) ~ 1 ~ |\nrate = 1 ~ 1/Year ~ |\n"
    "census year = 0 ~ Year ~ |\nsince = Time - INITIAL TIME ~ Year ~ |\n"
)


def started(system_of: Make) -> System:
    path = system_of(STARTED).path
    text = path.read_text(encoding="utf-8")
    text = text.replace("INITIAL TIME = 0", "INITIAL TIME = census year")
    path.write_text(text, encoding="utf-8")
    return read_system(path)


def test_runs_that_would_start_in_different_years_are_refused(system_of: Make) -> None:
    samples = {"census year": np.array([0.0, 2.0])}
    with pytest.raises(ClockError, match=r"differ in 'census year', which the clock"):
        run_many(started(system_of), samples)


@pytest.mark.parametrize("year", [2.0, np.full(3, 2.0)])
def test_a_year_that_all_runs_share_moves_their_clock(
    system_of: Make, year: Any
) -> None:
    samples = {"census year": year, "rate": np.ones(3)}
    ensemble = run_many(started(system_of), samples)
    assert ensemble.times.tolist() == [2.0, 3.0, 4.0]
    assert ensemble.values["since"][2].tolist() == [0.0, 1.0, 2.0]
    assert ensemble.values["x"][2].tolist() == [5.0, 6.0, 7.0]


def test_a_constant_that_decides_how_many_levels_there_are_cannot_be_varied(
    system_of: Make,
) -> None:
    system = system_of("x = DELAY N(Time, 8, 0, n) ~ 1 ~ |\nn = 3 ~ 1 ~ |\n")
    with pytest.raises(SettingError, match="n: it decides how many levels a delay"):
        run_many(system, {"n": np.array([2.0, 3.0])})
