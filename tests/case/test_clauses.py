import csv
import re
from pathlib import Path

import pytest

from cqsim.case.indicators import Indicators
from cqsim.case.registers import (
    Clause,
    Simplifier,
    read_clauses,
    read_simplifier,
)
from cqsim.case.targets import Targets
from cqsim.errors import CqsimError, InputFileError
from cqsim.resources import data_folder

HEAD = "id,location,quote,status,indicator,reason\n"


@pytest.fixture(scope="module")
def clauses() -> tuple[Clause, ...]:
    return read_clauses(data_folder("model") / "plan_clauses.csv")


def test_all_clauses_of_the_plan_are_there(clauses: tuple[Clause, ...]) -> None:
    assert [each.id for each in clauses] == [f"T{n:03}" for n in range(1, 146)]


def test_clauses_are_verbatim(clauses: tuple[Clause, ...], raw: Path) -> None:
    with (raw / "targets.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    said = [(row["target_id"], row["plan_location"], row["quote"]) for row in rows]
    assert [(each.id, each.location, each.quote) for each in clauses] == said


def test_quotes_are_shown_in_simplified_characters(
    clauses: tuple[Clause, ...],
) -> None:
    simplified = read_simplifier(data_folder("model") / "traditional.csv")
    by_id = {each.id: each.quote for each in clauses}
    assert simplified(by_id["T001"]) == "规划期至2025年,远期展望到2035年"
    for quote in by_id.values():
        shown = simplified(quote)
        assert simplified(shown) == shown
        assert len(shown) == len(quote)
        re.sub("[—·]", "", shown).encode("gb2312")


def test_a_longer_spelling_goes_before_the_characters_in_it() -> None:
    simplified = Simplifier({"著力": "着力", "顯": "显"})
    assert simplified("顯著,著力") == "显著,着力"


def test_every_indicator_of_a_clause_exists(
    clauses: tuple[Clause, ...], indicators: Indicators
) -> None:
    for clause in clauses:
        assert set(clause.indicator.split()) <= set(indicators), clause.id


def test_a_clause_with_a_target_is_modelled_or_a_proxy_by_its_indicator(
    clauses: tuple[Clause, ...], targets: Targets
) -> None:
    by_id = {clause.id: clause for clause in clauses}
    status = {"plan-numeric": "modelled", "plan-proxy": "proxy"}
    for target in targets.values():
        if target.evidence in status:
            clause = by_id[target.clause]
            assert target.id in clause.reason, target.id
            if target.indicator:
                assert clause.status == status[target.evidence], target.id
                assert target.indicator in clause.indicator.split(), target.id


def test_a_clause_that_a_lever_cites_is_not_out_of_scope(
    clauses: tuple[Clause, ...],
) -> None:
    levers = data_folder("model") / "levers.toml"
    text = levers.read_text(encoding="utf-8")
    lists = re.findall(r"^clauses = \[(.*)\]$", text, re.MULTILINE)
    cited = {clause for each in lists for clause in re.findall(r"T\d{3}", each)}
    outside = {clause.id for clause in clauses if clause.status == "out of scope"}
    assert cited
    assert not cited & outside


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD + "T001,a,b,modelled,c\n", r"csv:2: the line has 5 cells"),
        (HEAD + "T001,a,b,done,c,d\n", r"csv:2: 'done' is not one of modelled, proxy"),
        (HEAD + "T001,a,b,proxy,,d\n", r"csv:2: a proxy needs an indicator\."),
        (HEAD + "T001,a,b,out of scope,,\n", r"csv:2: the cell 'reason' is empty"),
        (
            HEAD + 2 * "T001,a,b,modelled,c,d\n",
            r"csv:3: the clause 'T001' stands in line 2",
        ),
    ],
)
def test_a_wrong_row_is_reported_with_file_and_line(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "clauses.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CqsimError, match=message):
        read_clauses(path)


def test_another_encoding_or_other_columns_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "clauses.csv"
    path.write_bytes(HEAD.encode("utf-16"))
    with pytest.raises(InputFileError, match=r"neither UTF-8 nor GB18030"):
        read_clauses(path)
    path.write_text("a,b\n", encoding="utf-8")
    with pytest.raises(InputFileError, match=r"csv:1: the columns differ"):
        read_clauses(path)
    with pytest.raises(InputFileError, match=r"none\.csv: the file is missing"):
        read_clauses(tmp_path / "none.csv")
