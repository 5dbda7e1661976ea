import json
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest

from cqsim.errors import CqsimError
from cqsim.model.model import Model
from cqsim.model.resolve import read_model
from cqsim.report.sections.uncertainty import differing_targets
from cqsim.report.sweep import (
    SweepError,
    SweepOfScenario,
    collected,
    facts_of,
    of_scenario,
    read_sweep_facts,
    swings,
)
from cqsim.study.execute import run_sweep
from cqsim.study.job import job_of
from cqsim.study.results import SweepResults
from cqsim.study.sweep import read_sweep

Swept = Callable[..., SweepResults]

TOWNS = Path(__file__).parents[1] / "reference" / "towns"
SWEEP = """id = "mine"
title = { zh = "我的", en = "Mine" }
bases = ["base.toml"]
design = "latin_hypercube"
size = 60
input = [
    { constant = "death rate", low = 0.005, high = 0.05 },
    { constant = "birth rate", apply = "factor", low = 0.5, high = 2 },
]
[record]
regions = true
indicators = ["urban_share"]
scopes = ["metro"]
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of three towns, in which a sweep of them has been run."""
    towns = Path(copytree(TOWNS, tmp_path_factory.mktemp("case") / "towns"))
    (towns / "sweep.toml").write_text(SWEEP, encoding="utf-8")
    plan = job_of(read_sweep(str(towns / "sweep.toml")))
    run_sweep(plan, towns / "out")
    return towns


@pytest.fixture
def towns(run: Path, tmp_path: Path) -> Path:
    """Return a copy of the towns with their sweep, to be damaged."""
    return Path(copytree(run, tmp_path / "towns"))


@pytest.fixture
def folder(towns: Path) -> Path:
    return towns / "out"


@pytest.fixture
def model(towns: Path) -> Model:
    return read_model(towns / "towns.mdl")


def of_baseline(sweep: SweepResults) -> SweepOfScenario:
    return of_scenario(facts_of(sweep), "baseline")


# --- the folder -----------------------------------------------------------------------


def test_a_sweep_gives_shares_fans_and_the_matrix(folder: Path, model: Model) -> None:
    found = read_sweep_facts(collected(folder, model), "towns")
    assert found is not None
    assert found.share["en"]
    row = found.targets["urban_share_2022"]
    assert (row.runs, row.low <= row.share <= row.high) == (60, True)
    assert {target for target, _ in found.matrix} <= set(found.targets)
    assert len(found.fans["urban_share", "metro"]) > 1
    assert list(found.inputs.values())[1].apply == "factor"


def test_without_a_sweep_there_is_nothing_to_say() -> None:
    assert read_sweep_facts({}, "base") is None


def test_a_scenario_that_the_sweep_lacks_has_its_first_base(
    folder: Path, model: Model
) -> None:
    files = collected(folder, model)
    first = read_sweep_facts(files, "towns")
    assert read_sweep_facts(files, "another") == first


def test_a_sweep_of_another_model_is_refused(folder: Path, model: Model) -> None:
    model.path.write_text(model.path.read_text() + "\n")
    with pytest.raises(SweepError, match=r"another model than towns\.mdl"):
        collected(folder, model)


def test_a_sweep_of_other_data_is_refused(folder: Path, model: Model) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["units.txt"] = "0"
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(SweepError, match=r"another model .*: units\.txt differs"):
        collected(folder, model)


def test_a_folder_without_a_sweep_is_refused(tmp_path: Path, model: Model) -> None:
    with pytest.raises(CqsimError, match=r"no sweep in it \(no manifest\.json\)"):
        collected(tmp_path, model)


def test_a_damaged_manifest_is_refused(folder: Path, model: Model) -> None:
    (folder / "manifest.json").write_text("{")
    with pytest.raises(CqsimError, match=r"manifest\.json is damaged"):
        collected(folder, model)


def test_a_sweep_that_is_not_finished_is_refused(folder: Path, model: Model) -> None:
    (folder / "finished.json").unlink()
    with pytest.raises(CqsimError, match="not finished"):
        collected(folder, model)


@pytest.mark.parametrize("name", ["shares.csv", "matrix.csv", "fans.csv"])
@pytest.mark.parametrize("text", ["", "garbage\n", "\x00"])
def test_a_damaged_table_is_made_anew(
    folder: Path, model: Model, name: str, text: str
) -> None:
    before = collected(folder, model)
    (folder / name).write_text(text)
    assert collected(folder, model) == before


# --- what decides ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def drawn(swept: Swept) -> Callable[[float], SweepResults]:
    """Return what makes a sweep of which so many runs meet the target."""

    def _drawn(share: float) -> SweepResults:
        first, second = np.random.default_rng(2).uniform(0.0, 1.0, (2, 400))
        return swept(first, second, first <= np.quantile(first, share))

    return _drawn


def test_a_box_names_the_input_that_decides_and_only_that(stored: SweepResults) -> None:
    sweep = of_baseline(stored)
    (box,) = sweep.boxes.values()
    (side,) = box.box.sides
    assert (list(sweep.inputs)[side.input], side.at_least) == ("first", False)
    assert side.value == pytest.approx(0.3, abs=0.03)
    assert box.box.density > 0.9


@pytest.mark.parametrize(
    ("met", "missed"), [(0.3, False), (0.4, False), (0.5, True), (0.6, True)]
)
def test_the_box_is_of_the_rarer_outcome_and_of_two_halves_of_the_missed(
    drawn: Callable[[float], SweepResults], met: float, missed: bool
) -> None:
    (box,) = of_baseline(drawn(met)).boxes.values()
    assert box.missed is missed
    assert box.share == pytest.approx(min(met, 1 - met), abs=0.005)


@pytest.mark.parametrize("met", [0.0, 0.01, 0.99, 1.0])
def test_a_target_that_nearly_all_runs_meet_or_miss_has_no_box(
    drawn: Callable[[float], SweepResults], met: float
) -> None:
    assert of_baseline(drawn(met)).boxes == {}


def test_the_swing_of_an_input_is_between_its_outer_fifths(
    stored: SweepResults,
) -> None:
    found = {swing.input: swing for swing in swings(stored)}
    assert (found["first"].low, found["first"].high) == (1.0, 0.0)
    assert found["second"].size < 0.3


def test_without_runs_there_are_no_swings(tmp_path: Path) -> None:
    empty = SweepResults(tmp_path, {"base_order": ["baseline"]}, {"targets": {}})
    assert list(swings(empty)) == []


def test_targets_on_which_regions_agree_are_not_in_the_matrix() -> None:
    shares = {("x", "a"): 0.0, ("x", "b"): 1.0, ("y", "a"): 1.0, ("y", "b"): 1.0}
    assert differing_targets(shares) == ["x"]
