import csv
import re
from collections import Counter
from pathlib import Path

import pytest

from cqsim.case.case import Case
from cqsim.case.indicators import Indicators
from cqsim.case.targets import Target, Targets, read_targets
from cqsim.errors import FaultsError

PLAN_NUMERIC = {
    "T015": "80%",
    "T035": "89.4%",
    "T094": "400萬噸",
    "T093": "百億方",
}

GOOD = """\
[urban]
title = { zh = "城镇化率", en = "Urban share" }
year = 2025
scope = "metro"
own_scope = "metro"
indicator = "urban_share"
operator = ">="
value = 80.0
unit = "%"
class = "plan-numeric"
clause = "T015"
location = "somewhere"
quote = "達到80%左右"
plan_number = "80%"
wording = "左右"
readings = [
    { id = "literal", threshold = 80.0, text = { zh = "字面", en = "literal" } },
    { id = "near", threshold = 79.0, text = { zh = "相近", en = "near" } },
]
alternatives = [
    { id = "cq21", boundary = "cq21", text = { zh = "21区", en = "21 districts" } },
]
sources = ["PLAN"]
"""


def read(tmp_path: Path, indicators: Indicators, text: str) -> Targets:
    path = tmp_path / "targets.toml"
    path.write_text(text, encoding="utf-8")
    case = Case.load()
    return read_targets(path, case.about, case.geography, indicators)


def clauses(raw: Path) -> dict[str, dict[str, str]]:
    rows: dict[str, dict[str, str]] = {}
    for name in ("targets.csv", "targets_external.csv"):
        with (raw / name).open(encoding="utf-8", newline="") as file:
            rows |= {row["target_id"]: row for row in csv.DictReader(file)}
    return rows


def of_class(targets: Targets, evidence: str) -> list[Target]:
    return [each for each in targets.values() if each.evidence == evidence]


def test_the_good_example_is_read(tmp_path: Path, indicators: Indicators) -> None:
    target = read(tmp_path, indicators, GOOD)["urban"]
    assert (target.value, target.evidence) == (80.0, "plan-numeric")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "value = 80.0",
            'value = "much"',
            r"toml:8:9: urban\.value must be a number, .*'much'",
        ),
        ("plan_number =", "plan_numbr =", r"toml:14:1: .*Did you mean 'plan_number'"),
        ("value = 80.0\n", "", r"toml:1:2: 'urban\.value' is missing"),
        ('"metro"', '"metre"', r"toml:4:9: .*no scope 'metre'\. Did you mean 'metro'"),
        ('"urban_share"', '"urban"', r"toml:6:13: .*no indicator 'urban'"),
        ('unit = "%"', 'unit = "1"', r"toml:9:8: .*the unit is '1'"),
        ('">="', '"=="', r"toml:7:12: .*operator = .*'=='"),
        ("80%左右", "八成左右", r"toml:1:2: urban: plan_number is not in the quote"),
        ('"T015"', '"X015"', r"toml:1:2: urban: plan-numeric needs a clause .* T\["),
        ("79.0", "81.0", r"readings must go from the strictest to the loosest"),
        ("= 80.0,", "= 80.5,", r"one of the readings must have the target's value 80"),
        (
            "boundary =",
            'indicator = "x", boundary =',
            r"toml:21:\d+: .*no indicator 'x'",
        ),
        ('["PLAN"]', "[]", r"toml:23:11: urban\.sources"),
        ('"plan-numeric"', '"plan-proxy"', r"urban: plan-proxy needs its reasoning"),
        ('"plan-numeric"', '"plan"', r"toml:10:9: urban: .*no class 'plan'"),
        ("year = 2025", "year = 1925", r"toml:3:8: urban: 1925 is outside"),
        (
            'class = "plan',
            'status = "reference"\nclass = "plan',
            r"toml:10:10: urban: the status reference needs why, in zh and en",
        ),
        (
            'class = "plan',
            'why = { zh = "口径", en = "scope" }\nclass = "plan',
            r"toml:10:7: urban: why says why there is no verdict, and the target has",
        ),
        (
            'class = "plan',
            'status = "reference"\nwhy = { zh = "口径" }\nclass = "plan',
            r"'urban\.why\.en' is missing",
        ),
        (
            'class = "plan',
            'status = "not_judgeable"\nwhy = { zh = "无", en = "none" }\nclass = "plan',
            r"toml:6:13: urban: 'urban_share' is no measure of what is not judgeable",
        ),
        (
            'class = "plan',
            'measures = { document = { zh = "甲", en = "a" }, model = { zh = "乙", '
            'en = "b" }, scope = "other", accounting = "same" }\nclass = "plan',
            r"toml:10:12: urban: a verdict takes the document's own scope and acc",
        ),
        (
            'class = "plan',
            'status = "refrence"\nclass = "plan',
            r"toml:10:10: urban\.status = .*'refrence': it should be 'judged'",
        ),
        (
            'indicator = "urban_share"\n',
            "",
            r"toml:1:2: urban: the indicator is missing",
        ),
    ],
)
def test_a_fault_is_reported_with_file_and_line(
    tmp_path: Path, indicators: Indicators, old: str, new: str, message: str
) -> None:
    with pytest.raises(FaultsError, match=message):
        read(tmp_path, indicators, GOOD.replace(old, new, 1))


