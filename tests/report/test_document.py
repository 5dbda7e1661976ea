import json
import re
from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pypdf import PdfReader

from cqsim.report.build import Prepared, Stopwatch, made_pdf, pages_as_png

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("report")]
LARGEST = 10 * 1024 * 1024
LANGUAGES = ("zh", "en")


def reader(pdf: bytes) -> PdfReader:
    return PdfReader(BytesIO(pdf))


def fonts(pdf: bytes) -> Iterator[Any]:
    """Yield the descriptors of all fonts of a document."""
    for page in reader(pdf).pages:
        resources: Any = page["/Resources"]
        for font in resources.get("/Font", {}).values():
            held = font.get_object()
            for part in held.get("/DescendantFonts", [held]):
                yield part.get_object()["/FontDescriptor"].get_object()


def test_the_report_has_15_to_40_pages_and_at_most_10_megabytes(made: Any) -> None:
    for pdf in (made.zh, made.en):
        assert 15 <= len(reader(pdf).pages) <= 40
        assert len(pdf) <= LARGEST


def test_the_brief_version_has_two_pages(brief_pdf: bytes) -> None:
    assert len(reader(brief_pdf).pages) == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_has_ink_and_no_page_overflows(made: Any, language: str) -> None:
    from matplotlib.image import imread

    pages = pages_as_png(made.prepared, language, Stopwatch())
    for number, page in enumerate(pages, start=1):
        grey = imread(BytesIO(page))[..., :3].mean(axis=2)
        assert (grey < 0.6).mean() > 0.004, f"page {number} is empty"
        edge = int(0.05 * grey.shape[1])
        sides = np.concatenate((grey[:, :edge], grey[:, -edge:]), axis=1)
        assert (sides < 0.9).sum() == 0, f"page {number} runs over its margin"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_equation_runs_into_the_column_beside_it(made: Any, language: str) -> None:
    from matplotlib.image import imread

    read = reader(getattr(made, language))
    starts: dict[str, Any] = {
        str(each.title).split()[0]: read.get_destination_page_number(each)
        for each in read.outline
        if not isinstance(each, list)
    }
    # On the pages between there is nothing but the two columns.
    between = range(starts["A"] + 1, starts["B"])
    assert len(between) > 2
    pages = pages_as_png(made.prepared, language, Stopwatch())
    for number in between:
        grey = imread(BytesIO(pages[number]))[..., :3].mean(axis=2)
        high, wide = grey.shape
        # In millimetres of A4: the gutter, without the header and the page's number.
        rows = slice(int(high * 18 / 297), int(high * 280 / 297))
        gutter = grey[rows, int(wide * 103.5 / 210) : int(wide * 106.5 / 210)]
        assert gutter.min() > 0.9, f"page {number + 1}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_character_is_missing(made: Any, language: str) -> None:
    whole = "".join(made.texts[language])
    assert "\ufffd" not in whole
    assert "⟦" not in whole
    assert not re.search(r"U\+[0-9A-F]{4}", whole)
    assert not made.prepared.warnings


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_fonts_are_in_the_document(made: Any, language: str) -> None:
    found = list(fonts(getattr(made, language)))
    assert found
    for descriptor in found:
        assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor)


def test_every_number_that_is_kept_is_printed_in_both_languages(made: Any) -> None:
    whole = {
        language: re.sub(r"\s", "", "".join(pages))
        for language, pages in made.texts.items()
    }
    for key in shown_keys(made.prepared.data["blocks"]):
        entry = made.prepared.data["numbers"][key]
        for language in LANGUAGES:
            bare = re.sub(r"\s", "", entry[f"{language}_bare"])
            assert bare in whole[language], (key, language)


def shown_keys(value: Any) -> set[str]:
    """Return the keys of the numbers that texts outside of pictures print."""
    if isinstance(value, dict):
        parts = (each for name, each in value.items() if name != "alt")
        return set().union(*map(shown_keys, parts))
    if isinstance(value, list):
        return set().union(*map(shown_keys, value))
    if isinstance(value, str):
        return {key.split("|")[0] for key in re.findall("⟦(.*?)⟧", value)}
    return set()


def test_the_numbers_of_both_languages_are_the_same_after_scaling(made: Any) -> None:
    def plain(text: str) -> Decimal:
        return Decimal(text.replace(",", "").replace("−", "-").replace("+", ""))

    entries = made.prepared.data["numbers"]
    assert len(entries) > 500
    for key, entry in entries.items():
        scale = made.prepared.context.units.scale(entry["unit"])
        zh = plain(entry["zh_bare"]).scaleb(-scale.zh_power)
        en = plain(entry["en_bare"]).scaleb(-scale.en_power)
        assert zh == en, key


def test_every_number_that_is_kept_is_the_same_set_in_both_languages(
    made: Any,
) -> None:
    markers: dict[str, set[str]] = {language: set() for language in LANGUAGES}

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if set(value) == {"zh", "en"}:
                for language in LANGUAGES:
                    markers[language] |= set(re.findall("⟦(.*?)⟧", value[language]))
            for each in value.values():
                walk(each)
        elif isinstance(value, list):
            for each in value:
                walk(each)

    walk(made.prepared.data["blocks"])
    assert len(markers["zh"]) > 500
    assert markers["zh"] == markers["en"]


