"""What stands out, and what would turn the verdicts: sentences of the summary."""

from collections.abc import Sequence

from cqsim.judge.verdicts import Verdict
from cqsim.report.path_sentences import observed_sentence
from cqsim.report.sentences import (
    BOUNDS,
    boundary_sentences,
    reach_sentence,
    short_name,
)
from cqsim.report.teller import AFTER_THE_FACT, Teller
from cqsim.report.words import Both

SECOND_YEAR = 2035
"""The year of the plan's outlook."""


def of_class(verdicts: Sequence[Verdict], evidence: str) -> list[Verdict]:
    """Return the verdicts on targets of one class."""
    return [v for v in verdicts if v.target.evidence == evidence]


def findings(teller: Teller) -> list[Both]:
    """Return what stands out, the most decisive first."""
    found = [_widest(teller)]
    found += boundary_sentences(teller, of_class(teller.verdicts, "plan-numeric"))[:1]
    found.append(_outlook(teller))
    seen = observed_sentence(teller, _headline_indicator(teller), "metro")
    return [sentence for sentence in (*found, seen) if sentence.zh]


def _headline_indicator(teller: Teller) -> str:
    target = teller.facts.main.task.rules.targets.get(teller.facts.plan.headline)
    return target.indicator if target else ""


def _widest(teller: Teller) -> Both:
    """Return which number of the plan is missed by most of its requirement."""
    missed = [
        v
        for v in of_class(teller.verdicts, "plan-numeric")
        if not v.status.met and v.target.value
    ]
    if not missed:
        return Both("", "")
    widest = min(missed, key=lambda v: v.margin / abs(v.target.value))
    closest = max(missed, key=lambda v: v.margin / abs(v.target.value))
    far, near = short_name(widest), short_name(closest)
    one, other = teller.margin(widest), teller.margin(closest)
    if widest is closest:
        return Both(
            f"规划写明数值的目标中,未达标的是{far.zh}(差距{one})。",
            f"Of the plan's numbers, the one missed is: {far.en} ({one}).",
        )
    return Both(
        f"规划写明数值的目标中,差距最大的是{far.zh}({one}),"
        f"未达标但最接近的是{near.zh}({other})。",
        f"Of the plan's numbers, the widest miss is: {far.en} ({one}); the nearest "
        "miss "
        f"is: {near.en} ({other}).",
    )


def _outlook(teller: Teller) -> Both:
    """Return how many of the late targets are met, and how many levers can reach."""
    late = [v for v in teller.verdicts if v.target.year >= SECOND_YEAR]
    missed = [v for v in late if not v.status.met]
    reaches = teller.facts.probes.reaches
    able = [
        v for v in missed if v.target.id in reaches and reaches[v.target.id].margin >= 0
    ]
    if not late:
        return Both("", "")
    count = teller.numbers.count
    total, lost = count("outlook.all", len(late)), count("outlook.missed", len(missed))
    said = Both(
        f"到{SECOND_YEAR}年,{total}参照目标和代理指标中,{lost}在本情景下未达标",
        f"By {SECOND_YEAR}, {lost} of {total} related targets and proxies are missed "
        "in "
        "this scenario",
    )
    if not reaches or not missed:
        return Both(f"{said.zh}。", f"{said.en}.")
    open_ = count("outlook.able", len(able))
    return Both(
        f"{said.zh};其中{open_}在杠杆上限内可以达到。",
        f"{said.en}; {open_} of these can be reached within the ceilings of the "
        "levers.",
    )


def changers(teller: Teller) -> list[Both]:
    """Return what would turn the verdicts: levers, readings, weather."""
    reaches = teller.facts.probes.reaches
    late = [
        v
        for v in teller.verdicts
        if v.target.year > AFTER_THE_FACT
        and not v.status.met
        and v.target.id in reaches
    ]
    beyond = [v for v in late if reaches[v.target.id].margin < 0]
    within = [v for v in late if reaches[v.target.id].margin >= 0]
    proxies = [v for v in within if v.target.evidence == "plan-proxy"] or within
    found = [reach_sentence(teller, v) for v in proxies[:1] + beyond[:1]]
    open_ = [v for v in teller.verdicts if v.depends_on_reading and not v.status.met]
    open_.sort(key=lambda v: v.target.year, reverse=True)
    found += [_reading(teller, v) for v in open_][:1]
    found += [_weather(teller, v) for v in teller.verdicts if v.chances][:1]
    return [sentence for sentence in found if sentence.zh]


def _reading(teller: Teller, verdict: Verdict) -> Both:
    """Return from which reading on a vague word is fulfilled."""
    met = [r for r in verdict.readings if r.status.met]
    if not met:
        return Both("", "")
    reading = met[0].reading
    own = teller.indicator(verdict.target.indicator)
    key = f"reading.{verdict.target.id}.{reading.id}"
    bound = teller.numbers.put(key, reading.threshold, own.unit, own.decimals)
    name, word = short_name(verdict), BOUNDS[verdict.target.operator]
    return Both(
        f"读法决定结论。{name.zh}:若要求读作{word.zh}{bound}({reading.text.zh}),则达"
        "标。",
        f"The reading decides. {name.en}: met where {word.en} {bound} is taken as the "
        f"requirement ({reading.text.en}).",
    )


def _weather(teller: Teller, verdict: Verdict) -> Both:
    """Return how likely the weather of the one year lets a target be met."""
    chance = verdict.chances[0]
    key = f"chance.{verdict.target.id}.{chance.weather.id}"
    shown = teller.numbers.put(key, 100 * chance.probability, "%", 0)
    name = short_name(verdict)
    return Both(
        f"气象左右结论。{name.zh}:在当年气象的起伏下,达标概率约{shown}。",
        f"The weather decides. {name.en}: with the weather of a single year the chance "
        f"of meeting it is about {shown}.",
    )
