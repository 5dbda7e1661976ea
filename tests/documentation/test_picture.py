from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cqsim.documentation.book import Documentation
from cqsim.documentation.diagram import Diagram, diagrams_of
from cqsim.documentation.svg import svg_of, width, wrapped
from cqsim.resources import data_folder

METRO = data_folder("model") / "metro.mdl"
BOOK = Documentation.open(METRO)


def scenes(group: str) -> list[Diagram]:
    return diagrams_of(BOOK.model, BOOK.graph, BOOK.polarity, group)


def drawn(group: str) -> ElementTree.Element:
    svg = svg_of(scenes(group), BOOK.model, group, BOOK.chinese)
    return ElementTree.fromstring(svg)


@pytest.mark.parametrize("group", BOOK.groups)
def test_every_moving_variable_of_a_sector_is_drawn(group: str) -> None:
    shown = {node.key for scene in scenes(group) for node in scene.nodes}
    still = ("constant", "lookup", "time")
    assert {v.key for v in BOOK.groups[group] if v.kind not in still} <= shown


@pytest.mark.parametrize("group", BOOK.groups)
def test_every_arrow_goes_to_the_next_column(group: str) -> None:
    for scene in scenes(group):
        column = {node.id: node.column for node in scene.nodes}
        steps = {column[a.effect] - column[a.cause] for a in scene.arrows}
        assert steps <= {1}


@pytest.mark.parametrize("group", BOOK.groups)
def test_no_two_boxes_overlap_and_all_are_inside(group: str) -> None:
    root = drawn(group)
    size = [float(part) for part in root.attrib["viewBox"].split()][2:]
    for scene in root.iter("{http://www.w3.org/2000/svg}g"):
        boxes = [box(r) for part in scene for r in part if r.tag.endswith("}rect")]
        for a, b in combinations(boxes, 2):
            apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
            assert apart, (a, b)
        assert all(b[0] >= 0 and b[2] <= size[0] for b in boxes)


def box(rect: ElementTree.Element) -> tuple[float, float, float, float]:
    x, y = float(rect.attrib["x"]), float(rect.attrib["y"])
    return (
        x,
        y,
        x + float(rect.attrib["width"]),
        y + float(rect.attrib["height"]),
    )


def test_a_flow_between_two_stocks_names_the_other_end() -> None:
    words = [t.text for t in drawn("Access").iter("{http://www.w3.org/2000/svg}text")]
    assert "to Rail under construction" in words
    assert "from Rail planned" in words


def test_the_same_model_gives_the_same_picture() -> None:
    again = Documentation.open(Path(METRO))
    first = svg_of(scenes("Migration"), BOOK.model, "Migration", BOOK.chinese)
    found = diagrams_of(again.model, again.graph, again.polarity, "Migration")
    assert svg_of(found, again.model, "Migration", again.chinese) == first


@given(st.text(min_size=1, max_size=60))
def test_wrapping_keeps_every_letter_and_every_width(text: str) -> None:
    lines = wrapped(text, 12.0, 100.0)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(width(line, 12.0) <= 100.0 for line in lines)
