import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree

import pytest
from click.testing import CliRunner

import cqsim
from cqsim.cli.run import run as command
from cqsim.errors import CqsimError
from cqsim.judge.verdicts import NoVerdict, Status

TOWNS = Path(__file__).parents[1] / "reference" / "towns"
MAIN = "from cqsim.cli import main; main()"


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command printed, and how it ended."""

    status: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder that has the three towns in it."""
    copytree(TOWNS, tmp_path / "towns")
    return tmp_path


@pytest.fixture
def process(folder: Path) -> Run:
    """Return what runs `cqsim run` as a process of its own."""

    def _process(*arguments: str, limit: int = 0) -> Ran:
        def limited() -> None:
            if limit:
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        done = subprocess.run(
            [sys.executable, "-c", MAIN, "run", *arguments],
            capture_output=True,
            cwd=folder,
            encoding="utf-8",
            env={
                **{k: v for k, v in os.environ.items() if k != "COLUMNS"},
                "PYTHONPATH": str(Path(cqsim.__file__).parents[1]),
                "PYTHONIOENCODING": "utf-8",
            },
            check=False,
            preexec_fn=limited,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return _process


@pytest.fixture
def run(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    call: Callable[..., tuple[int, str, str]],
) -> Run:
    """Return what runs `cqsim run` as its process would, inside of this one."""
    monkeypatch.chdir(folder)
    monkeypatch.delenv("COLUMNS", raising=False)
    return lambda *arguments: Ran(*call("run", *arguments))


def test_a_run_prints_its_tables_and_writes_its_folder(
    process: Run, folder: Path
) -> None:
    ran = process("towns/base.toml")
    assert (ran.status, ran.err) == (0, "")
    for words in (
        "三镇",
        "Key indicators",
        "未达进度",
        "behind schedule",
        "plan-numeric",
    ):
        assert words in ran.out
    names = sorted(path.name for path in (folder / "out/towns").iterdir())
    assert names == ["manifest.json", "series.parquet", "targets.csv"]


@pytest.mark.parametrize("verbose", [(), ("--verbose",)])
def test_piped_tables_fit_into_80_columns(
    process: Run, verbose: tuple[str, ...]
) -> None:
    from rich.cells import cell_len

    years = ("--start", "2010", "--until", "2060")
    lines = process("towns/base.toml", *years, *verbose).out.splitlines()
    tables = [line for line in lines if not line.startswith(("模型", "结果"))]
    assert max(cell_len(line) for line in tables) <= 80


@pytest.mark.parametrize("verbose", [True, False])
def test_a_run_is_told_in_brief_or_whole(run: Run, verbose: bool) -> None:
    """A title and a ring stand only in the whole tables."""
    ran = run("towns/base.toml", *(("--verbose",) if verbose else ()))
    assert ran.status == 0
    title = "Urban share of the three towns (2022"
    assert (title in ran.out) == ("中心 central" in ran.out) == verbose
    assert ("\n  urban_share_2022" in ran.out) == (not verbose)
    assert ("\n   1 未达进度 behind schedule" in ran.out) == (not verbose)


def test_the_baseline_is_told_in_a_page(run: Run) -> None:
    from rich.cells import cell_len

    lines = run("baseline", "--out", "elsewhere").out.splitlines()
    assert len(lines) < 100
    told = [line for line in lines if not line.startswith(("模型", "结果"))]
    assert max(map(cell_len, told)) <= 80
    rules = json.loads(run("baseline", "--out", "elsewhere", "--json").out)
    for target in rules["targets"]:
        row = next(
            line
            for line in lines
            if line.split()[:1] and target["id"] == line.split()[0].rstrip("*?")
        )
        words = tuple(status.zh for status in (*Status, *NoVerdict))
        assert row.rstrip().endswith(words)
    names = {line.split()[0] for line in lines if line.split()}
    assert not names & {row["id"] for row in rules["indicators"]}


def test_json_is_one_object_and_nothing_else(process: Run) -> None:
    ran = process("towns/base.toml", "--json", "--csv", "--until", "2022")
    assert ran.err == ""
    content = json.loads(ran.out)
    assert content["time"] == {"start": 2020.0, "end": 2022.0, "step": 0.25}
    assert content["targets"][0]["id"] == "urban_share_2022"
    names = [Path(file).name for file in content["files"]]
    assert names == ["manifest.json", "series.csv", "series.parquet", "targets.csv"]


def test_quiet_prints_nothing(run: Run, folder: Path) -> None:
    ran = run("towns/base.toml", "--quiet", "--out", "elsewhere/deep")
    assert (ran.status, ran.out, ran.err) == (0, "", "")
    assert (folder / "elsewhere/deep/towns/manifest.json").is_file()


def test_settings_of_the_command_line_count_and_are_said(
    run: Run, folder: Path
) -> None:
    ran = run(
        "towns/base.toml", "--set", "death rate=0", "--set", "birth_rate[outer]=0"
    )
    assert "the command line set birth_rate[outer]=0 over the scenario" in ran.out
    manifest = json.loads((folder / "out/towns/manifest.json").read_text("utf-8"))
    assert manifest["settings"] == {
        "death rate": 0.0,
        "birth rate": {"fuling": 0.0, "guangan": 0.0},
    }


def test_a_run_can_start_at_the_census_before(run: Run) -> None:
    content = json.loads(run("towns/base.toml", "--start", "2010", "--json").out)
    assert content["time"]["start"] == 2010.0


WRONG = {
    "a missing file": (["none.toml"], "none.toml: there is no such scenario file"),
    "a folder": (["towns"], "towns: there is no such scenario file"),
    "an unknown option": (["towns/base.toml", "--untill", "2030"], "No such option"),
    "no scenario": ([], "Missing argument 'SCENARIO'"),
    "a year in words": (
        ["towns/base.toml", "--until", "soon"],
        "'soon' is not a valid",
    ),
    "an end before the start": (
        ["towns/base.toml", "--until", "2019"],
        "--until 2019: it is outside [2021, 2060]",
    ),
    "a year that the model lacks": (
        ["towns/base.toml", "--until", "3000"],
        "--until 3000: it is outside [2021, 2060]",
    ),
    "an unknown constant": (
        ["towns/base.toml", "--set", "deth rate=0.1"],
        "Did you mean 'death rate'",
    ),
    "an unknown region": (
        ["towns/base.toml", "--set", "birth rate[fulin]=0.1"],
        "Did you mean 'fuling'?",
    ),
    "a value out of range": (
        ["towns/base.toml", "--set", "death rate=2"],
        "2 is outside [0, 0.2] 1/year",
    ),
    "text for a number": (
        ["towns/base.toml", "--set", "death rate=many"],
        "'many' is not a finite number",
    ),
    "a file in the way": (
        ["towns/base.toml", "--out", "towns/base.toml"],
        "base.toml is a file, not a folder",
    ),
}


@pytest.mark.parametrize(("arguments", "said"), WRONG.values(), ids=WRONG)
def test_a_mistake_is_one_message_and_nothing_written(
    run: Run, folder: Path, arguments: list[str], said: str
) -> None:
    before = sorted(folder.rglob("*"))
    ran = run(*arguments)
    assert said in ran.err
    assert "Traceback" not in ran.err
    assert (ran.status, ran.out) == (2, "")
    assert sorted(folder.rglob("*")) == before


def wrong_scenario(body: str) -> Callable[[Path], None]:
    def change(towns: Path) -> None:
        path = towns / "base.toml"
        path.write_text(path.read_text(encoding="utf-8") + body, encoding="utf-8")

    return change


def wrong_table(name: str, before: str, after: str) -> Callable[[Path], None]:
    def change(towns: Path) -> None:
        path = towns / name
        text = path.read_text(encoding="utf-8")
        assert before in text
        path.write_text(text.replace(before, after), encoding="utf-8")

    return change


FILES = {
    "an unknown key": (
        wrong_scenario("colour = 1\n"),
        "base.toml:5:1: there is no key",
    ),
    "text in a constant": (
        wrong_scenario("[constants]\n'death rate' = 'x'\n"),
        "base.toml:6:16: constants.death rate must be a number, not the text 'x'",
    ),
    "a region that is missing": (
        wrong_table("initial/births.csv", "fuling,0.008\n", ""),
        "births.csv:3: no row for fuling",
    ),
    "a region that is there twice": (
        wrong_table("initial/births.csv", "fuling,", "yuzhong,"),
        "births.csv:3: the row 'yuzhong' is there twice",
    ),
    "a wrong unit of a lever": (
        wrong_table("levers.toml", 'unit = "1"', 'unit = "%"'),
        "levers.toml:4:8: service_access: the unit is '%', that of",
    ),
    "a lever without its constant": (
        wrong_table("levers.toml", '"service access start"', '"service start"'),
        "levers.toml:6:18: service_access: the model has no constant 'service start'",
    ),
    "a wrong unit of a target": (
        wrong_table("targets.toml", 'unit = "%"', 'unit = "1"'),
        "targets.toml:",
    ),
    "an indicator of nothing": (
        wrong_table("indicators.toml", '["urban population"]', '["urban people"]'),
        "the model has no variable 'urban people'. Did you mean 'urban population'",
    ),
    "a run that diverges": (
        wrong_table("towns.mdl", "death rate*Population[region,rural]", "EXP(Time)"),
        "diverged: ",
    ),
}


@pytest.mark.parametrize(("change", "said"), FILES.values(), ids=FILES)
def test_a_fault_in_a_file_is_one_message_and_nothing_written(
    run: Run, folder: Path, change: Callable[[Path], None], said: str
) -> None:
    change(folder / "towns")
    before = sorted(folder.rglob("*"))
    ran = run("towns/base.toml")
    assert said in ran.err
    assert "Traceback" not in ran.err
    assert (ran.status, ran.out) == (2, "")
    assert sorted(folder.rglob("*")) == before


def test_a_full_disk_is_a_message_and_leaves_the_old_result(
    process: Run, folder: Path
) -> None:
    process("towns/base.toml")
    results = folder / "out/towns"
    before = {path: path.read_bytes() for path in results.iterdir()}
    ran = process("towns/base.toml", "--csv", limit=4096)
    assert (ran.status, ran.out) == (2, "")
    assert "the results cannot be written" in ran.err
    assert "Traceback" not in ran.err
    assert {path: path.read_bytes() for path in results.iterdir()} == before
    assert [path.name for path in results.parent.iterdir()] == ["towns"]


def test_every_option_has_help() -> None:
    result = CliRunner().invoke(command, ["--help"])
    assert result.exit_code == 0
    for parameter in command.params:
        if parameter.param_type_name == "option":
            assert getattr(parameter, "help", None), parameter.name


def test_in_one_process_too_a_mistake_is_an_error_of_ours(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, [str(tmp_path / "none.toml")])
    assert isinstance(result.exception, CqsimError)


def test_an_unknown_name_offers_the_shipped_scenarios(run: Run) -> None:
    ran = run("basline")
    assert ran.status == 2
    assert "there is no such scenario file. Did you mean 'baseline'" in ran.err


def test_a_name_like_no_other_is_told_all_shipped_scenarios(run: Run) -> None:
    ran = run("nosuch")
    assert ran.status == 2
    assert "no such scenario file. Those shipped: ageing, baseline, " in ran.err


def test_a_scenario_of_the_case_is_found_by_its_name(run: Run, folder: Path) -> None:
    copytree(folder / "towns", folder, dirs_exist_ok=True)
    (folder / "scenarios").mkdir()
    text = (folder / "base.toml").read_text(encoding="utf-8")
    own = text.replace('model = "towns.mdl"\n', "")
    (folder / "scenarios/base.toml").write_text(own, encoding="utf-8")
    (folder / "base.toml").unlink()
    for name in ("base", "base.toml", "scenarios/base.toml"):
        assert json.loads(run(name, "--json").out)["scenario"]["id"] == "towns"
