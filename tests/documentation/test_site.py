import re
from pathlib import Path

import pytest

from cqsim.documentation.book import Documentation
from cqsim.documentation.pages import differing, pages_of, slug, write_pages
from cqsim.errors import FaultsError, InputFileError
from cqsim.resources import data_folder

ROOT = Path(__file__).parents[2]


def test_the_committed_documentation_is_what_the_model_says() -> None:
    files = pages_of(Documentation.open(data_folder("model") / "metro.mdl"))
    remedy = "run cqsim docs and commit docs/model"
    assert differing(files, ROOT / "docs" / "model") == [], remedy


def test_every_link_leads_to_a_heading() -> None:
    files = pages_of(Documentation.open(data_folder("model") / "metro.mdl"))
    headings = {
        f"{name}#{slug(heading)}"
        for name, text in files.items()
        for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    }
    for name, text in files.items():
        if name.endswith(".md"):
            for target in re.findall(r"\]\(([^)]*)\)", text):
                file, _, anchor = target.partition("#")
                assert (file or name) in files, target
                assert not anchor or f"{file or name}#{anchor}" in headings, target


def test_pages_say_equation_meaning_source_and_links(folder: Path) -> None:
    page = pages_of(Documentation.open(folder / "small.mdl"))["sector-people.md"]
    assert "### Residents\n\n**居民**\n\nPeople at the end of the year." in page
    assert "Residents[region]= INTEG (" in page
    assert "| source | [census](sources.md#census) |" in page
    assert "+ [births](sector-people.md#births)" in page


def test_the_boundary_tells_what_stocks_move_from_what_is_given(folder: Path) -> None:
    text = (folder / "small.mdl").read_text(encoding="utf-8")
    text = text.replace("life  span[region]", "(life span[region]+trend)")
    trend = "trend= 0.1*(Time-INITIAL TIME) ~ year ~ Longer lives. |\n\n"
    text = text.replace("partner <->", trend + "partner <->")
    (folder / "small.mdl").write_text(text, encoding="utf-8")
    page = pages_of(Documentation.open(folder / "small.mdl"))["boundary.md"]
    inner, timed, _, out = page.split("\n## ")[1:]
    assert "births" in inner
    assert "trend" in timed
    assert "| Water | 水 | There is enough of it. | T002 |" in out


def test_the_assessment_counts_what_is_missing(folder: Path) -> None:
    text = (folder / "small.mdl").read_text(encoding="utf-8")
    text = text.replace("Children born.", "").replace("Source: analyst", "", 1)
    (folder / "small.mdl").write_text(text, encoding="utf-8")
    page = pages_of(Documentation.open(folder / "small.mdl"))["assessment.md"]
    assert "| without a meaning | 1 |" in page
    assert "| constants without a known source | 1 |" in page
    assert re.search(r"small\.mdl:\d+: 'births' has no meaning", page)
    assert str(folder) not in page


def test_a_named_loop_that_does_not_stand_stops_the_pages(folder: Path) -> None:
    text = (folder / "loops.toml").read_text(encoding="utf-8")
    (folder / "loops.toml").write_text(text.replace("'R'", "'B'"), encoding="utf-8")
    with pytest.raises(FaultsError, match="loop 'births': it is stated as B"):
        pages_of(Documentation.open(folder / "small.mdl"))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("reason", "because", r"boundary\.toml:1:3: 'excluded.0.reason' is missing"),
        ("id = ", "id ", r"boundary\.toml:2:\d+: "),
        (
            "[[excluded]]",
            "[[exclude]]",
            r"toml:1:1: there is no key 'exclude' here .*'excluded'",
        ),
    ],
)
def test_a_fault_in_the_boundary_is_named(
    folder: Path, old: str, new: str, message: str
) -> None:
    text = (folder / "boundary.toml").read_text(encoding="utf-8")
    (folder / "boundary.toml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises((FaultsError, InputFileError), match=message):
        pages_of(Documentation.open(folder / "small.mdl"))


def test_pages_of_a_sector_that_is_gone_are_deleted_and_others_kept(
    folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "pages"
    files = pages_of(Documentation.open(folder / "small.mdl"))
    write_pages({**files, "sector-gone.md": files["README.md"]}, out)
    (out / "notes.md").write_text("mine", encoding="utf-8")
    assert differing(files, out) == ["sector-gone.md"]
    write_pages(files, out)
    assert differing(files, out) == []
    assert (out / "notes.md").read_text(encoding="utf-8") == "mine"
