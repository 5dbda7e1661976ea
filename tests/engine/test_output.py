import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from cqsim.case.scenario import read_scenario
from cqsim.engine import folder as folder_module
from cqsim.engine.folder import OutputError, replaced
from cqsim.engine.identity import commit_of
from cqsim.judge.judged_run import (
    JudgedRun,
    record_of,
    run_scenario,
    write_folder,
)

COLUMNS = ["variable", "region", "settlement", "destination", "year", "value", "unit"]


def asked(query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(":memory:") as connection:
        return list(connection.execute(query).fetchall())


@pytest.fixture
def outcome(towns: Path) -> JudgedRun:
    return run_scenario(read_scenario(str(towns.parent / "base.toml")))


def test_the_parquet_file_has_every_value_of_the_run(
    outcome: JudgedRun, tmp_path: Path
) -> None:
    write_folder(outcome, tmp_path)
    path = tmp_path / "towns" / "series.parquet"
    assert [name for name, *_ in asked(f"describe from '{path}'")] == COLUMNS
    assert asked(f"select count(*) from '{path}'") == [(5 * 36,)]
    query = f"from '{path}' select value where variable = 'Population' and year = 2024"
    there = [value for (value,) in asked(query)]
    expected = outcome.result["Population"].sel(time=2024).values.ravel()
    np.testing.assert_array_equal(there, expected)


def test_a_flow_between_regions_names_both(outcome: JudgedRun, tmp_path: Path) -> None:
    write_folder(outcome, tmp_path, csv=True)
    with (tmp_path / "towns/series.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    moves = {
        (row["region"], row["destination"]): float(row["value"])
        for row in rows
        if row["variable"] == "moves" and row["year"] == "2020.0"
    }
    expected = outcome.result["moves"].sel(time=2020)
    assert len(moves) == 9
    for (origin, destination), value in moves.items():
        assert value == expected.sel(region=origin, destination=destination)


def test_constants_are_in_the_manifest_not_in_the_series(
    outcome: JudgedRun, tmp_path: Path
) -> None:
    write_folder(outcome, tmp_path)
    path = tmp_path / "towns/series.parquet"
    names = asked(f"select distinct variable from '{path}'")
    assert ("death rate",) not in names
    assert ("births",) in names


def test_the_same_run_gives_the_same_bytes(towns: Path, tmp_path: Path) -> None:
    scenario = read_scenario(str(towns.parent / "base.toml"))
    for name in ("one", "two"):
        write_folder(run_scenario(scenario), tmp_path / name, csv=True)
    one, two = tmp_path / "one/towns", tmp_path / "two/towns"
    for name in ("series.parquet", "series.csv", "targets.csv"):
        assert (one / name).read_bytes() == (two / name).read_bytes()
    manifests = [
        json.loads((f / "manifest.json").read_text("utf-8")) for f in (one, two)
    ]
    for manifest in manifests:
        del manifest["wall_seconds"]
    assert manifests[0] == manifests[1]


def test_the_manifest_says_what_the_run_was_made_from(
    outcome: JudgedRun, tmp_path: Path
) -> None:
    write_folder(outcome, tmp_path)
    text = (tmp_path / "towns/manifest.json").read_text(encoding="utf-8")
    manifest = json.loads(text)
    assert [Path(f["path"]).name for f in manifest["data"]] == [
        "births.csv",
        "people.csv",
    ]
    assert manifest["seed"] is None
    assert manifest["time"] == {"start": 2020.0, "end": 2024.0, "step": 0.25}
    assert set(manifest["outputs"]) == {"series.parquet", "targets.csv"}
    assert manifest["model"]["sha256"] == outcome.scenario.model.sha256


def test_the_json_object_has_the_agreed_keys(outcome: JudgedRun) -> None:
    content = record_of(outcome, [Path("out/towns/series.parquet")])
    assert list(content) == [
        *("scenario", "model", "time", "targets", "indicators", "files", "warnings")
    ]
    assert set(content["scenario"]) == {"id", "title", "sha256"}
    (target,) = content["targets"]
    assert target["required"] == 56.0
    assert len(target["readings"]) == 2
    assert set(content["indicators"][0]) == {"id", "scope", "year", "value", "unit"}
    assert json.loads(json.dumps(content, allow_nan=False)) == content


def test_a_target_beyond_the_run_is_a_warning(outcome: JudgedRun) -> None:
    assert any("people_2040" in warning for warning in outcome.warnings)


def broken(path: Path) -> Iterator[None]:
    message = "no space left"
    raise OSError(28, message)


@pytest.mark.parametrize("step", ["_flush", "_carry_over", "_put"])
def test_a_failure_at_any_step_leaves_the_old_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    folder = tmp_path / "result"
    with replaced(folder) as fresh:
        (fresh / "manifest.json").write_text("old", encoding="utf-8")
    monkeypatch.setattr(folder_module, step, lambda *paths: next(broken(paths[0])))
    with (
        pytest.raises(OutputError, match="cannot be written"),
        replaced(folder) as fresh,
    ):
        (fresh / "manifest.json").write_text("new", encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["result"]
    assert (folder / "manifest.json").read_text(encoding="utf-8") == "old"


@pytest.mark.parametrize("swap", [True, False])
def test_a_new_result_takes_the_place_of_the_old_as_a_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, swap: bool
) -> None:
    if not swap:
        monkeypatch.setattr(folder_module, "_exchange", lambda one, other: False)
    folder = tmp_path / "result"
    for name in ("series.csv", "series.parquet"):
        with replaced(folder) as fresh:
            (fresh / name).write_text(name, encoding="utf-8")
        (folder / "notes.txt").write_text("mine", encoding="utf-8")
    assert sorted(path.name for path in folder.iterdir()) == [
        "notes.txt",
        "series.parquet",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["result"]


def test_a_commit_is_read_from_a_branch_a_pack_and_a_worktree(tmp_path: Path) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    git = tmp_path / ".git"
    (git / "refs/heads").mkdir(parents=True)
    (git / "HEAD").write_text("ref: refs/heads/main\n", encoding="utf-8")
    assert commit_of(tmp_path / "model.mdl") is None
    (git / "packed-refs").write_text(f"{commit} refs/heads/main\n", encoding="utf-8")
    assert commit_of(tmp_path / "model.mdl") == commit
    (git / "refs/heads/main").write_text(commit[::-1] + "\n", encoding="utf-8")
    assert commit_of(tmp_path / "model.mdl") == commit[::-1]
    own = git / "worktrees/other"
    own.mkdir(parents=True)
    (own / "HEAD").write_text(commit + "\n", encoding="utf-8")
    (own / "commondir").write_text("../..\n", encoding="utf-8")
    other = tmp_path / "other"
    other.mkdir()
    (other / ".git").write_text(f"gitdir: {own}\n", encoding="utf-8")
    assert commit_of(other / "model.mdl") == commit
