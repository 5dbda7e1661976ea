from pathlib import Path

from cqsim.case.case import Case
from cqsim.credibility.rulebook import CheckResult
from cqsim.credibility.skill import Skill
from cqsim.credibility.skill_plan import read_skill_plan
from cqsim.report.bundle import MODEL, VALIDATION, model_files
from cqsim.report.plan import read_report_files
from cqsim.report.validation import read_validation, write_validation
from cqsim.resources import data_folder

MODEL_FILE = data_folder("model") / "metro.mdl"


def kept_beside(folder: Path) -> dict[str, bytes]:
    """Keep one finding beside a model of one line, and return the folder's files."""
    (folder / "a.mdl").write_text("x = 1 ~~|")
    plan = read_skill_plan(data_folder("model") / "skill.toml")
    empty = plan.model_copy(update={"hindcast": ()})
    finding = CheckResult("units", "equations", "title", True, "2 looked at")
    write_validation(folder / "a.mdl", [finding], Skill(empty, (), (), (), (), ()))
    return model_files(folder)


def test_what_is_kept_comes_back_and_is_current(tmp_path: Path) -> None:
    found = read_validation(kept_beside(tmp_path))
    assert found is not None
    assert found.is_current
    assert [check.title for check in found.checks] == ["title"]


def test_findings_of_another_model_are_not_current(tmp_path: Path) -> None:
    files = kept_beside(tmp_path) | {f"{MODEL}a.mdl": b"x = 2 ~~|"}
    found = read_validation(files)
    assert found is not None
    assert not found.is_current


def test_damaged_findings_are_none(tmp_path: Path) -> None:
    files = kept_beside(tmp_path) | {f"{MODEL}{VALIDATION}": b"{"}
    assert read_validation(files) is None
    assert read_validation({}) is None


def test_the_kept_findings_are_of_the_shipped_model() -> None:
    found = read_validation(model_files(MODEL_FILE.parent))
    remedy = "run cqsim check --keep and commit model/validation.json"
    assert found is not None, remedy
    assert found.is_current, remedy
    assert len(found.checks) > 100


def test_checks_of_the_shipped_model_have_chinese_names() -> None:
    found = read_validation(model_files(MODEL_FILE.parent))
    assert found is not None
    words = read_report_files(Case.load(MODEL_FILE)).check_titles
    titles = [check.title for check in found.checks if check.group != "skill"]
    titles += [score.title for score in found.scores]
    titles += [miss.title for miss in found.misses]
    remedy = "add them to reports/checks.csv"
    assert [title for title in titles if title not in words] == [], remedy
