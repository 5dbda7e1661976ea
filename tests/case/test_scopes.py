from pathlib import Path

import pytest

from cqsim.case.scopes import read_scopes, scopes_of
from cqsim.errors import InputFileError

RINGS = {"yuzhong": "central", "fuling": "fulcrum", "guangan": "northern"}


def test_the_unions_are_made_of_the_rings() -> None:
    scopes = scopes_of(RINGS)
    assert scopes["metro"] == ("yuzhong", "fuling", "guangan")
    assert scopes["cq21"] == ("yuzhong", "fuling")
    assert scopes["outer"] == ("fuling", "guangan")
    assert scopes["guangan"] == scopes["northern"] == ("guangan",)


def test_the_scopes_of_a_file_are_those_of_its_rings(tmp_path: Path) -> None:
    path = tmp_path / "regions.csv"
    rows = "".join(f"{region},x,{ring}\n" for region, ring in RINGS.items())
    path.write_text("region,name,ring\n" + rows, encoding="utf-8")
    assert read_scopes(path) == scopes_of(RINGS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("region,name\n", r"csv:1: the column ring is missing"),
        ("region,ring\na,centre\n", r"csv:2: .*'centre'\. Did you mean 'central'"),
        ("region,ring\na,central\na,central\n", r"csv:3: the region 'a' stands"),
    ],
)
def test_a_wrong_table_of_regions_is_refused(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "regions.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputFileError, match=message):
        read_scopes(path)
