"""What the registers promise, held against the model."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from shutil import copytree

import pytest

from cqsim.case.case import Case
from cqsim.case.levers import Levers
from cqsim.case.registers import read_clauses
from cqsim.documentation.book import Documentation
from cqsim.judge.measure import Measure, UndefinedIndicatorError
from cqsim.ledger.check import check_ledger
from cqsim.model.audit import audit
from cqsim.resources import data_folder

Measured = Callable[[Sequence[Mapping[str, float]]], list[Measure]]

FOLDER = data_folder("model")
LEVER_IDS = list(Case.load(FOLDER).levers)
LAST = 2040
"""By then the slowest lever has had its full ramp."""

GDP_OR_CO2 = re.compile(r"gdp|co2|emission|生产总值|二氧化碳|碳排放", re.I)


def test_every_number_has_its_evidence_and_every_variable_its_use() -> None:
    book = Documentation.open(FOLDER / "metro.mdl")
    assert [str(finding) for finding in book.findings] == []


def test_the_audit_sees_a_source_that_is_gone() -> None:
    book = Documentation.open(FOLDER / "metro.mdl")
    left = set(book.registers.sources) - {"ZHANGJUN"}
    missing = [f for f in audit(book.model, left) if f.rule == "source"]
    assert any("depreciation rate" in str(f) for f in missing)


SOURCES = sorted(
    line.split(",", 1)[0]
    for line in (FOLDER / "sources.csv").read_text(encoding="utf-8").splitlines()[1:]
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(copytree(FOLDER, tmp_path_factory.mktemp("ledger") / "model"))


def test_the_check_names_who_cites_each_source_that_is_gone(copy: Path) -> None:
    """Four sources at a time; of more than that a finding names the first."""
    path = copy / "sources.csv"
    whole = path.read_text(encoding="utf-8")
    head, *rows = whole.splitlines(keepends=True)
    constants = re.findall(
        r"Source: ([^.~|]+)\.", (copy / "metro.mdl").read_text(encoding="utf-8")
    )
    cited = {source.strip() for ids in constants for source in ids.split(",")}
    try:
        for first in range(0, len(rows), 4):
            gone = rows[first : first + 4]
            kept = (row for row in rows if row not in gone)
            path.write_text(head + "".join(kept), encoding="utf-8")
            failed = [f for f in check_ledger(copy) if not f.holds]
            text = " ".join(finding.detail for finding in failed)
            for source in (row.split(",", 1)[0] for row in gone):
                said = f"'{source}' is not in sources.csv and is cited by "
                assert said in text
                if source in cited:
                    who = text.partition(said)[2].partition(" is not in ")[0]
                    assert "metro.mdl" in who, source
    finally:
        path.write_text(whole, encoding="utf-8")


@pytest.mark.parametrize(
    ("row", "detail"),
    [
        ("KNOWN,memory,recalled by heart,a library,2020,none", "has no document"),
        ("KNOWN,paper,A paper without a year,a library,,none", "has no document"),
        ("KNOWN,paper,A paper of nobody,,2020,none", "has no document"),
        ("KNOWN,paper,A paper,a library,2020,none", ""),
    ],
)
def test_a_constant_may_not_rest_on_memory_or_an_unpublished_source(
    copy: Path, row: str, detail: str
) -> None:
    model, sources = copy / "metro.mdl", copy / "sources.csv"
    texts = {path: path.read_text(encoding="utf-8") for path in (model, sources)}
    cited = texts[model].replace("Source: BARRO2015", "Source: KNOWN, BARRO2015")
    assert cited != texts[model]
    try:
        model.write_text(cited, encoding="utf-8")
        sources.write_text(texts[sources] + row + "\n", encoding="utf-8")
        failed = " ".join(f.detail for f in check_ledger(copy) if not f.holds)
    finally:
        for path, text in texts.items():
            path.write_text(text, encoding="utf-8")
    assert detail in failed
    assert bool(failed) == bool(detail)


def test_what_is_said_to_be_published_cites_more_than_a_judgement() -> None:
    model = Documentation.open(FOLDER / "metro.mdl").model
    for variable in model.variables.values():
        if variable.evidence in ("plan", "statistic", "literature"):
            assert set(variable.sources) - {"analyst"}, variable.name


def test_the_plan_has_four_numbers_and_none_of_gdp_or_co2(rules: Case) -> None:
    plan = [t for t in rules.targets.values() if t.evidence == "plan-numeric"]
    assert len(plan) == 4
    for target in plan:
        words = f"{target.id} {target.title.zh} {target.title.en} {target.indicator}"
        assert not GDP_OR_CO2.search(words), target.id


def test_gdp_and_co2_targets_say_that_they_are_not_the_plans(rules: Case) -> None:
    for target in rules.targets.values():
        if GDP_OR_CO2.search(f"{target.id} {target.indicator}"):
            assert target.evidence in ("plan-proxy", "linked-official", "analyst")
            assert target.sources != ("PLAN",) or target.evidence == "plan-proxy"
            if target.evidence == "plan-proxy":
                assert "代理" in target.title.zh, target.id
                assert "proxy" in target.title.en, target.id


def test_other_documents_and_the_outlook_have_their_targets(rules: Case) -> None:
    targets = rules.targets.values()
    assert sum(t.evidence == "linked-official" for t in targets) >= 8
    proxies = [t for t in targets if t.evidence == "plan-proxy" and t.year == 2035]
    assert len(proxies) >= 6
    for target in proxies:
        assert target.reasoning is not None, target.id
        assert min(len(target.reasoning.zh), len(target.reasoning.en)) > 20, target.id


def test_every_clause_that_a_lever_or_a_target_names_is_in_the_list(
    rules: Case, levers: Levers
) -> None:
    known = {clause.id for clause in read_clauses(FOLDER / "plan_clauses.csv")}
    for lever in levers.values():
        assert lever.clauses, lever.id
        assert set(lever.clauses) <= known, lever.id
    plan = ("plan-numeric", "plan-proxy")
    for target in rules.targets.values():
        if target.evidence in plan:
            assert target.clause in known, target.id


def test_every_lever_moves_indicators_that_exist(rules: Case, levers: Levers) -> None:
    for lever in levers.values():
        assert set(lever.moves) <= set(rules.indicators), lever.id


@pytest.fixture(scope="module")
def pulled(measured: Measured, levers: Levers) -> dict[str, Measure]:
    """Return the run of each lever at its ceiling, and that of none."""
    rows = [{lever.constant: lever.ceiling} for lever in levers.values()]
    runs = measured([{**row, "FINAL TIME": LAST} for row in ({}, *rows)])
    return dict(zip(("", *levers), runs, strict=True))


def largest_move(pulled: Mapping[str, Measure], lever: str, indicator: str) -> float:
    """Return how far a lever moves an indicator in any scope, in material steps."""
    material = pulled[""].indicators[indicator].material
    moves = []
    for scope in pulled[""].scopes:
        try:
            before = pulled[""].value(indicator, scope, LAST)
            after = pulled[lever].value(indicator, scope, LAST)
        except UndefinedIndicatorError:
            continue
        moves.append(abs(after - before) / material)
    return max(moves)


@pytest.mark.parametrize("lever", LEVER_IDS)
def test_a_lever_at_its_ceiling_moves_what_it_says_by_what_matters(
    pulled: dict[str, Measure], levers: Levers, lever: str
) -> None:
    moves = {i: largest_move(pulled, lever, i) for i in levers[lever].moves}
    assert max(moves.values()) >= 1, moves


@pytest.mark.parametrize("lever", LEVER_IDS)
def test_a_lever_moves_an_indicator_that_a_target_is_judged_by(
    pulled: dict[str, Measure], rules: Case, lever: str
) -> None:
    judged = {target.indicator for target in rules.judged_targets.values()}
    for target in rules.judged_targets.values():
        judged |= {a.indicator for a in target.alternatives if a.indicator}
    judged -= {i for i in judged if rules.indicators[i].kind == "peak_year"}
    assert max(largest_move(pulled, lever, i) for i in judged) > 1e-6


SIGNS = {
    "hukou": ("urban_share", +1),
    "rail": ("one_hour_share", +1),
    "road": ("one_hour_share", +1),
    "commuter_trains": ("one_hour_share", +1),
    "research": ("gdp", +1),
    "investment": ("gdp", +1),
    "efficiency": ("energy_per_gdp", -1),
    "coal": ("pm25", -1),
    "imports": ("territorial_co2", -1),
    "thermal_retirement": ("territorial_co2", -1),
    "renewables": ("renewable_electricity_share", +1),
    "electric_vehicles": ("pm25", -1),
    "precursors": ("good_air_share", +1),
    "family": ("resident_population", +1),
    "talent": ("resident_population", +1),
    "carbon_price": ("territorial_co2", -1),
}


@pytest.mark.parametrize(
    ("lever", "moved", "sign"), [(k, *v) for k, v in SIGNS.items()]
)
def test_a_lever_pulls_in_the_direction_that_it_is_meant_to(
    pulled: dict[str, Measure], lever: str, moved: str, sign: int
) -> None:
    difference = pulled[lever].path(moved, "metro") - pulled[""].path(moved, "metro")
    assert sign * difference[-1] > 0
    assert (sign * difference >= -1e-9).all(), "against its sense on the way"


def test_relocation_takes_output_out_of_the_centre(pulled: dict[str, Measure]) -> None:
    shares = [pulled[k].value("gdp_share", "outer", LAST) for k in ("relocation", "")]
    assert shares[0] > shares[1]


def test_integration_brings_people_to_guangan(pulled: dict[str, Measure]) -> None:
    people = [
        pulled[k].value("resident_population", "northern", LAST)
        for k in ("guangan", "")
    ]
    assert people[0] > people[1]
