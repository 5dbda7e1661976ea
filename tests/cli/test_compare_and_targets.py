"""The commands compare, targets and schema, as a user calls them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.cells import cell_len

from cqsim.cli import COMMANDS, group
from cqsim.resources import data_folder


@dataclass
class Ran:
    status: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run(
    call: Callable[..., tuple[int, str, str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Run:
    """Return what calls cqsim as from a shell, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return lambda *arguments: Ran(*call(*arguments))


def widest(text: str) -> int:
    return max(cell_len(line) for line in text.splitlines())


def test_a_comparison_prints_its_tables_within_80_columns(run: Run) -> None:
    ran = run("compare", "baseline", "growth", "stress", "--by", "gdp")
    assert (ran.status, ran.err) == (0, "")
    for words in ("目标 Targets", "What differs", "归因 Attribution", "LMDI", "区划"):
        assert words in ran.out
    assert widest(ran.out) <= 80


def test_ten_scenarios_still_fit(run: Run) -> None:
    names = sorted(path.stem for path in data_folder("scenarios").glob("*.toml"))
    assert widest(run("compare", *names, "--by", "gdp", "--year", "2035").out) <= 80


def test_a_comparison_as_json_is_one_object(run: Run) -> None:
    ran = run("compare", "baseline", "ageing", "--json", "--boundary", "cq21")
    content = json.loads(ran.out)
    assert content["boundary"] == "cq21"
    assert content["attributions"][0]["exact"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["compare", "baseline", "nowhere"], "there is no such scenario file"),
        (["compare", "baseline", "plan", "--by", "gpd"], "Did you mean 'gdp'"),
        (["compare", "plan", "plan"], "two of the scenarios have the id plan"),
        (["compare", "baseline", "--boundary", "cq22"], "'cq22' is not one of"),
        (["targets", "urbn_share"], "Did you mean 'urban_share_2025'"),
        (["targets", "--year", "2031"], "no target of the year '2031'"),
        (["targets", "--scope", "cq22"], "no target of the scope 'cq22'"),
        (["schema", "--check", "none.json"], "none.json"),
    ],
)
def test_a_mistake_is_one_message(run: Run, arguments: list[str], said: str) -> None:
    ran = run(*arguments)
    assert (ran.status, ran.out) == (2, "")
    assert said in ran.err
    assert "Traceback" not in ran.err


def test_the_register_is_listed_by_class_year_and_scope(run: Run) -> None:
    everything = json.loads(run("targets", "--json").out)["targets"]
    assert len(everything) == 37
    chosen = run("targets", "--class", "plan-numeric", "--year", "2025", "--json").out
    assert len(json.loads(chosen)["targets"]) == 4
    text = run("targets", "--scope", "metro").out
    assert "左右" in text
    assert widest(text) <= 80


def test_all_145_clauses_say_what_is_modelled(run: Run) -> None:
    clauses = json.loads(run("targets", "--plan", "--json").out)["clauses"]
    assert len(clauses) == 145
    assert {clause["status"] for clause in clauses} == {
        "modelled",
        "proxy",
        "out of scope",
    }
    assert all(clause["reason"] for clause in clauses)
    text = run("targets", "--plan").out
    assert "145 条 clauses" in text
    assert widest(text) <= 80
    proxies = run("targets", "--plan", "--status", "proxy").out
    assert proxies.count("→") == sum(clause["status"] == "proxy" for clause in clauses)


def test_a_table_and_json_say_the_same(run: Run) -> None:
    arguments = ("compare", "baseline", "stress", "--by", "gdp", "--year", "2035")
    content = json.loads(run(*arguments, "--json").out)
    printed = run(*arguments).out
    for target in content["targets"]:
        for verdict in target["scenarios"].values():
            mark = {"behind schedule": "○", "reference": "·"}.get(
                verdict["status"], "●"
            )
            if verdict["value"] is None:
                assert verdict["status"] == "not judgeable by this model"
                continue
            values = (f"{verdict['value']:,.{n}f}{mark}" for n in range(4))
            shown = (text.replace(",", " ") for text in values)
            years = (f"{verdict['value']:.0f}{mark}",)
            assert any(f" {text}" in printed for text in (*shown, *years))
    (outcome,) = content["attributions"][0]["outcomes"]
    assert f"{outcome['difference']:+,.1f}".replace(",", " ") in printed
    for part in outcome["parts"].values():
        if abs(part) >= 0.05:
            assert f"{part:+,.1f}".replace(",", " ") in printed


def test_a_scenario_is_judged_in_detail(run: Run) -> None:
    ran = run("targets", "urban_share_2025", "--scenario", "baseline")
    assert ran.status == 0
    for words in ("2.6倍", "(舍入 rounding: 1.8–4.4)", "低于字面值", "guangan", "合计"):
        assert words in ran.out
    assert widest(ran.out) <= 80
    whole = run("targets", "--scenario", "plan", "--boundary", "cq21")
    assert widest(whole.out) <= 80
    assert "重庆21区 cq21" in whole.out


def test_the_boundary_of_a_run_shows_in_its_tables(run: Run) -> None:
    ran = run("run", "baseline", "--boundary", "cq21")
    assert "重庆21区 cq21" in ran.out
    assert "都市圈 metro" not in ran.out
    assert "regions outside of cq21 count nowhere" in ran.out


def test_what_changes_nothing_is_a_note_of_the_run(run: Run, tmp_path: Path) -> None:
    text = (
        'id = "mine"\ntitle = { zh = "我", en = "I" }\nextends = "baseline"\n'
        "[levers.family]\nstart = 2030\n"
        "[targets.rich]\nindicator = 'gdp'\nyear = 2030\nat_least = 1.0\n"
    )
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    ran = run("run", "mine.toml", "--until", "2031")
    assert "levers.family changes nothing" in ran.out
    content = json.loads(run("run", "mine.toml", "--until", "2031", "--json").out)
    own = [target for target in content["targets"] if target["id"] == "rich"]
    assert [target["class"] for target in own] == ["analyst"]


def test_the_schema_is_printed_and_checked(run: Run) -> None:
    schema = json.loads(run("schema").out)
    assert schema["required"] == ["id", "title"]
    committed = str(data_folder("scenarios") / "scenario.schema.json")
    assert run("schema", "--check", committed).status == 0
    (Path.cwd() / "old.json").write_text("{}", encoding="utf-8")
    ran = run("schema", "--check", "old.json")
    assert ran.status == 1
    assert "is not the schema. Run cqsim schema" in ran.err


def test_the_schema_of_sweeps_is_printed_and_checked(run: Run) -> None:
    assert json.loads(run("schema", "--sweep").out)["title"] == "cqsim sweep"
    committed = str(data_folder("scenarios") / "sweeps" / "sweep.schema.json")
    assert run("schema", "--sweep", "--check", committed).status == 0
    ran = run("schema", "--check", committed)
    assert ran.status == 1
    assert "is not the schema" in ran.err


@pytest.mark.parametrize("name", ["compare", "targets", "schema"])
def test_every_command_and_option_has_help(name: str) -> None:
    assert COMMANDS[name]
    result = CliRunner().invoke(group, [name, "--help"])
    assert result.exit_code == 0
    command = group.get_command(None, name)  # type: ignore[arg-type]
    assert command is not None
    for parameter in command.params:
        if parameter.param_type_name == "option":
            assert getattr(parameter, "help", None), parameter.name
