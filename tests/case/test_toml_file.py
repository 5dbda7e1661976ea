from pathlib import Path

import pytest

from cqsim.errors import FaultsError, InputFileError
from cqsim.tomlfile import read_document

TEXT = """\
# comment
[first]
plain = 1
list = [
    { id = "a", deep = { x = 1 } },
    # between
    { id = "b" },
]
"quoted key".dotted = 2

[[first.rows]]
name = "one"

[[first.rows]]
name = "two"
"""


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("first",), 2),
        (("first", "plain"), 3),
        (("first", "list", 0, "deep", "x"), 5),
        (("first", "list", 1, "id"), 7),
        (("first", "quoted key", "dotted"), 9),
        (("first", "rows", 0, "name"), 12),
        (("first", "rows", 1, "name"), 15),
        (("first", "rows", 1, "missing"), 14),
        (("nowhere",), 1),
    ],
)
def test_every_part_of_a_file_knows_its_line(
    tmp_path: Path, place: tuple[str | int, ...], line: int
) -> None:
    path = tmp_path / "a.toml"
    path.write_text(TEXT, encoding="utf-8")
    assert read_document(path).place(place)[0] == line


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match=r"none\.toml: "):
        read_document(tmp_path / "none.toml")


def test_chinese_text_in_its_national_encoding_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes('[a]\ntitle = "人口与城镇化水平"\n'.encode("gb18030"))
    assert read_document(path).data == {"a": {"title": "人口与城镇化水平"}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[a]\nx = \n", r"a\.toml:2:\d+: this is not TOML: Invalid value"),
        ("[a]\n[b]\n[a]\n", r"a\.toml:3:\d+: .*Cannot declare \('a',\) twice"),
        ("[a]\nx = [1,\n", r"a\.toml:3:\d+: this is not TOML"),
    ],
)
def test_what_is_not_toml_is_refused_with_its_line(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "a.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FaultsError, match=message):
        read_document(path)
