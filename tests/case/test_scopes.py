from pathlib import Path

import pytest

from cqsim.case.scopes import read_geography
from cqsim.errors import CqsimError

RINGS = {"north": "hill", "south": "plain", "port": "coast"}
SCOPES = """\
id,kind,of,boundary,table,title_en
land,whole,,yes,yes,The land
inland,union,hill plain,yes,,Inland
hill,ring,,,yes,Hills
plain,ring,,,yes,Plain
coast,ring,,,yes,Coast
world,area,,,,The world
"""


def written(folder: Path, scopes: str | None = SCOPES) -> Path:
    rows = "".join(f"{region},x,{ring}\n" for region, ring in RINGS.items())
    (folder / "regions.csv").write_text("region,name,ring\n" + rows, encoding="utf-8")
    if scopes is not None:
        (folder / "scopes.csv").write_text(scopes, encoding="utf-8")
    return folder


def test_scopes_are_made_of_rings_and_regions(tmp_path: Path) -> None:
    scopes = read_geography(written(tmp_path)).scopes
    assert scopes["land"] == ("north", "south", "port")
    assert scopes["inland"] == ("north", "south")
    assert scopes["coast"] == scopes["port"] == ("port",)
    assert "world" not in scopes


def test_without_a_file_of_scopes_there_is_the_whole_and_each_region(
    tmp_path: Path,
) -> None:
    geography = read_geography(written(tmp_path, None))
    assert geography.scopes[geography.whole] == tuple(RINGS)
    assert set(geography.scopes) == {geography.whole, *RINGS}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("region,name\n", r"regions\.csv:1: the columns differ: missing ring"),
        ("region,ring\na,coats\n", r"csv:2: .*'coats'\. Did you mean 'coast'"),
        ("region,ring\na,hill\na,hill\n", r"csv:3: the region 'a' stands"),
    ],
)
def test_a_wrong_table_of_regions_is_refused(
    tmp_path: Path, text: str, message: str
) -> None:
    written(tmp_path)
    (tmp_path / "regions.csv").write_text(text, encoding="utf-8")
    with pytest.raises(CqsimError, match=message):
        read_geography(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("hill plain", "hill plane", r"csv:3: .*'plane'\. Did you mean 'plain'"),
        ("land,whole", "land,ring", r"scopes\.csv: 0 rows are of the kind 'whole'"),
        ("hill,ring", "hill,circle", r"csv:4: kind: .*'whole', 'ring'"),
        ("union,hill plain", "union,", r"csv:3: of: a union has parts"),
        ("hill plain", "hill hill", r"csv:3: of: 'hill' stands here twice"),
        ("ring,,,yes", "ring,,,maybe", r"csv:4: table: "),
        ("coast,ring", "plain,ring", r"csv:6: the scope 'plain' stands here twice"),
        (
            "boundary",
            "bounds",
            r"csv:1: the columns differ: .* known bounds.*'boundary'",
        ),
        (",Hills", "", r"csv:4: the line has 5 cells, the header 6"),
    ],
)
def test_a_wrong_table_of_scopes_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in SCOPES
    written(tmp_path, SCOPES.replace(old, new, 1))
    with pytest.raises(CqsimError, match=message):
        read_geography(tmp_path)