def test_the_document_is_tagged_archivable_and_has_bookmarks(made: Any) -> None:
    for pdf, spoken in ((made.zh, "zh-CN"), (made.en, "en-GB")):
        read = reader(pdf)
        root: Any = read.root_object
        assert str(root["/Lang"]) == spoken
        assert root["/MarkInfo"]["/Marked"]
        assert len(read.outline) > 10
        metadata = root["/Metadata"].get_object().get_data()
        assert b"<pdfaid:part>3</pdfaid:part>" in metadata
        assert b"<pdfaid:conformance>A</pdfaid:conformance>" in metadata
        assert b"<pdfuaid:part>1</pdfuaid:part>" in metadata


def elements(node: Any) -> Iterator[Any]:
    """Yield the structure elements below a node, in reading order."""
    held = node.get("/K", [])
    held = held.get_object() if hasattr(held, "get_object") else held
    for each in held if isinstance(held, list) else [held]:
        found = each.get_object()
        if isinstance(found, dict) and "/S" in found:
            yield found
            yield from elements(found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_archive_form_has_what_it_demands(made: Any, language: str) -> None:
    read = reader(getattr(made, language))
    root: Any = read.root_object
    assert not read.is_encrypted
    (intent,) = root["/OutputIntents"]
    assert intent.get_object()["/S"] == "/GTS_PDFA1"
    assert intent.get_object()["/DestOutputProfile"].get_object().get_data()
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    files = [each.get_object() for each in root["/AF"]]
    assert {f["/UF"] for f in files} == set(read.attachments)
    for file in files:
        assert file["/AFRelationship"] in ("/Source", "/Data")
        assert file["/EF"]["/F"].get_object()["/Subtype"]
        assert file["/Desc"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_font_says_which_letters_it_draws(made: Any, language: str) -> None:
    for page in reader(getattr(made, language)).pages:
        tabs: Any = page["/Tabs"]
        assert tabs == "/S"
        resources: Any = page["/Resources"]
        for font in resources.get("/Font", {}).values():
            assert font.get_object()["/ToUnicode"].get_object().get_data()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_structure_can_be_read_aloud(made: Any, language: str) -> None:
    root: Any = reader(getattr(made, language)).root_object
    found = list(elements(root["/StructTreeRoot"].get_object()))
    pictures = [e for e in found if e["/S"] in ("/Figure", "/Formula")]
    assert len(pictures) > 12
    assert all(str(e["/Alt"]).strip() for e in pictures)
    tables = [e for e in found if e["/S"] == "/Table"]
    assert tables
    for table in tables:
        assert any(e["/S"] == "/TH" for e in elements(table))
    levels = [int(e["/S"][2:]) for e in found if re.fullmatch(r"/H\d", e["/S"])]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_every_figure_has_words_for_those_who_cannot_see_it(made: Any) -> None:
    blocks = made.prepared.data["blocks"]
    shown = [b for b in blocks if b["kind"] in ("figure", "equation")]
    assert len(shown) > 12
    assert all(b["alt"]["zh"] and b["alt"]["en"] for b in shown)


def test_the_attachments_are_those_that_run_the_report_again(made: Any) -> None:
    attached = reader(made.zh).attachments
    assert set(attached) >= {
        *("1-baseline.toml", "inputs.zip", "manifest.json", "versions.lock"),
        *("sha256.txt", "indicators.csv", "targets.csv", "numbers.json"),
    }
    record = json.loads(attached["manifest.json"][0])
    assert record["model"]["sha256"] in attached["sha256.txt"][0].decode()


def test_the_same_input_gives_the_same_bytes(brief: Prepared, brief_pdf: bytes) -> None:
    assert made_pdf(brief, "zh", Stopwatch()) == brief_pdf


def test_reachable_or_not_comes_first(made: Any) -> None:
    zh, en = made.texts["zh"][1], made.texts["en"][1]
    assert "差距" in zh
    assert "未达标" in zh
    assert "Margin" in en
    assert "missed" in en


def test_2025_is_said_to_be_after_the_fact_on_the_first_pages(made: Any) -> None:
    assert "事后评估" in "".join(made.texts["zh"][1:3])
    assert "after the fact" in " ".join("".join(made.texts["en"][1:3]).split())


def test_district_co2_is_said_to_be_a_downscaled_estimate(made: Any) -> None:
    blocks = made.prepared.data["blocks"]
    maps = [b for b in blocks if b["kind"] == "paragraph" and "吨/人" not in b]
    said = [
        b for b in maps if "二氧化碳" in b["text"]["zh"] and "区县" in b["text"]["zh"]
    ]
    assert said
    assert all("降尺度" in b["text"]["zh"] for b in said)


def test_a_proxy_is_never_called_a_target_of_the_plan(made: Any) -> None:
    verdicts = made.prepared.context.verdicts
    proxies = [v for v in verdicts if v.target.evidence == "plan-proxy"]
    assert proxies
    for text in (made.texts["zh"], made.texts["en"]):
        whole = re.sub(r"\s", "", "".join(text))
        assert "代理指标是规划目标" not in whole
    tables = [b for b in made.prepared.data["blocks"] if b["kind"] == "table"]
    progress = next(b for b in tables if "不是规划目标" in str(b["note"]))
    headings = [row[0]["zh"] for row in progress["rows"] if len(row) == 1]
    assert any("代理指标" in heading for heading in headings)


def test_open_items_stay_visibly_open(made: Any) -> None:
    assert "○ 未答" in made.texts["zh"][-1] + made.texts["zh"][-2]
    assert "○ open" in made.texts["en"][-1] + made.texts["en"][-2]


def test_nothing_of_this_machine_is_in_the_report(made: Any) -> None:
    text = json.dumps(made.prepared.data, ensure_ascii=False)
    assert str(Path.home()) not in text
    assert str(Path(__file__).parents[2]) not in text
