import time
from pathlib import Path

import pytest

from cqsim.errors import InputFileError
from cqsim.language.xmile import parse_xmile
from cqsim.language.xml import DEEPEST_ELEMENT, read_xml
from xmile_text import PATH, read, xmile


def refusal(content: bytes) -> str:
    with pytest.raises(InputFileError) as caught:
        read_xml(PATH, content)
    return str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        xmile("<aux name='a'><eqn>10</eqn></aux>")[:-40],
        b"<xmile><eqn>1",
        b"<xmile><a></b></xmile>",
        b"<xmile>1&nope;0</xmile>",
        b"<xmile a=1/>",
        b"<xmile/><xmile/>",
        b"<xmile>a < b</xmile>",
    ],
)
def test_what_is_not_well_formed_is_refused(content: bytes) -> None:
    assert "no well-formed XML" in refusal(content)


@pytest.mark.parametrize("content", [b"", b"\x00\x01STELLA", b"a = 1 ~ ~ |"])
def test_what_is_no_xml_at_all_is_refused_with_what_to_do(content: bytes) -> None:
    assert "Save the model as .xmile or .stmx" in refusal(content)


def test_a_fault_in_the_xml_has_its_line_and_a_caret() -> None:
    *_, line, caret = refusal(b"<xmile>\r\n<eqn>a & b</eqn>\r\n</xmile>").split("\n")
    assert line[caret.index("^")] in "& "
    assert refusal(b"<xmile>\n<eqn>a & b</eqn></xmile>").startswith("model.xmile:2:")


def test_entities_and_document_types_are_refused() -> None:
    said = refusal(b'<!DOCTYPE x [<!ENTITY e SYSTEM "/etc/passwd">]><x>&e;</x>')
    assert "document type" in said


def test_an_encoding_that_is_not_read_is_refused_by_name() -> None:
    assert "'utf-7'" in refusal(b'<?xml version="1.0" encoding="utf-7"?><xmile/>')


def test_bytes_that_are_not_in_the_declared_encoding_are_refused() -> None:
    assert refusal(b"<xmile>\n\xff</xmile>").startswith("model.xmile:2:")


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16", "utf-8-sig"])
def test_a_declared_encoding_is_read(encoding: str) -> None:
    declared = encoding.removesuffix("-sig")
    text = f'<?xml version="1.0" encoding="{declared}"?><xmile>城镇</xmile>'
    assert read_xml(PATH, text.encode(encoding))[0].text == "城镇"


def test_windows_1252_is_read_where_it_is_declared() -> None:
    content = b'<?xml version="1.0" encoding="ISO-8859-1"?><xmile>\x80\xe9</xmile>'
    assert read_xml(PATH, content)[0].text == "€é"


def test_comments_and_cdata_within_a_text_leave_the_text_whole() -> None:
    root, _ = read_xml(PATH, b"<x>1<!-- ten -->0<?a b?><![CDATA[ < 3]]></x>")
    assert root.text == "10 < 3"


def test_elements_of_another_language_keep_their_prefix() -> None:
    root, _ = read_xml(PATH, b"<m:xmile><m:aux/><isee:aux/></m:xmile>")
    assert [child.tag for child in root.children] == ["aux", "isee:aux"]


def test_elements_nested_too_deep_are_refused() -> None:
    depth = DEEPEST_ELEMENT + 1
    said = refusal(b"<group>" * depth + b"</group>" * depth)
    assert f"more than {DEEPEST_ELEMENT} deep" in said


def test_a_damaged_file_is_refused_at_once() -> None:
    begin = time.perf_counter()
    refusal(b"<xmile>" + b"<stock " * 40_000)
    assert time.perf_counter() - begin < 0.5


def test_a_text_stands_where_its_first_character_is() -> None:
    definition = read("\n<aux name='a'><eqn>\n   b\n   + c</eqn></aux>").definitions[0]
    assert definition.value is not None
    assert definition.source.position(0) == (5, 4)
    assert definition.source.text == "b\n   + c"


def test_what_is_no_xmile_is_refused_by_its_tag() -> None:
    with pytest.raises(InputFileError, match="begins with <svg>"):
        parse_xmile(Path("picture.svg"), b"<svg/>")
