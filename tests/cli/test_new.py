"""A case of another country goes through every command: nothing in it is of ours."""

import json
import re
from pathlib import Path

import pytest
from pypdf import PdfReader
from tests.cli.conftest import Call

from cqsim.case.case import Case
from cqsim.cli.new import TEMPLATE
from cqsim.resources import data_folder

OURS = re.compile(
    "chongqing|重庆|metro(?!p)|guang\\W?an|cq21|都市圈|\\brings?\\b|圈层", re.IGNORECASE
)


@pytest.fixture
def islands(tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a new case, which is the working folder."""
    assert call("new", str(tmp_path / "islands"), "--lang", "en")[0] == 0
    monkeypatch.chdir(tmp_path / "islands")
    return tmp_path / "islands"


COMMANDS = {
    "run": ("run", "programme", "--verbose"),
    "a boundary": ("run", "baseline", "--boundary", "outer"),
    "compare": ("compare", "baseline", "programme"),
    "targets": ("targets",),
    "judged targets": ("targets", "--scenario", "programme"),
    "sensitivity": ("sensitivity", "levers", "--points", "8", "--trajectories", "4"),
    "check": ("check",),
    "units": ("check", "--units"),
    "a lever": ("explain", "connection"),
    "a target": ("explain", "connected_2030"),
    "a region": ("explain", "north"),
    "docs": ("docs", "--out", "pages"),
    "schema": ("schema",),
    "schema of sweeps": ("schema", "--sweep"),
    "trace": ("trace", "baseline", "programme"),
    "plot": ("plot", "programme"),
    "scenarios in one report": ("report", "baseline", "programme", "--compare"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_a_new_case_goes_through_a_command(
    name: str, islands: Path, call: Call
) -> None:
    status, said, wrong = call(*COMMANDS[name])
    assert status == 0, wrong
    assert said
    pages = [file.read_text("utf-8") for file in islands.rglob("pages/**/*.md")]
    for text in (said, wrong, *pages):
        assert not OURS.search(text)


@pytest.mark.slow
def test_a_sweep_and_a_report_of_a_new_case_are_its_own(
    islands: Path, call: Call
) -> None:
    assert call("sweep", "run", "levers", "--quiet")[0] == 0
    sweep = next(islands.rglob("description.json")).parent
    status, _, wrong = call("report", "programme", "--sweep", str(sweep))
    assert (status, wrong) == (0, "")
    pdf = islands / "out/programme/programme-en.pdf"
    pages = "".join(page.extract_text() for page in PdfReader(pdf).pages)
    assert "three islands" in pages
    assert not OURS.search(pages)
    assert not re.search("[\u4e00-\u9fff]", pages), "the case speaks English only"
    assert "Targets of the user's own" in pages.split("One finding")[0]
    for words in ("other documents", "after the fact", "proxies"):
        assert words not in pages
    assert call("verify", str(pdf))[0] == 0


@pytest.mark.parametrize("language", ["zh", "en", "both"])
def test_a_new_case_speaks_the_languages_asked_for(
    tmp_path: Path, call: Call, language: str
) -> None:
    folder = tmp_path / "new"
    assert call("new", str(folder), "--lang", language)[0] == 0
    case = Case.load(folder).complete()
    asked = ("zh", "en") if language == "both" else (language,)
    assert case.languages == asked
    assert set(case.title) == set(asked)
    assert len(case.targets) == len(case.levers) == 2


@pytest.mark.slow
def test_a_report_without_a_sweep_names_those_of_the_case(
    islands: Path, call: Call
) -> None:
    def pages() -> str:
        assert call("report", "programme")[0] == 0
        found = PdfReader(islands / "out/programme/programme-en.pdf").pages
        return " ".join("".join(page.extract_text() for page in found).split())

    assert "The sweeps of this case: levers." in pages()
    (islands / "scenarios/sweeps/levers.toml").unlink()
    assert "The sweeps of this case" not in pages()


def test_no_pace_is_required_of_what_is_fulfilled_already(
    islands: Path, call: Call
) -> None:
    judged = ("targets", "connected_2030", "--scenario", "baseline")
    assert "需 needed" in call(*judged)[1]
    changed(islands / "model/targets.toml", "value = 75.0", "value = 7.5")
    changed(islands / "model/targets.toml", "(75 %)", "(7.5 %)")
    changed(islands / "model/targets.toml", '"75 %"', '"7.5 %"')
    said = call(*judged)[1]
    assert "已满足 fulfilled already" in said
    assert "needed" not in said


def test_a_sweep_whose_base_is_at_fault_says_what_is(islands: Path, call: Call) -> None:
    changed(islands / "scenarios/baseline.toml", "title", "titel")
    status, _, wrong = call("sweep", "run", "levers", "--quiet")
    assert status == 2
    assert "has faults. The lines after this one name them" in wrong
    assert "Did you mean 'title'" in wrong


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path: Path, call: Call) -> None:
    (tmp_path / "mine.txt").write_text("", encoding="utf-8")
    status, _, wrong = call("new", str(tmp_path))
    assert status == 2
    assert "the folder is not empty. Name one that is not there yet" in wrong
    assert len(list(tmp_path.iterdir())) == 1


def test_a_command_without_its_register_says_which_is_missing(
    islands: Path, call: Call
) -> None:
    for command in (("targets", "--plan"), ("skill",), ("calibrate",)):
        status, _, wrong = call(*command)
        assert status == 2
        assert re.search(r"model/\w+\.(csv|toml): ", wrong)
        assert len(wrong.splitlines()) == 1


def changed(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("case.toml", '"island"', '"isle"', "the model has no subscript 'isle'"),
        ("case.toml", "islands.mdl", "gone.mdl", "Correct 'model' in"),
        ("model/scopes.csv", "outer,", "north,", "'north' has the id of a region"),
        ("model/targets.toml", "= 75.0", "= nan", "must be a finite number, not nan"),
        ("model/indicators.toml", "= 100", "= inf", "must be a finite number"),
        ("model/targets.toml", '["PLAN"]', '["PLAM"]', "no source 'PLAM'"),
        ("model/scopes.csv", "east south", "east east", "of: 'east' stands here twice"),
    ],
)
def test_a_fault_of_a_register_is_named_before_anything_runs(
    islands: Path, call: Call, file: str, old: str, new: str, said: str
) -> None:
    changed(islands / file, old, new)
    status, out, wrong = call("run", "baseline")
    assert (status, out) == (2, "")
    assert file in wrong
    assert said in wrong
    assert not (islands / "out").exists()


def test_a_report_of_a_scope_that_is_not_there_is_refused(
    islands: Path, call: Call
) -> None:
    changed(islands / "reports/report.toml", 'rows = ["all"', 'rows = ["al"')
    status, _, wrong = call("report", "baseline")
    assert status == 2
    assert "report.toml:6:9: there is no scope 'al'. Did you mean 'all'?" in wrong


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("check", "gone"), "gone: there is no such file or folder"),
        (("check", "README.md"), "README.md: this file is no model"),
        (("docs", "--model", "gone"), "there is no such file or folder"),
        (("explain", "north", "--model", "gone"), "there is no such file or folder"),
        (("calibrate", "--model", "gone"), "there is no such file or folder"),
        (("ledger", "check", "--model", "gone"), "there is no such file"),
        (("sweep", "run", "uncertainty"), "Those of the case: levers"),
        (("sensitivity", "uncertainty"), "Those of the case: levers"),
        (("targets", "--boundary", "outer"), "--boundary says nothing without"),
        (("targets", "--status", "proxy"), "--status says nothing without --plan"),
    ],
)
def test_a_name_that_is_not_there_is_not_taken_for_the_case(
    islands: Path, call: Call, arguments: tuple[str, ...], said: str
) -> None:
    before = sorted(islands.rglob("*"))
    status, out, wrong = call(*arguments)
    assert (status, out) == (2, "")
    assert said in wrong
    assert sorted(islands.rglob("*")) == before


def test_a_case_without_targets_lists_none(islands: Path, call: Call) -> None:
    (islands / "model/targets.toml").unlink()
    status, out, _ = call("targets")
    assert status == 0
    assert "0 项目标 targets" in out


def test_a_case_in_english_heads_its_tables_in_english(
    islands: Path, call: Call
) -> None:
    out = call("targets")[1]
    assert "\nplan: the number stands in the plan" in out


def test_a_sweep_with_a_damaged_table_is_named_and_mended(
    islands: Path, call: Call
) -> None:
    assert call("sweep", "run", "levers", "--quiet")[0] == 0
    folder = islands / "out/sweeps/levers"
    table = next(folder.rglob("indicators.parquet"))
    table.write_bytes(table.read_bytes()[:200])
    question = ("sweep", "query", str(folder), "select count(*) from targets")
    status, out, wrong = call(*question)
    assert (status, out) == (2, "")
    assert f"{folder}: its table indicators is damaged" in wrong
    assert call("sweep", "run", "levers", "--quiet")[0] == 0
    assert call(*question)[0] == 0


def test_a_word_in_the_languages_of_the_case_must_not_be_missing(
    tmp_path: Path, call: Call
) -> None:
    folder = tmp_path / "new"
    call("new", str(folder))
    path = folder / "model/targets.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(', en = "[^"]*"', "", text, count=1), encoding="utf-8")
    status, _, wrong = call("targets", "--model", str(folder / "model/islands.mdl"))
    assert status == 2
    assert "'connected_2030.title.en' is missing" in wrong


def test_the_template_has_nothing_of_the_shipped_case() -> None:
    for file in TEMPLATE.rglob("*.*"):
        assert not OURS.search(file.read_text(encoding="utf-8")), file
    ids = json.dumps(list(Case.load(data_folder("model")).indicators))
    assert "connected_share" not in ids
