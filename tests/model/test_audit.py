from pathlib import Path

import pytest

from cqsim.model.audit import assumptions_by_group, audit, embedded_numbers
from cqsim.model.model import Model
from cqsim.model.resolve import read_model

SOURCES = ["census", "yearbook", "analyst"]


def test_a_model_with_all_its_evidence_has_no_finding(small: Model) -> None:
    assert audit(small, SOURCES) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "census, yearbook",
            "census, almanac",
            "constant 'birth rate' cites 'almanac'",
        ),
        ("Length of a life. Source: census", "Life.", "'life span' has no source"),
        ("Class: assumption", "Class: guess", "'room' has class 'guess'"),
        ("Class: assumption", "", "'room' has no class"),
        ("Reason: ", "", "'room' is an assumption without a reason"),
        ("person [1000, 10000]", "person", "'room' has no range of two ends"),
        ("[50, 90]", "[50, 70.5]", "'life span'[south] = 71 is outside its range"),
        ("[0, 1e7]", "[0, 800]", "people.csv:2: constant 'initial residents'[north]"),
        ("\t~\t1/year\n\t~\tWhat", "\t~\t\n\t~\tWhat", "'\"pull (jobs)\"' has no unit"),
        ("Children born.", "", "'births' has no meaning"),
        ("*birth rate", "", "'birth rate' feeds nothing"),
    ],
)
def test_each_gap_is_a_finding_that_names_the_variable(
    small_path: Path, old: str, new: str, message: str
) -> None:
    text = small_path.read_text(encoding="utf-8")
    assert old in text
    small_path.write_text(text.replace(old, new, 1), encoding="utf-8")
    found = [str(f) for f in audit(read_model(small_path), SOURCES, ["births"])]
    assert any(message in line for line in found), found


def test_deleting_a_source_names_every_constant_that_cites_it(small: Model) -> None:
    found = audit(small, ["yearbook", "analyst"])
    assert {f.name for f in found} == {"birth rate", "life span", "initial residents"}


def test_a_source_that_nothing_cites_is_a_finding(small: Model) -> None:
    assert [f.name for f in audit(small, [*SOURCES, "rumour"])] == ["rumour"]
    assert audit(small, [*SOURCES, "rumour"], cited_elsewhere=["rumour"]) == []


def test_an_output_need_not_feed_another_variable(tmp_path: Path) -> None:
    path = tmp_path / "m.mdl"
    path.write_text("Total= Time ~ person ~ All. |\n", encoding="utf-8")
    model = read_model(path)
    assert [f.rule for f in audit(model, [])] == ["unused"]
    assert audit(model, [], outputs=["total"]) == []


def test_numbers_of_the_mathematics_are_not_evidence(tmp_path: Path) -> None:
    path = tmp_path / "m.mdl"
    path.write_text("x= 1 - 0.37*Time/1000 + Time^2 ~ 1 ~ X. |\n", encoding="utf-8")
    assert embedded_numbers(read_model(path).variables["x"]) == [0.37]


def test_assumptions_are_counted_by_group_and_over_all(small_path: Path) -> None:
    text = small_path.read_text(encoding="utf-8")
    before = assumptions_by_group(read_model(small_path))
    small_path.write_text(
        text.replace("Class: assumption", "Class: literature", 1), encoding="utf-8"
    )
    after = assumptions_by_group(read_model(small_path))
    assert after[""] == (before[""][0] - 1, before[""][1])
    for found in (before, after):
        groups = [counts for group, counts in found.items() if group]
        if groups:
            assert tuple(map(sum, zip(*groups, strict=True))) == found[""]
