import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from shutil import copytree, rmtree

import pytest

import cqsim
from cqsim.errors import FaultsError
from cqsim.study.disk import StoreError, held
from cqsim.study.execute import SweepOptions, run_sweep
from cqsim.study.job import SweepJob
from cqsim.study.results import open_sweep

Planned = Callable[..., SweepJob]
Write = Callable[..., Path]
MAIN = "from cqsim.cli import main; main()"
KILLS = int(os.environ.get("CQSIM_KILLS", "4"))


def digests(folder: Path) -> dict[str, str]:
    """Return the hash of every file that belongs to a sweep."""
    return {
        str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


@pytest.fixture
def undisturbed(planned: Planned, tmp_path: Path) -> dict[str, str]:
    """Return the hashes of the sweep as it comes out if nothing disturbs it."""
    folder = tmp_path / "undisturbed"
    assert run_sweep(planned(), folder, SweepOptions(chunk=60)).finished
    return digests(folder)


@pytest.mark.parametrize("chunk", [1, 7, 59, 60, 1000])
def test_the_bytes_do_not_depend_on_the_size_of_a_chunk(
    planned: Planned, undisturbed: dict[str, str], tmp_path: Path, chunk: int
) -> None:
    run_sweep(planned(), tmp_path / "out", SweepOptions(chunk=chunk))
    assert digests(tmp_path / "out") == undisturbed


@pytest.mark.slow
def test_the_bytes_do_not_depend_on_the_number_of_workers(
    planned: Planned, undisturbed: dict[str, str], tmp_path: Path
) -> None:
    run_sweep(planned(), tmp_path / "out", SweepOptions(workers=2, chunk=7))
    assert digests(tmp_path / "out") == undisturbed


@pytest.fixture
def several(planned: Planned, body: str) -> SweepJob:
    """Return a sweep of three partitions, the last of 500 runs."""
    return planned(body.replace("size = 60", "size = 2500"))


@pytest.fixture
def calm(several: SweepJob, tmp_path: Path) -> dict[str, str]:
    """Return the hashes of that sweep as it comes out if nothing disturbs it."""
    assert run_sweep(several, tmp_path / "calm").finished
    return digests(tmp_path / "calm")


@pytest.mark.parametrize("count", [2, 3])
def test_the_bytes_do_not_depend_on_the_shards(
    several: SweepJob, calm: dict[str, str], tmp_path: Path, count: int
) -> None:
    folder = tmp_path / "out"
    ended = [
        run_sweep(several, folder, SweepOptions(chunk=80, shard=(number, count)))
        for number in reversed(range(count))
    ]
    assert [one.finished for one in ended] == [False] * (count - 1) + [True]
    assert sum(one.computed for one in ended) == 2500
    assert digests(folder) == calm


def test_what_a_shard_leaves_a_sweep_without_shards_runs(
    several: SweepJob, calm: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    ended = run_sweep(several, folder, SweepOptions(shard=(1, 2)))
    assert (ended.computed, ended.missing) == (1000, 1500)
    assert run_sweep(several, folder, SweepOptions(chunk=33)).computed == 1500
    assert digests(folder) == calm


def test_a_finished_sweep_is_recognised(planned: Planned, tmp_path: Path) -> None:
    plan = planned()
    assert run_sweep(plan, tmp_path / "out", SweepOptions()).computed == 60
    before = {
        p: p.stat().st_mtime_ns for p in (tmp_path / "out/data").rglob("*.parquet")
    }
    again = run_sweep(plan, tmp_path / "out", SweepOptions())
    assert (again.computed, again.finished, again.damage) == (0, True, ())
    assert before == {path: path.stat().st_mtime_ns for path in before}


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


def spoil(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def remove(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize(
    ("harm", "name", "what"),
    [
        (spoil, "targets.parquet", "targets.parquet is damaged"),
        (remove, "inputs.parquet", "inputs.parquet is missing"),
        (cut, "part.json", "its note is missing or damaged"),
    ],
)
def test_a_harmed_part_of_a_finished_sweep_is_named_and_run_again(
    planned: Planned,
    undisturbed: dict[str, str],
    tmp_path: Path,
    harm: Callable[[Path], None],
    name: str,
    what: str,
) -> None:
    plan, folder = planned(), tmp_path / "out"
    run_sweep(plan, folder, SweepOptions())
    harm(folder / "data/part-0000000" / name)
    ended = run_sweep(plan, folder, SweepOptions())
    assert [what in fault for fault in ended.damage] == [True]
    assert ended.computed == 60
    assert digests(folder) == undisturbed


def test_a_part_that_is_gone_is_named_and_run_again(
    several: SweepJob, calm: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    run_sweep(several, folder)
    rmtree(folder / "data/part-0000001")
    ended = run_sweep(several, folder)
    assert ["part-0000001: it is missing" in fault for fault in ended.damage] == [True]
    assert ended.computed == 1000
    assert digests(folder) == calm


@pytest.mark.parametrize("format_of", [{}, {"format": 1}, {"format": "x"}])
def test_a_folder_of_another_version_is_refused(
    planned: Planned, tmp_path: Path, format_of: dict[str, object]
) -> None:
    plan, folder = planned(), tmp_path / "out"
    run_sweep(plan, folder)
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    del manifest["format"]
    (folder / "manifest.json").write_text(json.dumps(manifest | format_of), "utf-8")
    for use in (lambda: run_sweep(plan, folder), lambda: open_sweep(folder)):
        with pytest.raises(StoreError, match="written by another version of cqsim"):
            use()


def test_a_damaged_manifest_costs_no_run(planned: Planned, tmp_path: Path) -> None:
    plan, folder = planned(), tmp_path / "out"
    run_sweep(plan, folder, SweepOptions())
    cut(folder / "manifest.json")
    ended = run_sweep(plan, folder, SweepOptions())
    assert "manifest.json: it is damaged" in ended.damage[0]
    assert ended.computed == 0


def test_two_sweeps_do_not_work_in_one_folder(planned: Planned, tmp_path: Path) -> None:
    plan, folder = planned(), tmp_path / "out"
    folder.mkdir()
    with held(folder), pytest.raises(StoreError, match=f"process {os.getpid()} on"):
        run_sweep(plan, folder, SweepOptions())
    with held(folder, shared=True), pytest.raises(StoreError, match="sweeps into it"):
        run_sweep(plan, folder, SweepOptions())
    assert run_sweep(plan, folder, SweepOptions()).computed == 60


def test_one_shard_is_not_run_twice_at_once(planned: Planned, tmp_path: Path) -> None:
    plan, folder = planned(), tmp_path / "out"
    folder.mkdir()
    with held(folder, shared=True), held(folder, ".lock-1-of-2"):
        with pytest.raises(StoreError, match="sweeps into it"):
            run_sweep(plan, folder, SweepOptions(shard=(0, 2)))
        assert run_sweep(plan, folder, SweepOptions(shard=(1, 2))).missing == 60


@pytest.mark.parametrize(
    ("file", "old", "new", "what"),
    [
        ("towns.mdl", "0.01\n", "0.02\n", "towns.mdl has changed"),
        ("initial/births.csv", "0.", "0.0", "initial/births.csv has changed"),
        ("targets.toml", "value = 56.0", "value = 54.0", "targets.toml has changed"),
        ("sweep.toml", "seed = 3", "seed = 4", "sweep.seed: was 3, is 4"),
        ("sweep.toml", "high = 0.05", "high = 0.06", "death rate.high: was 0.05, is"),
        (
            "base.toml",
            'model = "towns.mdl"',
            'model = "towns.mdl"\n[constants]\n"service access start" = 2024',
            "bases.towns.service access start: is new: 2024",
        ),
    ],
)
def test_another_sweep_in_the_folder_is_refused_with_what_changed(
    planned: Planned,
    towns: Path,
    tmp_path: Path,
    file: str,
    old: str,
    new: str,
    what: str,
) -> None:
    run_sweep(planned(), tmp_path / "out", SweepOptions(chunk=30))
    before = digests(tmp_path / "out")
    text = (towns / file).read_text(encoding="utf-8")
    assert old in text
    changed = text.replace(old, new, 1)
    (towns / file).write_text(changed, encoding="utf-8")
    body = changed.split("\n", 5)[5] if file == "sweep.toml" else None
    plan = planned(body) if body else planned()
    with pytest.raises(FaultsError, match="another sweep") as caught:
        run_sweep(plan, tmp_path / "out", SweepOptions())
    assert what in str(caught.value)
    assert digests(tmp_path / "out") == before


def test_a_sweep_is_not_continued_by_another_code_generator(
    planned: Planned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = planned()
    llvmlite, numpy = (version(name) for name in ("llvmlite", "numpy"))
    assert str(plan.identity["engine"]).startswith(f"llvmlite {llvmlite} (LLVM ")
    assert str(plan.identity["engine"]).endswith(f", numpy {numpy}")
    run_sweep(plan, tmp_path / "out", SweepOptions(shard=(1, 2)))
    monkeypatch.setattr("cqsim.llvm.native.FEATURES", ())
    with pytest.raises(FaultsError, match="another sweep") as caught:
        run_sweep(planned(), tmp_path / "out", SweepOptions())
    assert "engine: was llvmlite" in str(caught.value)


def test_a_folder_that_cannot_be_written_is_named_with_what_to_do(
    planned: Planned, tmp_path: Path
) -> None:
    (tmp_path / "out").write_text("a file", encoding="utf-8")
    with pytest.raises(StoreError, match="Give another folder with --out"):
        run_sweep(planned(), tmp_path / "out" / "in it", SweepOptions())


def command(towns: Path, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", MAIN, "sweep", "sweep.toml", "--quiet", *arguments],
        cwd=towns,
        env={**os.environ, "PYTHONPATH": str(Path(cqsim.__file__).parents[1])},
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


@pytest.fixture
def many(write: Write, body: str, towns: Path) -> Path:
    """Return the folder of a sweep of several thousand runs, not yet begun."""
    write(body.replace("size = 60", "size = 3500"))
    return towns


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_sweep_that_is_killed_again_and_again_ends_with_the_same_bytes(
    many: Path, workers: str
) -> None:
    assert command(many, "--out", "calm").wait() == 0
    chance = random.Random(int(workers))
    kills = 0
    began = time.monotonic()
    while kills < KILLS:
        process = command(
            many, "--out", "killed", "--chunk", "20", "--workers", workers
        )
        try:
            process.wait(timeout=chance.uniform(0.8, 3.0))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            kills += 1
        if (many / "killed/mine/finished.json").is_file():
            rmtree(many / "killed")
        assert time.monotonic() - began < 600
    assert command(many, "--out", "killed").wait() == 0
    assert digests(many / "killed/mine") == digests(many / "calm/mine")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a disk that has room for some partitions, where one can be mounted."""
    place = tmp_path / "disk"
    place.mkdir()
    options = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    if os.name != "posix" or subprocess.run(options, capture_output=True).returncode:
        pytest.skip("this user cannot mount a disk")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_is_said_and_loses_nothing(
    planned: Planned, body: str, small_disk: Path, tmp_path: Path
) -> None:
    plan = planned(body.replace("size = 60", "size = 9500"))
    with pytest.raises(StoreError, match="No space left on device"):
        run_sweep(plan, small_disk / "out")
    kept = list((small_disk / "out/data").glob("part-*"))
    assert kept
    assert not list((small_disk / "out").rglob("*.tmp"))
    copytree(small_disk / "out", tmp_path / "roomy")
    ended = run_sweep(plan, tmp_path / "roomy")
    assert ended.damage == ()
    assert ended.computed == 9500 - 1000 * len(kept)
    run_sweep(plan, tmp_path / "calm")
    assert digests(tmp_path / "roomy") == digests(tmp_path / "calm")


def test_the_note_of_a_finished_sweep_has_the_hash_of_every_part(
    planned: Planned, tmp_path: Path
) -> None:
    run_sweep(planned(), tmp_path / "out", SweepOptions())
    note = json.loads((tmp_path / "out/finished.json").read_text())
    assert (note["runs"], note["lost"]) == (60, 0)
    for name, digest in note["parts"]["part-0000000"].items():
        path = tmp_path / "out/data/part-0000000" / name
        assert sha256(path.read_bytes()).hexdigest() == digest
