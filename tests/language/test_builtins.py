"""One table says what a function is; what computes it and the docs follow it."""

from importlib.resources import files
from pathlib import Path

import pytest

from cqsim.compile.expr import FUNCTIONS
from cqsim.compile.lower.expression import HANDLERS
from cqsim.compile.lower.formulas import formula_names, takes
from cqsim.language.builtins import BUILTINS, REFUSED, builtin

PAGE = Path(__file__).parents[2] / "docs" / "languages.md"


def test_every_function_is_lowered_and_nothing_else_is() -> None:
    direct = FUNCTIONS - formula_names()
    assert HANDLERS.keys() <= BUILTINS.keys() <= {*HANDLERS, *formula_names(), *direct}
    assert not HANDLERS.keys() & {*formula_names(), *direct}


def test_every_formula_is_a_function_or_part_of_one() -> None:
    text = files("cqsim.compile.lower").joinpath("formulas.txt").read_text("utf-8")
    parts = formula_names() - BUILTINS.keys()
    assert [name for name in parts if text.count(f"{name}(") < 2] == []


def test_a_formula_takes_as_many_arguments_as_its_function() -> None:
    for name in BUILTINS.keys() & formula_names():
        row = BUILTINS[name]
        assert all(takes(name, n) for n in range(row.least, row.most + 1)), name


@pytest.mark.parametrize("name", BUILTINS)
def test_the_page_of_languages_lists_a_function(name: str) -> None:
    row = BUILTINS[name]
    listed = PAGE.read_text(encoding="utf-8").replace(".", ",").split("\n")
    words = {word.strip() for line in listed for word in line.split(",")}
    assert {spelling.upper() for spelling in (*row.vensim, *row.xmile)} <= words


def test_a_function_is_not_both_run_and_refused() -> None:
    spellings = {s for row in BUILTINS.values() for s in (*row.vensim, *row.xmile)}
    assert not spellings & REFUSED.keys()


def test_the_files_language_decides_what_a_name_means() -> None:
    for name in ("pulse", "ramp", "trend", "delay1"):
        found = [builtin(name, language) for language in ("vensim", "xmile")]
        assert [row.name if row else "" for row in found] == [name, f"xmile {name}"]


def test_no_spelling_has_two_meanings_in_a_language() -> None:
    for language in ("vensim", "xmile"):
        names = [s for row in BUILTINS.values() for s in getattr(row, language)]
        assert len(names) == len(set(names))
