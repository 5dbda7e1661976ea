import re

from cqsim.report.build import Prepared
from cqsim.report.path_sentences import path_sentence
from cqsim.report.sentences import boundary_sentences, reach_sentence


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