@pytest.mark.parametrize("indicator", ["gdp", "co2_per_head"])
def test_a_gdp_or_co2_number_cannot_be_called_the_plans(
    tmp_path: Path, indicators: Indicators, indicator: str
) -> None:
    unit = indicators[indicator].unit
    text = GOOD.replace('"urban_share"', f'"{indicator}"')
    text = text.replace('unit = "%"', f'unit = "{unit}"')
    with pytest.raises(FaultsError, match=r"toml:10:9: .*the plan sets no number for"):
        read(tmp_path, indicators, text)


def test_the_municipality_is_no_scope_of_what_the_model_has_by_region(
    tmp_path: Path, indicators: Indicators
) -> None:
    text = GOOD.replace('scope = "metro"', 'scope = "chongqing"', 1)
    with pytest.raises(FaultsError, match=r"toml:4:9: .*has 'urban_share' for its 22"):
        read(tmp_path, indicators, text)


def test_the_plan_itself_sets_exactly_four_numbers(targets: Targets) -> None:
    found = {t.clause: t.plan_number for t in of_class(targets, "plan-numeric")}
    assert found == PLAN_NUMERIC
    assert len(of_class(targets, "plan-numeric")) == 4


def test_the_plans_numbers_are_those_that_are_judged(targets: Targets) -> None:
    by_clause = {t.clause: t for t in of_class(targets, "plan-numeric")}
    required = {clause: by_clause[clause].value for clause in PLAN_NUMERIC}
    assert required == {"T015": 80.0, "T035": 89.4, "T094": 400.0, "T093": 100.0}


def test_the_hour_is_the_plans_and_the_share_of_people_is_ours(
    targets: Targets,
) -> None:
    share = targets["one_hour_2025"]
    assert share.evidence == "plan-proxy"
    hours = {a.indicator: (a.operator, a.value) for a in share.alternatives[1:]}
    hour = ("<=", 60.0)
    assert hours == {"longest_access_time": hour, "access_time": hour}


def test_quotes_and_places_are_verbatim(targets: Targets, raw: Path) -> None:
    rows = clauses(raw)
    for target in targets.values():
        row = rows[target.clause]
        assert target.quote == row["quote"], target.id
        assert target.location == row["plan_location"], target.id


def test_the_numbers_of_documents_are_those_collected(
    targets: Targets, raw: Path
) -> None:
    rows = clauses(raw)
    for target in of_class(targets, "linked-official"):
        assert target.value == float(rows[target.clause]["value"]), target.id
        assert target.year == int(rows[target.clause]["year"]), target.id


def test_a_linked_target_cites_the_source_that_was_collected(
    targets: Targets, raw: Path
) -> None:
    rows = clauses(raw)
    for target in of_class(targets, "linked-official"):
        assert rows[target.clause]["source_id"] in target.sources, target.id


def test_what_the_collection_calls_unconfirmed_stays_flagged(
    targets: Targets, raw: Path
) -> None:
    rows = clauses(raw)
    for target in targets.values():
        doubtful = (
            "unconfirmed" in rows[target.clause]["note"] or "MEM" in target.sources
        )
        assert target.unconfirmed == doubtful, target.id
        assert ("未经证实" in target.title.zh) == doubtful, target.id


