import xml.etree.ElementTree as ET
from dataclasses import replace

from cqsim.documentation.answer import Answer, Tile, answer_picture

ANSWER = Answer(
    title="Urban <share>",
    observed={2010: 58.9, 2020: 73.9},
    simulated={2020: 73.9, 2025: 76.5, 2035: 80.0},
    target=(2025, 80.0),
    tile_year=2025,
    tiles=(
        Tile(0, 3, "广安", "Guang'an", 46.9),
        Tile(3, 3, "渝中", "Yuzhong", 100.0),
    ),
)
SVG = "{http://www.w3.org/2000/svg}"


def texts(answer: Answer) -> list[str]:
    root = ET.fromstring(answer_picture(answer))
    return [element.text or "" for element in root.iter(f"{SVG}text")]


def test_the_picture_names_the_target_and_every_region_with_its_value() -> None:
    found = texts(ANSWER)
    for words in ("目标 target 80 % (2025)", "广安", "47 %", "渝中", "100 %"):
        assert words in found


def test_all_that_is_drawn_lies_inside_the_picture() -> None:
    root = ET.fromstring(answer_picture(ANSWER))
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    for element in root.iter():
        assert 0 <= float(element.get("x", 0)) < width
        assert 0 <= float(element.get("y", 0)) < height - 4


def test_a_higher_requirement_is_drawn_higher() -> None:
    def goal(answer: Answer) -> float:
        root = ET.fromstring(answer_picture(answer))
        lines = [e for e in root.iter(f"{SVG}line") if e.get("stroke-dasharray")]
        return float(lines[0].attrib["y2"])

    assert goal(replace(ANSWER, target=(2025, 82.0))) < goal(ANSWER)


def test_regions_that_are_all_equal_do_not_divide_by_zero() -> None:
    same = tuple(replace(tile, value=70.0) for tile in ANSWER.tiles)
    assert "70 %" in texts(replace(ANSWER, tiles=same))
