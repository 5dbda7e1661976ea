import json
import re
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest
from click.testing import CliRunner, Result
from rich.cells import cell_len
from tests.cli.conftest import Call

from cqsim.cli.sweep import sensitivity, sweep
from cqsim.errors import CqsimError

TOWNS = Path(__file__).parents[1] / "reference" / "towns"
FILE = """
id = "mine"
title = { zh = "我的", en = "Mine" }
bases = ["base.toml"]
design = "latin_hypercube"
seed = 3
size = 200
input = [
    { constant = "death rate", low = 0.005, high = 0.05 },
    { constant = "moving rate", place = "fuling", low = 0.0, high = 0.1 },
    { lever = "service_access" },
]
[record]
regions = true
indicators = ["people", "urban_share"]
"""
Run = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a working folder with the three towns and a sweep of them."""
    monkeypatch.setenv("COLUMNS", "80")
    path = Path(copytree(TOWNS, tmp_path / "towns"))
    (path / "mine.toml").write_text(FILE, encoding="utf-8")
    # About half of the runs of FILE come above it.
    targets = (path / "targets.toml").read_text(encoding="utf-8")
    (path / "targets.toml").write_text(targets.replace("56.0", "54.84215"), "utf-8")
    monkeypatch.chdir(path)
    return path


@pytest.fixture
def run(folder: Path) -> Run:
    def _run(*arguments: str) -> Result:
        return CliRunner().invoke(sweep, arguments, catch_exceptions=False)

    return _run


def test_a_sweep_prints_shares_with_their_error_in_both_languages(run: Run) -> None:
    result = run("mine.toml")
    assert result.exit_code == 0
    assert "占抽样情形的比例 / Met: share of sampled futures; n = 200" in result.stdout
    assert "城镇化率 Urban share of the three towns" in result.stdout
    assert re.search(r" \d+\.\d % ± \d\.\d \(95 %: \d+\.\d–\d+\.\d %\)", result.stdout)
    assert max(cell_len(line) for line in result.stdout.splitlines()) <= 80
    assert "200/200 runs" in result.stderr
    assert "s left" in result.stderr


def test_what_is_not_shown_is_counted_in_both_languages(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cqsim.study.prim.STABLE_OVERLAP", 2.0)
    lines = " ".join(run("mine.toml").stdout.split())
    assert "未列出的条件有 2 个。" in lines
    assert "unstable or say little: 2." in lines


def test_the_second_time_nothing_is_computed(run: Run) -> None:
    run("mine.toml")
    again = json.loads(run("mine.toml", "--json", "--quiet").stdout)
    assert again["computed"] == 0
    assert again["missing"] == 0


def test_the_json_of_a_sweep_is_one_object(run: Run) -> None:
    found = json.loads(run("mine.toml", "--json").stdout)
    assert found["runs"] == found["computed"] == 200
    shares = {s["kind"]: s for s in found["targets"]}
    assert 0 <= shares["headline"]["low"] <= shares["headline"]["share"]
    assert {cell["region"] for cell in found["matrix"]} == {
        "yuzhong",
        "fuling",
        "guangan",
    }
    assert found["share"]["en"] == "share of sampled futures"


def test_a_box_is_one_sentence_in_each_language(run: Run) -> None:
    found = json.loads(run("mine.toml", "--json").stdout)
    assert found["boxes"]
    box = found["boxes"][0]
    assert "的情形有" in box["zh"]
    assert box["en"].startswith("Of the futures in which")


def test_shards_fill_one_folder(run: Run, folder: Path) -> None:
    path = folder / "mine.toml"
    text = path.read_text("utf-8")
    path.write_text(text.replace("size = 200", "size = 1200"), encoding="utf-8")
    first = run("mine.toml", "--shard", "1/2", "--chunk", "50")
    assert "Other shards still have to compute 200 runs" in first.stdout
    assert "n = 1200" in run("mine.toml", "--shard", "2/2", "--chunk", "50").stdout


@pytest.mark.parametrize("shard", ["0/2", "3/2", "x", "1", "-1/2"])
def test_a_shard_that_there_is_not_is_refused(run: Run, shard: str) -> None:
    result = run("mine.toml", "--shard", shard)
    assert result.exit_code == 2
    assert "no shard" in result.stderr


def test_a_query_is_answered_from_the_tables(run: Run, folder: Path) -> None:
    run("mine.toml", "--quiet")
    query = "select count(*) as n from indicators where year = 2022"
    result = run("query", "out/sweeps/mine", query, "--json")
    assert json.loads(result.stdout) == [{"n": 400}]
    run("query", "out/sweeps/mine", query, "--csv", "n.csv")
    assert (folder / "n.csv").read_text() == "n\n400\n"


def test_json_has_all_digits_of_an_answer_and_null_for_none(run: Run) -> None:
    run("mine.toml", "--quiet")
    query = (
        "select 1.2345678901234e-9 as small, cast('nan' as double) as lost, "
        "null as none, 1.5::decimal(4, 2) as half, [1, 2] as both, "
        "date '2024-05-01' as day"
    )
    result = run("query", "out/sweeps/mine", query, "--json")
    assert json.loads(result.stdout) == [
        {
            "small": 1.2345678901234e-9,
            "lost": None,
            "none": None,
            "half": 1.5,
            "both": [1, 2],
            "day": "2024-05-01",
        }
    ]


def test_an_extracted_run_is_said_to_be_the_same(run: Run, folder: Path) -> None:
    run("mine.toml", "--quiet")
    result = run("extract", "out/sweeps/mine", "--run", "7", "--out", "seven.toml")
    assert result.stdout == "seven.toml: cqsim run gives the stored run, bit for bit\n"
    assert (folder / "seven.toml").is_file()


def test_indicators_are_exported_for_the_iamc(run: Run) -> None:
    run("mine.toml", "--quiet")
    result = run("export", "out/sweeps/mine", "--iamc", "iamc.csv")
    assert result.stdout == "iamc.csv: 400 rows\n"


def test_an_unfinished_sweep_is_not_queried(run: Run) -> None:
    run("mine.toml", "--shard", "2/2", "--quiet")
    with pytest.raises(CqsimError, match="its sweep is not finished"):
        run("query", "out/sweeps/mine", "select 1")


def test_sensitivity_names_inputs_and_says_whether_it_has_converged(
    folder: Path,
) -> None:
    arguments = ["mine.toml", "--points", "64", "--trajectories", "4", "--csv", "s.csv"]
    arguments += ["--indicator", "people", "--year", "2022"]
    result = CliRunner().invoke(sensitivity, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    assert "ST " in result.stdout
    assert "收敛" in result.stdout
    assert "converged" in result.stdout
    head = (folder / "s.csv").read_text().splitlines()[0]
    assert head.startswith("table,name,scope,year,input,first,first_error")


def test_a_sweep_refuses_the_swapped_rows_that_a_run_refuses(
    folder: Path, call: Call
) -> None:
    table = folder / "initial" / "births.csv"
    head, first, *rest = table.read_text(encoding="utf-8").splitlines()
    table.write_text("\n".join((head, rest[0], first, *rest[1:])), encoding="utf-8")
    by_run = call("run", "base.toml")
    by_sweep = call("sweep", "mine.toml")
    assert by_run[0] == by_sweep[0] == 2
    assert by_run[1] == by_sweep[1] == ""
    assert "births.csv:2: the rows are in another order" in by_run[2]
    assert by_sweep[2] == by_run[2]


def test_base_points_are_a_power_of_two(folder: Path) -> None:
    result = CliRunner().invoke(sensitivity, ["mine.toml", "--points", "100"])
    assert result.exit_code == 2
    assert "no power of two" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("--indicator", "peple"), "there is no indicator 'peple'"),
        (("--indicator", "people", "--scope", "rome"), "there is no scope 'rome'"),
        (("--indicator", "people", "--year", "2077"), "nothing for 2077"),
    ],
)
def test_what_sensitivity_cannot_look_at_is_refused(
    folder: Path, arguments: tuple[str, ...], what: str
) -> None:
    assert folder.is_dir()
    given = ["mine.toml", "--points", "0", *arguments]
    with pytest.raises(CqsimError, match=what):
        CliRunner().invoke(sensitivity, given, catch_exceptions=False)


@pytest.mark.parametrize(("name", "value"), [("--scope", "metro"), ("--year", "2030")])
def test_an_option_that_needs_an_indicator_is_refused_without_one(
    folder: Path, name: str, value: str
) -> None:
    assert folder.is_dir()
    result = CliRunner().invoke(sensitivity, ["mine.toml", name, value])
    assert result.exit_code == 2
    assert f"{name} says nothing without --indicator" in result.stderr


def test_screening_alone_needs_no_base_points(folder: Path) -> None:
    arguments = ["mine.toml", "--points", "0", "--trajectories", "4", "--json"]
    result = CliRunner().invoke(sensitivity, arguments, catch_exceptions=False)
    found = json.loads(result.stdout)
    assert found["runs"] == 16
    assert found["outputs"][0]["verdict"] is None
    assert all("mu_star" in row for row in found["indices"])
