import re
from dataclasses import replace

from cqsim.judge.verdicts import Judgement
from cqsim.report.build import Prepared
from cqsim.report.content import Content
from cqsim.report.facts import NO_HISTORY
from cqsim.report.path_sentences import path_sentence
from cqsim.report.probes import Probes
from cqsim.report.sections.summary import summary
from cqsim.report.sentences import boundary_sentences, reach_sentence
from cqsim.report.teller import Teller


def test_what_turns_a_verdict_round_is_named(brief: Prepared) -> None:
    teller = brief.teller
    turned = 0
    for verdict in teller.verdicts:
        others = [
            other.alternative
            for other in verdict.alternatives
            if other.status.met != verdict.status.met
        ]
        said = boundary_sentences(teller, [verdict])
        turned += len(said)
        for sentence, other in zip(said, others, strict=True):
            by_year = other.year is not None and other.indicator is None
            assert sentence.en.startswith("The year decides.") == by_year
    assert turned > 1


def test_one_lever_does_and_two_levers_do_most(brief: Prepared) -> None:
    teller = brief.teller
    for verdict in teller.verdicts:
        reach = teller.facts.probes.reaches.get(verdict.target.id)
        if reach is None or reach.margin < 0:
            continue
        verb = "does" if len(reach.levers) == 1 else "do"
        assert reach_sentence(teller, verdict).en.endswith(f" {verb} most.")


def test_an_estimate_is_called_one_once(brief: Prepared) -> None:
    teller = brief.teller
    estimates = [
        name
        for name, own in teller.facts.main.task.rules.indicators.items()
        if own.downscaled
    ]
    told = [path_sentence(teller, name, "metro") for name in estimates]
    told = [sentence for sentence in told if sentence.en]
    assert told
    for sentence in told:
        assert len(re.findall("downscaled estimate", sentence.en)) == 1
        assert len(re.findall("降尺度估计", sentence.zh)) == 1


def test_findings_are_as_many_as_their_heading_says(brief: Prepared) -> None:
    facts = brief.teller.facts
    kept = [v for v in facts.main.judgement.verdicts if v.target.year <= 2025][:1]
    outcome = replace(facts.main, judgement=Judgement(tuple(kept), ()))
    bare = replace(
        facts, outcomes=(outcome,), probes=Probes((), {}), history=NO_HISTORY
    )
    teller = Teller(bare, Content())
    summary(teller)
    blocks = teller.content.blocks
    for heading, after in zip(blocks, [*blocks[1:], {"kind": "none"}], strict=True):
        if heading["kind"] == "heading" and heading["level"] == 3:
            assert after["kind"] == "points"
            count = ("One finding", "Two findings", "Three findings")
            if heading["text"]["en"] in count:
                assert heading["text"]["en"] == count[len(after["items"]) - 1]
    assert "Three findings" not in str(blocks)
