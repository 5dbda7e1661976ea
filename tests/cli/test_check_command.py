"""`cqsim check`, `cqsim skill` and `cqsim ledger add` as a user meets them."""

import json
from pathlib import Path
from shutil import copytree

import pytest
from click.testing import CliRunner
from tests.planting import planted_in

from cqsim.case.case import Case
from cqsim.cli import group
from cqsim.documentation.credibility import Checked, credibility_page
from cqsim.errors import InputFileError

ROOT = Path(__file__).parents[2]
SMALL = ROOT / "tests" / "reference" / "small" / "small.mdl"
TEACUP = ROOT / "tests" / "reference" / "teacup" / "teacup.xmile"


def test_units_of_any_xmile_model_are_checked() -> None:
    result = CliRunner().invoke(group, ["check", "--units", str(TEACUP)])
    assert result.exit_code == 0
    assert "4 equations and 0 units of tables checked; 0 findings." in result.output


def test_an_error_of_unit_exits_with_1_and_names_its_line() -> None:
    result = CliRunner().invoke(group, ["check", "--units", str(SMALL)])
    assert result.exit_code == 1
    assert f"{SMALL}:42: " in result.output


def test_the_units_are_told_as_json() -> None:
    result = CliRunner().invoke(group, ["check", "--units", "--json", str(SMALL)])
    (finding,) = json.loads(result.output)["findings"]
    assert (finding["found"], finding["wanted"]) == ("1", "1/year")


def test_a_model_that_stands_alone_is_told_what_its_folder_lacks() -> None:
    result = CliRunner().invoke(group, ["check", str(SMALL)])
    assert isinstance(result.exception, InputFileError)
    assert "its folder has no checks.toml to check" in str(result.exception)
    assert "cqsim check --units" in str(result.exception)


def test_a_model_that_is_not_there_is_named_before_its_registries() -> None:
    result = CliRunner().invoke(group, ["check", "nowhere/metro.mdl"])
    assert "nowhere/metro.mdl: there is no such file or folder" in str(result.exception)


def test_units_alone_are_not_kept_as_the_whole_check(tmp_path: Path) -> None:
    page = ["--page", str(tmp_path / "page.md")]
    result = CliRunner().invoke(group, ["check", "--units", *page, str(TEACUP)])
    assert result.exit_code == 2
    assert "--page and --keep are of the whole check" in result.output


@pytest.mark.xdist_group("check")
def test_every_gate_of_the_shipped_model_holds(checked: Checked) -> None:
    assert [f.detail for f in checked.findings if f.is_gate and not f.holds] == []
    assert checked.passes


@pytest.mark.xdist_group("check")
def test_the_page_says_what_falls_short(checked: Checked) -> None:
    page = credibility_page(checked, [], ROOT / "model")
    short = [f for f in checked.findings if not f.holds]
    assert page.count("**falls short**") == len(short)
    assert all(f.detail in page for f in short)


@pytest.mark.xdist_group("check")
def test_the_page_has_every_target_beside_what_its_document_asks(
    checked: Checked,
) -> None:
    page = credibility_page(checked, [], ROOT / "model")
    rows = page.partition("## Targets")[2].partition("\n## ")[0]
    for target in Case.load(ROOT / "model").targets.values():
        (row,) = (
            line for line in rows.splitlines() if f"| {target.title.en} |" in line
        )
        assert f" {target.value:g}" in row
        assert target.clause in row
        assert f"| {target.status.replace('_', ' ')} |" in row
        assert target.own_scope in row


@pytest.mark.xdist_group("check")
def test_the_committed_page_has_the_checks_of_today(checked: Checked) -> None:
    """Titles and verdicts: a last digit may differ between machines."""
    page = (ROOT / "docs" / "credibility.md").read_text(encoding="utf-8")
    for finding in checked.findings:
        verdict = "holds" if finding.holds else "**falls short**"
        assert f"| {finding.title} | {verdict} |" in page


def test_skill_prints_a_table_and_where_the_model_is_worse(tmp_path: Path) -> None:
    folder = copytree(ROOT / "model", tmp_path / "model")
    path = folder / "metro.mdl"
    text = path.read_text(encoding="utf-8")
    # A trial of skill.toml: with it fewer regions beat both naive forecasts.
    text = planted_in(text, "response of leaving to appeal=", "0.5 ~", "0 ~")
    path.write_text(text, encoding="utf-8")
    result = CliRunner().invoke(group, ["skill", "--model", str(folder)])
    assert result.exit_code == 0
    assert "residents: better than both" in result.output
    assert "WORSE" in result.output


def test_a_bulletin_is_added_and_scored(tmp_path: Path) -> None:
    folder = copytree(ROOT / "model", tmp_path / "model")
    kept = CliRunner().invoke(group, ["skill", "--keep", "--model", str(folder)])
    assert "kept: " in kept.output
    bulletin = tmp_path / "bulletin.csv"
    bulletin.write_text(
        "region_id,year,variable,value,unit,source_id,note,"
        "title,publisher,date,address,kind\n"
        "central,2023,resident_population,10500000,persons,CQ_2023,,"
        "Bulletin of 2023,Statistics office,2024-03,-,official\n",
        encoding="utf-8",
    )
    arguments = ["ledger", "add", str(bulletin), "--model", str(folder)]
    result = CliRunner().invoke(group, arguments)
    assert result.exit_code == 0, result.output
    assert "1 rows added; new sources: CQ_2023" in result.output
    assert "population of central 2023: forecast" in result.output
