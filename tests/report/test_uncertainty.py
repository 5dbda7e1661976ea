from dataclasses import replace

import pytest

from cqsim.report.build import Prepared
from cqsim.report.content import Record, records
from cqsim.report.context import ReportContext
from cqsim.report.numbers import filled, significant
from cqsim.report.phrases import Phrase
from cqsim.report.sections.uncertainty import (
    cells_of_regions,
    fans_shown,
    share_of,
    swings_shown,
    uncertainty,
)
from cqsim.report.sweep import (
    InputWords,
    SweepOfScenario,
    Swing,
    facts_of,
    of_scenario,
)
from cqsim.study.attainment import Attainment
from cqsim.study.results import SweepResults

RUNS = 400
TARGET = "urban_share_2025"


@pytest.mark.parametrize(
    ("value", "decimals"), [(0.0934, 4), (2.85, 2), (12.3, 1), (400.0, 0), (0.0, 0)]
)
def test_three_figures_are_shown(value: float, decimals: int) -> None:
    assert significant(value) == decimals


Told = tuple[ReportContext, list[Record], str]


def told(prepared: Prepared, sweep: SweepOfScenario | None) -> Told:
    """Return the section on a sweep, and its English text."""
    facts = replace(prepared.context.facts, sweep=sweep)
    ctx = ReportContext(facts, prepared.context.files)
    blocks = list(records(uncertainty(ctx), ctx.words))
    said = " ".join(
        filled(words["en"], ctx.numbers.entries, "en")
        for block in blocks
        for words in (block.get("text"), block.get("caption"), *block.get("items", []))
        if words
    )
    return ctx, blocks, said.replace("\xa0", " ")


SHARE = Attainment(
    *("baseline", TARGET, "headline", "", "metro", 2025, ">=", 80.0, RUNS),
    *(0.3, 0.02, 0.28, 0.33),
)
RESULTS = SweepOfScenario(
    title=Phrase("抽样", "Sample")._asdict(),
    share=Phrase("比例", "share of futures")._asdict(),
    scenario="baseline",
    inputs={
        "first": InputWords(Phrase("第一", "First")._asdict(), "1/year"),
        "second": InputWords(Phrase("第二", "Second")._asdict()),
    },
    targets={TARGET: SHARE},
    matrix={(TARGET, "yuzhong"): 1.0, (TARGET, "dazu"): 0.1, (TARGET, "nowhere"): 0.5},
    fans={("urban_share", "metro"): dict.fromkeys((2020, 2025), (70.0,) * 5)},
    swings=(
        Swing("baseline", TARGET, "first", 0.9, 0.1, 0.2, 0.8),
        Swing("baseline", TARGET, "second", 0.31, 0.29, 0.2, 0.8),
    ),
    boxes={},
)


def test_without_a_sweep_one_sentence_says_so_and_how_to_add_it(
    brief: Prepared,
) -> None:
    _, blocks, said = told(brief, None)
    kinds = [block["kind"] for block in blocks]
    assert kinds == ["heading", "paragraph"]
    assert "no probabilities" in said
    assert "cqsim sweep" in said
    assert "grid, levers, posterior, uncertainty" in said
    assert "--sweep" in said


def test_with_a_sweep_fans_tornado_matrix_and_failure_are_there(
    brief: Prepared, stored: SweepResults
) -> None:
    boxes = of_scenario(facts_of(stored), "baseline").boxes
    _, blocks, said = told(brief, replace(RESULTS, boxes=boxes))
    figures = [b["name"] for b in blocks if b["kind"] == "figure"]
    assert set(figures) == {"fans", "swings", "matrix"}
    assert "400 runs" in said
    assert "of the runs in which it is met" in said
    assert '"First" is at most 0.3' in said.replace("0.29", "0.3")
    assert "a year" in said


def test_a_region_is_judged_by_targets_that_are_about_it(brief: Prepared) -> None:
    ctx, _, _ = told(brief, RESULTS)
    assert set(cells_of_regions(ctx, RESULTS)) == {
        (TARGET, "yuzhong"),
        (TARGET, "dazu"),
    }


def test_inputs_that_hardly_move_a_share_are_no_part_of_the_tornado_alone(
    brief: Prepared,
) -> None:
    ctx, _, _ = told(brief, RESULTS)
    swings = swings_shown(ctx, RESULTS)[TARGET]
    assert [swing.input for swing in swings] == ["first", "second"]
    assert [v.target.id for v in fans_shown(ctx, RESULTS)] == [TARGET]
    marker = share_of(ctx, TARGET)
    assert filled(marker, ctx.numbers.entries, "en") == "30%"


def test_a_sweep_of_another_scenario_is_said(brief: Prepared) -> None:
    _, _, said = told(brief, replace(RESULTS, scenario="plan"))
    assert "rest on the scenario plan, not on that of this report" in said


def test_no_lasting_condition_is_said(brief: Prepared) -> None:
    _, _, said = told(brief, RESULTS)
    assert "No conditions of failure were found" in said
