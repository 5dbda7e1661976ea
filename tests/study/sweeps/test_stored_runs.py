from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cqsim.engine.simulation import run
from cqsim.judge.measure import UndefinedIndicatorError
from cqsim.judge.verdicts import STATUSES, judge, judge_runs
from cqsim.study.attainment import attainments
from cqsim.study.columns import values_of
from cqsim.study.execute import SweepOptions, run_sweep
from cqsim.study.extract import extracted
from cqsim.study.job import SweepJob, job_of
from cqsim.study.results import SweepResults, open_sweep
from cqsim.study.sweep import read_sweep
from cqsim.study.worker import compiled, compute

Planned = Callable[..., SweepJob]
Write = Callable[..., Path]


def test_every_run_is_there_once(stored: SweepResults) -> None:
    assert stored.inputs.index.tolist() == list(range(60))
    counts = stored.rows("select count(*), count(distinct run) from targets")
    assert counts == [(60 * 4, 60)]


def test_inputs_lie_within_their_ends(stored: SweepResults) -> None:
    drawn = stored.inputs["death rate"]
    assert 0.005 <= drawn.min() < 0.01
    assert 0.045 < drawn.max() <= 0.05


def test_a_stored_run_is_the_run_of_its_settings(stored: SweepResults) -> None:
    drawn = {str(k): v for k, v in stored.inputs.loc[17].to_dict().items()}
    path = Path(stored.description["path"]).parent / "initial/births.csv"
    births = np.loadtxt(path, delimiter=",", skiprows=1, usecols=1)
    births[1:] *= float(drawn["birth rate[outer]"])
    access = float(drawn["service_access"])
    model = Path(stored.description["path"]).parent / "towns.mdl"
    settings: dict[str, Any] = {
        "death rate": float(drawn["death rate"]),
        "birth rate": births,
        "service access": np.array([0.0, access, access]),
    }
    found = run(model, settings).values["Population"][-1]
    array = stored.variable("Population").sel(run=17, year=2024)
    for number, town in enumerate(("yuzhong", "fuling", "guangan")):
        for place, settlement in enumerate(("urban", "rural")):
            value = float(array.sel(place=f"{town},{settlement}"))
            assert value == found[number, place]


def test_a_run_is_judged_alike_alone_and_among_any_number_of_runs() -> None:
    plan = job_of(read_sweep("uncertainty"))
    sweep = compiled(plan)
    rules = sweep.case
    targets = list(rules.judged_targets.values())
    recorded = {column.indicator for column in plan.columns if column.indicator}
    many = sweep.run(sweep.settings_at(plan.sweep.design.points(0, 1000), 0), 0)
    verdicts = judge_runs(many, targets)
    assert len(np.unique(verdicts.statuses)) == len(STATUSES)
    for number in (0, 7, 999):
        alone = many.of(many.runs.run(number))
        judgement = judge(alone, targets)
        assert [v.target for v in judgement.verdicts] == targets
        for column, verdict in enumerate(judgement.verdicts):
            assert verdict.value == verdicts.values[number, column]
            assert verdict.margin == verdicts.margins[number, column]
            assert verdict.status is STATUSES[verdicts.statuses[number, column]]
        for boundary in ("metro", "cq21"):
            inside, outside = alone.within(boundary), many.within(boundary)
            for name, scope in product(recorded, ("metro", "outer", "fuling")):
                try:
                    expected = inside.path(name, scope)
                except UndefinedIndicatorError:
                    with pytest.raises(UndefinedIndicatorError):
                        outside.paths(name, scope)
                    continue
                path = outside.paths(name, scope)[number]
                assert np.array_equal(path, expected, equal_nan=True), (name, scope)


def test_parts_of_a_sweep_of_the_shipped_model_are_the_same_to_the_bit() -> None:
    plan = job_of(read_sweep("uncertainty"))
    whole = compute(plan, 0, 40).values
    parts = [compute(plan, a, b).values for a, b in ((0, 1), (1, 24), (24, 40))]
    assert np.array_equal(np.concatenate(parts), whole, equal_nan=True)


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
    run_sweep(job_of(read_sweep(str(path))), tmp_path / "two", SweepOptions(chunk=7))
    stored = open_sweep(tmp_path / "two")
    inputs = stored.inputs
    assert inputs["scenario"].tolist() == ["towns", "late"] * 60
    assert (inputs["death rate"].to_numpy().reshape(-1, 2).std(axis=1) == 0).all()
    assert {share.scenario for share in attainments(stored)[0]} == {"towns", "late"}
    assert extracted(stored.folder, 13)[1]


def test_a_run_that_diverges_is_listed_with_its_inputs(
    planned: Planned, tmp_path: Path
) -> None:
    body = (
        'design = "random"\nsize = 3\ninput = [ { constant = "service access ramp", '
        'distribution = "discrete", values = [1, 2] } ]\n'
    )
    plan = planned(body)
    sweep = compiled(plan)
    settings = sweep.settings_at(plan.sweep.design.points(0, 3), 0)
    settings["service access ramp"][1] = 0.0
    found = sweep.run(settings, 0)
    assert [one.run for one in found.runs.diverged] == [1]
    values = values_of(found, plan.columns)
    assert np.isnan(values[1]).all()
    assert not np.isnan(values[[0, 2]]).all(axis=1).any()
