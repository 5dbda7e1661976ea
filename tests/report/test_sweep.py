import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from cqsim.model.model import Model
from cqsim.model.resolve import read_model
from cqsim.report.sections.uncertainty import differing_targets
from cqsim.report.sweep import SweepError, collected, results
from cqsim.study.store import FORMAT

TOWNS = Path(__file__).parents[1] / "reference" / "towns" / "towns.mdl"
HEAD = (
    "scenario,target,kind,detail,scope,year,operator,required,runs,share,error,low,high"
)
ROW = "base,full,headline,,metro,2025,>=,1,600,0.4,0.02,0.36,0.44"
MATRIX = "scenario,target,region,year,runs,share\nbase,full,a,2025,600,0.4\n"
FANS = """scenario,indicator,scope,year,q05,q25,q50,q75,q95,target,required
base,share,metro,2020,1,2,3,4,5,,
"""
WORDS = {"zh": "抽样", "en": "sample"}


@pytest.fixture
def model() -> Model:
    return read_model(TOWNS)


@pytest.fixture
def folder(tmp_path: Path, model: Model) -> Path:
    """Return the folder of a finished sweep of one target, without its runs."""
    manifest = {
        "format": FORMAT,
        "files": {"towns.mdl": sha256(TOWNS.read_bytes()).hexdigest()},
        "base_order": ["base"],
        "sweep": {"inputs": {}},
    }
    description: dict[str, Any] = {
        "title": WORDS,
        "share": {"zh": "概率", "en": "probability"},
        "bases": {"base": WORDS},
        "inputs": {},
        "targets": {"full": {"operator": ">=", "required": 1}},
    }
    written = {
        "manifest.json": json.dumps(manifest),
        "description.json": json.dumps(description),
        "shares.csv": f"{HEAD}\n{ROW}\n",
        "matrix.csv": MATRIX,
        "fans.csv": FANS,
        "finished.json": "{}",
    }
    for name, text in written.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_a_sweep_gives_shares_fans_and_the_matrix(folder: Path, model: Model) -> None:
    found = results(collected(folder, model), "base")
    assert found is not None
    assert found.word.en == "probability"
    assert (found.chances[0].share, found.runs) == (0.4, 600)
    assert found.matrix == {("full", "a"): 0.4}
    assert found.fans["share", "metro"] == {2020: (1.0, 2.0, 3.0, 4.0, 5.0)}


def test_without_a_sweep_there_is_nothing_to_say() -> None:
    assert results({}, "base") is None


def test_a_sweep_of_another_model_is_refused(folder: Path, model: Model) -> None:
    (folder / "manifest.json").write_text('{"files": {"towns.mdl": "0"}}')
    with pytest.raises(SweepError, match=r"another model than towns\.mdl"):
        collected(folder, model)


def test_a_folder_without_a_sweep_is_refused(tmp_path: Path, model: Model) -> None:
    with pytest.raises(SweepError, match="no finished sweep in it"):
        collected(tmp_path, model)


def test_a_damaged_manifest_is_refused(folder: Path, model: Model) -> None:
    (folder / "manifest.json").write_text("{")
    with pytest.raises(SweepError, match="damaged"):
        collected(folder, model)


@pytest.mark.parametrize("name", ["shares.csv", "matrix.csv", "fans.csv"])
@pytest.mark.parametrize("text", ["", "garbage\n", "\x00"])
def test_a_damaged_table_is_refused(
    folder: Path, model: Model, name: str, text: str
) -> None:
    (folder / name).write_text(text)
    with pytest.raises(SweepError, match="its tables are damaged"):
        collected(folder, model)


def test_a_sweep_that_is_not_finished_is_refused(folder: Path, model: Model) -> None:
    (folder / "finished.json").unlink()
    with pytest.raises(SweepError, match=r"no finished\.json"):
        collected(folder, model)


def test_a_sweep_of_other_data_is_refused(folder: Path, model: Model) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["units.txt"] = "0"
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(SweepError, match=r"another model .*: units\.txt differs"):
        collected(folder, model)


def test_targets_on_which_regions_agree_are_not_in_the_matrix() -> None:
    shares = {("x", "a"): 0.0, ("x", "b"): 1.0, ("y", "a"): 1.0, ("y", "b"): 1.0}
    assert differing_targets(shares) == ["x"]