def test_every_source_was_collected(
    targets: Targets, indicators: Indicators, raw: Path
) -> None:
    known = {"analyst"}
    for path in raw.glob("sources_*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            known |= {row["source_id"] for row in csv.DictReader(file)}
    for target in targets.values():
        bases = {target.base.source} if target.base else set()
        assert {*target.sources, *bases} <= known, target.id
    for indicator in indicators.values():
        for weather in indicator.weather:
            assert set(weather.sources) <= known, indicator.id


def test_there_are_enough_targets_of_each_class(targets: Targets) -> None:
    count = Counter(each.evidence for each in targets.values())
    outlook = [t for t in of_class(targets, "plan-proxy") if t.year == 2035]
    assert count["linked-official"] >= 8
    assert len(outlook) >= 6


def test_no_number_on_gdp_or_emissions_is_called_a_target_of_the_plan(
    targets: Targets, indicators: Indicators
) -> None:
    for target in targets.values():
        theme = indicators[target.indicator].theme if target.indicator else ""
        if theme in ("economy", "emissions") and target.clause.startswith("T"):
            assert target.evidence == "plan-proxy", target.id
            assert "代理" in target.title.zh, target.id
            assert "proxy" in target.title.en, target.id


def test_a_proxy_gives_its_reasoning_and_owns_its_number(targets: Targets) -> None:
    for target in of_class(targets, "plan-proxy"):
        assert target.reasoning is not None
        assert "analyst" in target.sources, target.id
        assert re.search(r"没有|只写|只说", target.reasoning.zh), target.id


def test_a_target_of_another_area_says_so(targets: Targets) -> None:
    for target in targets.values():
        if target.own_scope != target.scope and target.evidence == "linked-official":
            assert target.reasoning is not None
            assert "文件口径" in target.reasoning.zh, target.id


def test_targets_of_2025_are_called_after_the_fact(targets: Targets) -> None:
    for target in targets.values():
        past = target.year <= 2025
        assert ("事后评估" in target.title.zh) == past, target.id
        assert ("after the fact" in target.title.en) == past, target.id


def test_every_vague_word_has_readings(targets: Targets) -> None:
    for target in targets.values():
        word = next((w for w in ("左右", "基本", "约") if w in target.quote), None)
        if word and target.evidence == "plan-numeric":
            assert target.wording == word, target.id
            assert len(target.readings) >= 3, target.id


def test_the_plans_shares_are_judged_inside_of_both_boundaries(
    targets: Targets, indicators: Indicators
) -> None:
    for target in of_class(targets, "plan-numeric"):
        if target.unit == "%":
            assert "cq21" in {each.boundary for each in target.alternatives}, target.id


def test_an_average_and_a_peak_cannot_be_met_early(
    targets: Targets, indicators: Indicators
) -> None:
    assert indicators[targets["gdp_growth_2025"].indicator].over_period
    assert indicators[targets["co2_peak"].indicator].over_period
    assert not indicators[targets["urban_share_2025"].indicator].over_period


def test_the_weather_is_the_scatter_of_the_confirmed_years(
    indicators: Indicators, raw: Path
) -> None:
    import numpy as np

    with (raw / "emissions_observed.csv").open(encoding="utf-8", newline="") as file:
        rows = [
            row
            for row in csv.DictReader(file)
            if row["variable"] == "good_air_days" and row["source_id"] != "MEM"
        ]
    days = {
        int(r["year"]): float(r["value"]) for r in rows if r["region_id"] == "chongqing"
    }
    assert sorted(days) == [2017, 2019, 2020, 2021, 2022]
    years = np.array(sorted(days), dtype=float)
    lengths = np.where(years % 4 == 0, 366.0, 365.0)
    shares = 100.0 * np.array([days[int(year)] for year in years]) / lengths
    trend = np.polynomial.Polynomial.fit(years, shares, 1)
    scatter = float(np.sqrt(((shares - trend(years)) ** 2).sum() / (len(years) - 2)))
    steps = np.diff(shares[1:])
    jumps = float(np.sqrt((steps**2).mean() / 2))
    share = {each.id: each.deviation for each in indicators["good_air_share"].weather}
    in_days = {each.id: each.deviation for each in indicators["good_air_days"].weather}
    assert share == pytest.approx({"trend": scatter, "differences": jumps}, abs=0.005)
    assert in_days == pytest.approx(
        {"trend": 3.65 * scatter, "differences": 3.65 * jumps}, abs=0.01
    )


def test_what_stands_in_a_document_says_what_the_document_measures(
    targets: Targets,
) -> None:
    for target in targets.values():
        if target.evidence != "plan-proxy" and target.indicator:
            assert target.measures is not None, target.id
            is_other = "other" in (target.measures.scope, target.measures.accounting)
            assert is_other == (target.status == "reference"), target.id
