"""Sentences on targets, one function a claim; each carries its numbers."""

from collections.abc import Sequence

from cqsim.case.targets import Alternative
from cqsim.judge.verdicts import Verdict
from cqsim.report.numbers import DIFFERENCES, NONE
from cqsim.report.teller import AFTER_THE_FACT, Teller
from cqsim.report.words import (
    Both,
    joined,
    margin_words,
    mark,
)

BOUNDS = {">=": Both("不低于", "at least"), "<=": Both("不高于", "at most")}


def target_name(verdict: Verdict) -> Both:
    """Return a target's title."""
    title = verdict.target.title
    return Both(title.zh, title.en)


def short_name(verdict: Verdict) -> Both:
    """Return a target's title without what its class and year say already."""
    title = target_name(verdict)
    chinese = title.zh
    for extra in ("代理指标,事后评估", "事后评估", "代理指标"):
        for left, right in (("(", ")"), ("\uff08", "\uff09")):
            chinese = chinese.replace(f"{left}{extra}{right}", "")
    english = title.en
    for extra in (
        "(proxy, evaluated after the fact)",
        "(evaluated after the fact)",
        "(proxy)",
    ):
        english = english.replace(extra, "")
    return Both(chinese.strip(), english.strip())


def verdict_sentence(teller: Teller, verdict: Verdict) -> Both:
    """Return what is required, what is reached, and the distance between."""
    target = verdict.target
    bound = BOUNDS[target.operator]
    value, required = teller.result(verdict), teller.required(verdict)
    far = margin_words(target.operator, verdict.margin, teller.distance(verdict))
    shape, name = mark(verdict), target_name(verdict)
    return Both(
        f"{name.zh}:要求{bound.zh}{required},结果{value},{far.zh}({shape.zh})。",
        f"{name.en}: {bound.en} {required} is required, {value} is reached, "
        f"{far.en} ({shape.en}).",
    )


def count_sentence(teller: Teller, key: str, verdicts: Sequence[Verdict]) -> Both:
    """Return how many targets of a group are met; nothing for an empty group."""
    if not verdicts:
        return Both("", "")
    title = {
        "plan-numeric": Both("规划写明数值的目标", "targets with a number in the plan"),
        "linked-official": Both(
            "其他官方文件的相关目标", "related targets of other official documents"
        ),
        "plan-proxy": Both("本报告代理指标", "proxies of this report"),
        "analyst": Both("使用者自设目标", "targets of the user's own"),
    }[key]
    met = sum(v.status.met for v in verdicts)
    total = teller.numbers.count(f"count.{key}.all", len(verdicts))
    reached = teller.numbers.count(f"count.{key}.met", met)
    missed = teller.numbers.count(f"count.{key}.missed", len(verdicts) - met)
    return Both(
        f"{title.zh}共{total},达标{reached},未达标{missed}。",
        f"Of {total} {title.en}, {reached} {'is' if met == 1 else 'are'} met and "
        f"{missed} missed.",
    )


def hindsight_sentence() -> Both:
    """Return what has to be said of the plan's own year."""
    return Both(
        f"{AFTER_THE_FACT}年已经过去,对{AFTER_THE_FACT}年目标的评价是事后评估:"
        "模型从2020年普查出发独立推算,不等于官方统计结果。",
        f"{AFTER_THE_FACT} is past: its targets are evaluated after the fact, from a "
        "model that starts at the census of 2020, which is not the official record.",
    )


def boundary_sentences(teller: Teller, verdicts: Sequence[Verdict]) -> list[Both]:
    """Return the targets whose verdict another boundary or measure turns round."""
    said = []
    for verdict in verdicts:
        for other in verdict.alternatives:
            if other.status.met == verdict.status.met:
                continue
            name, text = short_name(verdict), other.alternative.text
            value = teller.numbers.put(
                f"alternative.{verdict.target.id}.{other.alternative.id}",
                other.value,
                other.unit,
                teller.indicator(other.indicator).decimals,
            )
            result = teller.result(verdict)
            outcome = (
                Both("达标", "met") if other.status.met else Both("未达标", "missed")
            )
            said.append(
                Both(
                    f"口径决定结论。{name.zh}:主口径为{result};{text.zh}则为{value},"
                    f"{outcome.zh}。",
                    f"{_deciding(other.alternative)} decides. {name.en}: {result} as "
                    "the target stands; "
                    f"{_lower(text.en)}: {value}, {outcome.en}.",
                )
            )
    return said


def _deciding(alternative: Alternative) -> str:
    """Return what an alternative changes, in English; Chinese has one word for all."""
    if alternative.indicator is not None:
        return "The measure"
    return "The boundary" if alternative.year is None else "The year"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def reach_sentence(teller: Teller, verdict: Verdict) -> Both:
    """Return whether all levers at their ends together would let a target be met."""
    reach = teller.facts.probes.reaches.get(verdict.target.id)
    if reach is None:
        return Both("", "")
    best = reach_margin(teller, verdict)
    levers = {e.lever.id: e.lever.title for e in teller.facts.probes.effects}
    first = [levers[name] for name in reach.levers[:2]]
    named = joined([Both(t.zh, t.en) for t in first], en=" and ")
    name = short_name(verdict)
    if reach.margin >= 0:
        return Both(
            f"{name.zh}:各项有利杠杆都用到上限时余量为{best},可达;作用最大的是"
            f"{named.zh}。",
            f"{name.en}: reachable with every helpful lever at its end (margin {best})"
            f"; {named.en} {'do' if len(first) > 1 else 'does'} most.",
        )
    return Both(
        f"{name.zh}:各项有利杠杆都用到上限,差距仍为{best},现有杠杆范围内不可达。",
        f"{name.en}: out of reach of the levers; with every helpful one at its end the "
        f"margin is still {best}.",
    )


def reach_margin(teller: Teller, verdict: Verdict) -> str:
    """Return the marker of the best margin that levers give a target."""
    reach = teller.facts.probes.reaches.get(verdict.target.id)
    if reach is None:
        return NONE
    own = teller.indicator(verdict.target.indicator)
    unit = DIFFERENCES.get(own.unit, own.unit)
    key = f"reach.{verdict.target.id}"
    return teller.numbers.put(key, reach.margin, unit, own.decimals, signed=True)
