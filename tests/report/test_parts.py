import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cqsim.case.case import Case
from cqsim.report.build import Prepared
from cqsim.report.bundle import BundleError, folder_of, packed, toml_value, unpacked
from cqsim.report.decompositions import Decomposition
from cqsim.report.figures.bars import grouped, waterfalls
from cqsim.report.figures.lines import target_paths
from cqsim.report.figures.style import style
from cqsim.report.phrases import Phrase
from cqsim.report.plan import read_report_files
from cqsim.report.typeset import Letters, as_png, as_svg, covered
from cqsim.resources import data_folder, shipped_folder

POSITIVE = st.lists(st.floats(0.1, 10.0), min_size=4, max_size=4)
TOML = st.recursive(
    st.one_of(st.booleans(), st.integers(-9, 9), st.floats(-9, 9), st.text(max_size=9)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text(max_size=5), inner, max_size=3),
    ),
    max_leaves=8,
)


def test_regions_whose_bands_overlap_share_a_group() -> None:
    assert grouped([10.0, 9.5, 5.0, 4.9], 0.5) == [0, 0, 1, 1]


@given(TOML)
def test_a_scenario_survives_being_written_on_one_line(value: Any) -> None:
    assert tomllib.loads(f"x = {toml_value(value)}")["x"] == value


def test_the_same_files_make_the_same_archive() -> None:
    files = {"b.csv": b"2", "a.csv": b"1"}
    assert packed(files) == packed(dict(sorted(files.items())))
    assert unpacked(packed(files)) == files


@pytest.mark.parametrize("name", ["../a.csv", "/a.csv", "C:/a.csv", "a.exe"])
def test_an_archive_cannot_name_a_file_outside_of_its_folder(name: str) -> None:
    with pytest.raises(BundleError, match="outside of them"):
        unpacked(packed({name: b""}))


def test_what_is_no_archive_is_one_message() -> None:
    with pytest.raises(BundleError, match="cannot be read"):
        unpacked(b"nothing")


def test_ten_scenarios_come_back_in_their_order(tmp_path: Path) -> None:
    files = {f"scenarios/{n}-a.toml": b"" for n in range(1, 12)}
    found = folder_of(files, tmp_path)
    assert [path.name for path in found] == [f"{n}-a.toml" for n in range(1, 12)]


def test_a_rare_character_becomes_its_code_with_a_warning() -> None:
    letters = Letters()
    assert letters.cleaned("龘情景\U0001f600", "a.toml") == "U+9F98情景U+1F600"
    assert letters.warnings[0].startswith("a.toml: the report's font has no character")


def test_open_items_of_the_checklist_have_no_answer() -> None:
    items = read_report_files(Case.load(data_folder("model"))).checklist
    assert any(item.answer is None for item in items)
    assert any(item.answer is not None for item in items)


def test_the_plan_of_the_report_names_every_part() -> None:
    plan = read_report_files(Case.load(data_folder("model"))).plan
    assert {theme.id for theme in plan.theme} >= {
        *("population", "urbanisation", "economy", "energy", "air", "access"),
    }


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_figure_is_the_same_bytes_twice_and_holds_no_font(
    brief: Prepared, language: str
) -> None:
    drawn = []
    for _ in range(2):
        with style():
            figure = target_paths(brief.context, brief.context.verdicts[:1], language)
        drawn.append(as_svg(figure))
    assert drawn[0] == drawn[1]
    assert b"<text" not in drawn[0]
    assert b"<dc:date>" not in drawn[0]


def test_a_waterfall_draws_each_part_and_names_it_by_shape(brief: Prepared) -> None:
    parts = ((Phrase("增", "more"), 2.0), (Phrase("减", "less"), -3.0))
    years = (2020, 2035)
    fall = Decomposition("metro", "resident_population", years, 10.0, parts, 9.0)
    with style():
        figure = waterfalls(brief.context, [fall], "en")
    bars = figure.axes[0].patches
    assert len(bars) == 4
    assert [b.get_hatch() or "" for b in bars] == ["", "", "////", ""]
    assert as_png(figure, 60).startswith(b"\x89PNG")


def test_the_fonts_have_every_character_that_the_registers_quote() -> None:
    texts = [
        path.read_text(encoding="utf-8")
        for folder in (shipped_folder() / n for n in ("model", "scenarios", "reports"))
        for path in sorted(folder.rglob("*"))
        if path.suffix in (".toml", ".csv", ".mdl") and "raw" not in path.parts
    ]
    missing = {c for text in texts for c in text if c.isprintable()} - covered()
    assert missing == set()
