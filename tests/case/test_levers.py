from pathlib import Path

import pytest

from cqsim.case.case import Case
from cqsim.errors import FaultsError


def changed(towns: Path, before: str, after: str) -> Case:
    path = towns / "levers.toml"
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")
    return Case.load(towns)


def test_the_shipped_levers_fit_the_shipped_model() -> None:
    levers = Case.load().levers
    assert 12 <= len(levers) <= 20


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("floor = 0.0", "floor = 0.9", r":10:9: service_access: the floor 0.9 is not"),
        ("today = 0.0", "today = 0.9", r":9:9: service_access: today's 0.9 is beyond"),
        (
            "today = 0.0",
            "today = { a = 'x' }",
            r":9:15: lever.0.today.a must be",
        ),
        ("ceiling = 0.8", "cieling = 0.8", r":11:1: .*'cieling'.*Did you mean 'ceil"),
        ("ceiling = 0.8\n", "", r":1:3: 'lever.0.ceiling' is missing"),
        ('sources = ["analyst"]', "sources = []", r":13:11: lever.0.sources"),
        ("earliest_start = 2023", "earliest_start = '2023'", r":15:18: .*whole number"),
        (
            'moves = ["urban_share"]',
            'moves = ["urban"]',
            r":18:10: .*indicator 'urban'",
        ),
        (', unit = "person"', "", r":17:1: 'lever.0.effort.unit' is missing"),
    ],
)
def test_a_fault_of_a_lever_is_named_with_its_place(
    towns: Path, before: str, after: str, said: str
) -> None:
    with pytest.raises(FaultsError, match=said):
        _ = changed(towns, before, after).levers
