"""A run taken from a sweep, and run again by `cqsim run`: the same to the last bit."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cqsim.cli.run import run
from cqsim.cli.sweep import sweep
from cqsim.judge.verdicts import Status, is_met, margin_of
from cqsim.study.results import open_sweep

SWEEP = """
id = "few"
title = { zh = "少\\"数\\"", en = "Few\\\\many" }
bases = ["baseline", "stress"]
design = "random"
size = 4
seed = 11
input = [
    { constant = "long run fertility" },
    { constant = "depreciation rate", distribution = "triangular" },
    { lever = "rail" },
    { lever = "coal", part = "start", distribution = "discrete", values = [2024] },
    { constant = "migration pull", apply = "factor", low = 0.9, high = 1.1 },
]
[record]
indicators = ["urban_share", "gdp", "territorial_co2", "good_air_share"]
years = [2020, 2025, 2030, 2035]
"""
NUMBER = 5
"""The run that is taken out: point 2 from the second base, which sets a lookup."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a finished sweep of the shipped model."""
    path = tmp_path_factory.mktemp("few")
    (path / "few.toml").write_text(SWEEP, encoding="utf-8")
    _called(sweep, path / "few.toml", "--out", path, "--quiet")
    return path


def _called(command: Any, *arguments: object) -> str:
    result = CliRunner().invoke(
        command, [str(each) for each in arguments], catch_exceptions=False
    )
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="module")
def again(folder: Path) -> dict[str, Any]:
    """Return what `cqsim run` prints of the run that was taken out."""
    path = folder / "five.toml"
    told = _called(sweep, "extract", folder / "few", "--run", NUMBER, "--out", path)
    assert told.startswith(f"{path}: cqsim run")
    found: dict[str, Any] = json.loads(
        _called(run, path, "--out", folder / "out", "--json")
    )
    return found


def test_targets_of_an_extracted_run_are_those_of_the_sweep_to_the_bit(
    folder: Path, again: dict[str, Any]
) -> None:
    query = "select target, value from targets where run = ? and alternative = ''"
    stored = dict(open_sweep(folder / "few").rows(query, [NUMBER]))
    found = {each["id"]: each["value"] for each in again["targets"]}
    judged = [each for each in again["targets"] if each["margin"] is not None]
    assert len(stored) == len(judged) >= 30
    assert {name: found[name] for name in stored} == stored


def test_a_target_is_met_in_a_run_where_its_row_of_the_sweep_meets_it(
    folder: Path, again: dict[str, Any]
) -> None:
    stored = open_sweep(folder / "few")
    query = "select target, alternative, value from targets where run = ?"
    judged: dict[tuple[str, str], tuple[float, Any, float, str]] = {}
    for each in again["targets"]:
        if each["margin"] is None:
            continue
        own = each["operator"], each["required"]
        judged[each["id"], ""] = each["margin"], *own, each["status"]
        for other in each["readings"]:
            if other["kind"] == "other":
                rule = other["operator"], other["required"]
                found = other["margin"], *rule, other["status"]
                judged[each["id"], other["id"]] = found
    rows = stored.rows(query, [NUMBER])
    assert len(rows) == len(judged) > 40
    for target, alternative, value in rows:
        margin, operator, required, status = judged[target, alternative]
        assert margin_of(value, operator, required) == margin
        assert is_met(margin) == (status != Status.BEHIND.en), target


def test_indicators_of_an_extracted_run_are_those_of_the_sweep_to_the_bit(
    folder: Path, again: dict[str, Any]
) -> None:
    query = "select indicator, scope, year, value from indicators where run = ?"
    stored = open_sweep(folder / "few").rows(query, [NUMBER])
    found = {(i["id"], i["scope"], i["year"]): i["value"] for i in again["indicators"]}
    assert len(stored) == 16
    for name, scope, year, value in stored:
        assert found[name, scope, int(year)] == value, (name, year)
