"""A report on another case says what that case says, and nothing of the shipped one."""

import json
from io import BytesIO
from pathlib import Path
from shutil import copytree

import pytest

from cqsim.case.case import Case
from cqsim.case.scenario import read_scenario
from cqsim.report.build import Prepared, Stopwatch, made_pdf, prepare, request_of
from cqsim.report.plan import ReportPlan
from cqsim.report.verify import verify
from cqsim.resources import data_folder

TOWNS = Path(__file__).parents[1] / "reference" / "towns"
REPORT = """title = { zh = "三镇评估", en = "The towns judged" }
[[theme]]
id = "town"
title = { zh = "城镇", en = "Towns" }
lead = "urban_share"
beside = "people"
table = ["urban_share", "people"]
"""
WORDS = """[claim.no_sweep]
zh = "没有抽样。"
en = "Nothing was sampled."
"""


def report_on(scenario: Path) -> Prepared:
    request = request_of([read_scenario(str(scenario))], None, False, Stopwatch())
    return prepare(request, Stopwatch())


@pytest.fixture(scope="module")
def plain() -> Prepared:
    """Return the report on a case without a `reports` folder."""
    return report_on(TOWNS / "base.toml")


@pytest.fixture(scope="module")
def worded(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """Return the report on a case with a title, a theme and a sentence of its own."""
    towns = Path(copytree(TOWNS, tmp_path_factory.mktemp("case") / "towns"))
    (towns / "reports").mkdir()
    (towns / "reports" / "report.toml").write_text(REPORT, encoding="utf-8")
    (towns / "reports" / "words.toml").write_text(WORDS, encoding="utf-8")
    return report_on(towns / "base.toml")


def printed(made: Prepared) -> str:
    """Return all that a report prints, but for names of files."""
    data = {key: made.data[key] for key in ("title", "subtitle", "control", "blocks")}
    return json.dumps(data, ensure_ascii=False)


def names_of_the_shipped_case() -> set[str]:
    """Return what the areas and larger scopes of the shipped case are called."""
    shipped = Case.load(data_folder("model"))
    titles = [shipped.title, *shipped.scope_titles.values()]
    found = {name for title in titles for name in title.values()}
    return found | {"Chongqing", "Guang'an", "重庆", "广安", "都市圈"}


def test_a_report_on_another_case_says_nothing_of_the_shipped_one(
    plain: Prepared, worded: Prepared
) -> None:
    for made in (plain, worded):
        found = {name for name in names_of_the_shipped_case() if name in printed(made)}
        assert found == set()


def test_a_case_without_a_reports_folder_has_a_report(plain: Prepared) -> None:
    assert plain.context.plan == ReportPlan()
    assert "the three towns" in printed(plain)
    assert {"paths", "ways"} <= set(plain.figures)


def test_a_case_has_its_own_title_theme_and_words(worded: Prepared) -> None:
    said = printed(worded)
    assert worded.data["title"] == {"zh": "三镇评估", "en": "The towns judged"}
    assert "theme-town" in worded.figures
    assert "Nothing was sampled." in said
    assert "Run cqsim sweep" not in said


@pytest.mark.slow
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_report_on_another_case_is_verified(
    worded: Prepared, tmp_path: Path, language: str
) -> None:
    from pypdf import PdfReader

    pdf = made_pdf(worded, language, Stopwatch())
    (tmp_path / "report.pdf").write_bytes(pdf)
    found = verify(tmp_path / "report.pdf", Stopwatch())
    assert found.findings == ()
    assert found.same_bytes
    title = worded.data["title"][language]
    assert title in PdfReader(BytesIO(pdf)).pages[0].extract_text()
