"""The words of a report: nothing is unworded, unsaid, or said in one language only."""

import ast
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest

import cqsim.report
from cqsim.errors import FaultsError
from cqsim.report.phrases import (
    PLACEHOLDER,
    Catalogue,
    Phrase,
    change_word,
    claim,
    read_catalogue,
)

WORDS = read_catalogue()
PHRASES = {**WORDS.claim, **WORDS.word, **WORDS.heading}
MODULES = [
    ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted(Path(cqsim.report.__path__[0]).rglob("*.py"))
]
CHANGES = {change_word(c, 1.0) for c in (0.0, 2.0, 5.0, 20.0, -2.0, -5.0, -20.0)}


def placeholders(text: str) -> set[str]:
    """Return the values that a text takes, but for those that only choose a form."""
    found = PLACEHOLDER.finditer(text)
    return {match[1] for match in found if "/" not in (match[2] or "")}


def values(phrase: Phrase) -> set[str]:
    """Return all values that a phrase takes in some language."""
    return {match[1] for text in phrase for match in PLACEHOLDER.finditer(text)}


def constants(node: ast.AST) -> set[str]:
    return {
        each.value
        for each in ast.walk(node)
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    }


def ids_of(node: ast.AST) -> set[str]:
    """Return the ids that an argument may be, as far as they are written there."""
    if isinstance(node, ast.IfExp):
        return ids_of(node.body) | ids_of(node.orelse)
    return {str(node.value)} if isinstance(node, ast.Constant) else set()


def calls(*names: str) -> Iterator[tuple[set[str], set[str]]]:
    """Yield the ids and the values of every call that makes a claim or a block."""
    for call in (node for module in MODULES for node in ast.walk(module)):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            continue
        if call.func.id not in names or not call.args:
            continue
        given = {keyword.arg for keyword in call.keywords if keyword.arg}
        if call.func.id == "Claim" and isinstance(call.args[1], ast.Dict):
            given = set().union(*(constants(k) for k in call.args[1].keys if k))
        yield ids_of(call.args[0]), given


def texts() -> Iterator[tuple[str, Phrase]]:
    """Yield every phrase of the catalogue that a report prints, with its place."""
    yield from PHRASES.items()
    for name, table in WORDS.table.items():
        yield f"table.{name}", table.caption
        yield from ((f"table.{name}", Phrase(c.zh, c.en)) for c in table.columns)
        if table.note:
            yield f"table.{name}.note", table.note
    for name, figure in WORDS.figure.items():
        yield f"figure.{name}", figure.caption
        yield f"figure.{name}.alt", figure.alt


def test_both_languages_use_the_same_values() -> None:
    unequal = [n for n, p in texts() if placeholders(p.zh) != placeholders(p.en)]
    assert unequal == []


def test_no_id_names_two_phrases() -> None:
    for one, other in combinations((WORDS.claim, WORDS.word, WORDS.heading), 2):
        assert set(one) & set(other) == set()


def test_every_phrase_is_said_and_every_table_and_figure_is_shown() -> None:
    written = set().union(*map(constants, MODULES)) | CHANGES
    known = {*PHRASES, *WORDS.table, *WORDS.figure, *WORDS.equation}
    assert known - written == set()


def test_every_claim_is_worded_and_gives_all_values_that_its_words_take() -> None:
    lacking, count = [], 0
    for ids, given in calls("claim", "Claim"):
        for name in ids:
            count += 1
            if name not in PHRASES or not values(PHRASES[name]) <= given:
                lacking.append(name)
    assert lacking == []
    assert count > 100


def test_every_table_and_figure_gives_all_values_that_its_words_take() -> None:
    lacking = []
    for ids, given in calls("table"):
        for name in ids:
            own = WORDS.table[name]
            columns = [Phrase(column.zh, column.en) for column in own.columns]
            parts = [own.caption, *columns, *([own.note] if own.note else [])]
            taken = set().union(*map(values, parts))
            taken |= {column.each for column in own.columns if column.each}
            lacking += [] if taken <= given else [name]
    for ids, given in calls("figure"):
        for name in ids:
            taken = values(WORDS.figure[name].caption) | values(WORDS.figure[name].alt)
            lacking += [] if taken <= given else [name]
    assert lacking == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("{n} {n:is/are} met", "1 is met"),
        ("{xs:join; }", "a; b"),
        ("{xs:does/do}", "do"),
        ("{title:lower}", "big"),
        ("{title}", "Big"),
    ],
)
def test_a_value_is_put_in_its_form(words: str, said: str) -> None:
    catalogue = Catalogue(word={"x": Phrase(words, words)})
    given = claim("x", n=1, xs=["a", "b"], title="Big")
    assert catalogue.text(given, "en") == said


def test_a_value_that_there_is_not_is_one_message() -> None:
    catalogue = Catalogue(word={"x": Phrase("{margn}", "{margn}")})
    with pytest.raises(FaultsError, match=r"x: .* no value for '\{margn\}'. .*margin"):
        catalogue.text(claim("x", margin="1"), "en")


def test_a_case_may_word_a_claim_anew_and_keeps_all_others(tmp_path: Path) -> None:
    own = '[claim.turning]\nzh = "最高{year}"\nen = "Top in {year}"\n'
    (tmp_path / "words.toml").write_text(own, encoding="utf-8")
    found = read_catalogue(tmp_path)
    assert found.text(claim("turning", year=2030, top=""), "en") == "Top in 2030"
    assert found.claim["spread"] == WORDS.claim["spread"]
    assert found.table == WORDS.table


def test_words_for_what_no_report_says_are_one_message(tmp_path: Path) -> None:
    own = '[claim.turnin]\nzh = "高"\nen = "high"\n'
    (tmp_path / "words.toml").write_text(own, encoding="utf-8")
    with pytest.raises(FaultsError, match=r"no report says claim\.turnin\. .*turning"):
        read_catalogue(tmp_path)


def test_a_word_of_an_unknown_kind_is_named_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "words.toml").write_text('[clam.x]\nzh = "a"\nen = "b"\n')
    with pytest.raises(FaultsError, match=r"words\.toml:1:"):
        read_catalogue(tmp_path)


@pytest.mark.parametrize("width", ["12", "#read(1)", "1fr; 2"])
def test_a_width_that_is_none_is_named_with_its_place(
    tmp_path: Path, width: str
) -> None:
    column = f'{{ zh = "a", en = "b", width = "{width}" }}'
    table = f'[table.run]\ncaption = {{ zh = "a", en = "b" }}\ncolumns = [{column}]\n'
    (tmp_path / "words.toml").write_text(table)
    with pytest.raises(FaultsError, match=r"words\.toml:3:.*width"):
        read_catalogue(tmp_path)
