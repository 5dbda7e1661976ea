"""What a user may get wrong in the files that the derivations read."""

from pathlib import Path

import pytest

from cqsim.chongqing.facts import (
    Derivation,
    read_areas,
    read_derivation,
    read_neighbours,
)
from cqsim.errors import CqsimError, InputFileError, UnknownNameError
from cqsim.tomlfile import load, read_document

REGIONS = ("yuzhong", "dadukou", "nanan")
ENTRY = 'value = 2.0\nlow = 1.0\nhigh = 3.0\nunit = "1"\nreason = "why"\n'


def test_a_judgement_without_source_is_the_authors_own(tmp_path: Path) -> None:
    file = tmp_path / "derivation.toml"
    file.write_text(f"[detour]\n{ENTRY}", encoding="utf-8")
    derivation = load(read_document(file), Derivation)
    assert derivation.judgements["detour"].source == "analyst"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[detour]\n" + ENTRY.replace("2.0", "5.0"), "inside its own range, 1 to 3"),
        ("[detour]\n" + ENTRY.replace("low = 1.0\n", ""), "'detour.low' is missing"),
        (
            "[detour]\n" + ENTRY.replace("2.0", '"many"'),
            "detour.value must be a number, not the text 'many'",
        ),
        ("[detour\n", "not TOML"),
    ],
)
def test_a_faulty_judgement_is_refused_by_name(
    tmp_path: Path, text: str, message: str
) -> None:
    file = tmp_path / "derivation.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(CqsimError, match=message):
        load(read_document(file), Derivation)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match=r"adjacency\.csv: the file is missing"):
        read_neighbours(tmp_path / "adjacency.csv", REGIONS)


def test_text_that_is_neither_utf_8_nor_gb18030_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "regions.csv"
    file.write_bytes(b"region,area_km2\n\xff\xfe,2345\n")
    with pytest.raises(InputFileError, match="neither UTF-8 nor GB18030"):
        read_areas(file, REGIONS)


def test_an_unknown_neighbour_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "adjacency.csv"
    file.write_text("region_a,region_b\nyuzhong,nanan\nyuzhong,atlantis\n", "utf-8")
    with pytest.raises(InputFileError, match=r":3: 'atlantis' is no region"):
        read_neighbours(file, REGIONS)


@pytest.mark.parametrize("area", ["", "wide", "-3", "nan"])
def test_an_area_must_be_a_positive_number(tmp_path: Path, area: str) -> None:
    file = tmp_path / "regions.csv"
    file.write_text(f"region,area_km2,area_source\nyuzhong,{area},x\n", "utf-8")
    with pytest.raises(InputFileError, match=r":2: .*(area_km2|area of yuzhong)"):
        read_areas(file, REGIONS)


def test_a_region_without_area_is_named(tmp_path: Path) -> None:
    file = tmp_path / "regions.csv"
    file.write_text("region,area_km2,area_source\nyuzhong,23.2,x\n", "utf-8")
    with pytest.raises(InputFileError, match="dadukou has no row"):
        read_areas(file, REGIONS)


def test_a_list_of_the_derivation_names_regions_and_no_other(tmp_path: Path) -> None:
    file = tmp_path / "derivation.toml"
    rail = 'under_construction = []\nplanned = ["yuzong"]\nhubs = []\n'
    file.write_text(f"[rail]\n{rail}", encoding="utf-8")
    with pytest.raises(UnknownNameError, match=r"rail.*'yuzong'\. Did you mean 'yuzh"):
        read_derivation(file, REGIONS)
