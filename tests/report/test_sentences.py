import re
from dataclasses import replace

from cqsim.judge.progress import progress_of
from cqsim.judge.verdicts import Judgement
from cqsim.report.build import Prepared
from cqsim.report.content import records
from cqsim.report.context import ReportContext
from cqsim.report.facts import NO_HISTORY
from cqsim.report.sections.fields import path_claim
from cqsim.report.sections.reach import reach_claim
from cqsim.report.sections.summary import summary
from cqsim.report.sections.verdicts import boundary_claims
from cqsim.study.reach import Reachability


def test_what_turns_a_verdict_round_is_named(brief: Prepared) -> None:
    ctx = brief.context
    turned = 0
    for verdict in ctx.verdicts:
        others = [
            other.alternative
            for other in verdict.alternatives
            if other.status.met != verdict.status.met
        ]
        said = boundary_claims(ctx, [verdict])
        turned += len(said)
        for sentence, other in zip(said, others, strict=True):
            by_year = other.year is not None and other.indicator is None
            text = ctx.words.text(sentence, "en")
            assert text.startswith("The year decides.") == by_year
    assert turned


def test_one_lever_does_and_two_levers_do_most(brief: Prepared) -> None:
    ctx = brief.context
    for verdict in ctx.verdicts:
        reach = ctx.facts.reachability.reaches.get(verdict.target.id)
        if reach is None or reach.margin < 0:
            continue
        verb = "does" if len(reach.levers) == 1 else "do"
        said = ctx.words.text(reach_claim(ctx, verdict), "en")
        assert said.endswith(f" {verb} most.")


def test_an_estimate_is_called_one_once(brief: Prepared) -> None:
    ctx = brief.context
    estimates = [name for name, own in ctx.case.indicators.items() if own.downscaled]
    told = [path_claim(ctx, name, "metro") for name in estimates]
    sentences = [ctx.words.phrase(each) for each in told if each is not None]
    assert sentences
    for sentence in sentences:
        assert len(re.findall("downscaled estimate", sentence.en)) == 1
        assert len(re.findall("降尺度估计", sentence.zh)) == 1


def test_findings_are_as_many_as_their_heading_says(brief: Prepared) -> None:
    facts = brief.context.facts
    kept = [v for v in facts.main.judgement.verdicts if v.target.year <= 2025][:1]
    outcome = replace(facts.main, judgement=Judgement(tuple(kept), ()))
    none = Reachability((), {})
    bare = replace(facts, outcomes=(outcome,), reachability=none, history=NO_HISTORY)
    ctx = ReportContext(bare, brief.context.files)
    said = list(records(summary(ctx), ctx.words))
    headings = {
        block["text"]["en"]: after
        for block, after in zip(said, [*said[1:], {"kind": "none"}], strict=True)
        if block["kind"] == "heading"
    }
    for count, title in enumerate(("One finding", "Two findings", "Three findings")):
        if title in headings:
            assert len(headings[title]["items"]) == count + 1
    assert "Three findings" not in headings
    assert all(after["kind"] != "none" for after in headings.values())


def test_the_pace_of_a_target_is_the_one_that_is_measured_everywhere(
    brief: Prepared,
) -> None:
    ctx, found = brief.context, 0
    for verdict in ctx.verdicts:
        target = verdict.target
        way = progress_of(ctx.facts.measures[0], target, ctx.facts.observed)
        entry = brief.data["numbers"].get(f"pace.{target.id}")
        assert (way is None) == (entry is None)
        if way is not None:
            assert entry["value"] == way.pace.past
            needed = brief.data["numbers"].get(f"pace_needed.{target.id}")
            assert needed is None or needed["value"] == way.pace.required
            found += needed is not None
    assert found > 10
