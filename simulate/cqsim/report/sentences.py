"""Sentences composed from results, one function a claim; each carries its numbers."""

from collections.abc import Sequence

from cqsim.engine.verdicts import Verdict
from cqsim.registry.targets import Alternative
from cqsim.report.numbers import DIFFERENCES, NONE
from cqsim.report.teller import AFTER_THE_FACT, Teller
from cqsim.report.words import (
    Both,
    change_words,
    direction,
    estimate_words,
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


def path_sentence(teller: Teller, indicator: str, scope: str) -> Both:
    """Return how an indicator moves from the first to the last year."""
    first, last = teller.years
    before, after = (teller.raw(indicator, scope, year) for year in (first, last))
    if before is None or after is None:
        return Both("", "")
    own = teller.indicator(indicator)
    start, end = (teller.value(indicator, scope, y) for y in (first, last))
    moved = teller.change(indicator, scope, first, last)
    title, place = teller.title(indicator), teller.scope(scope)
    words = change_words(after - before, own.material)
    estimate = estimate_words(own)
    if abs(after - before) < own.material:
        return Both(
            f"{place.zh}{title.zh}{estimate.zh}{first}年为{start},{last}年为{end},"
            f"{words.zh}(变化{moved})。",
            f"{title.en}{estimate.en}, {place.en}: {start} in {first} and {end} in "
            f"{last}; it {words.en} ({moved}).",
        )
    return Both(
        f"{place.zh}{title.zh}{estimate.zh}由{first}年的{start}{words.zh}到{last}年的"
        f"{end}(变化{moved})。",
        f"{title.en}{estimate.en}, {place.en}: {words.en} from {start} in {first} to "
        f"{end} in {last} ({moved}).",
    )


def turning_sentence(teller: Teller, indicator: str, scope: str) -> Both:
    """Return in which year an indicator is highest, where that is neither end."""
    if not teller.has(indicator):
        return Both("", "")
    first, last = teller.years
    values = {
        year: value
        for year in range(first, last + 1)
        if (value := teller.raw(indicator, scope, year)) is not None
    }
    if not values:
        return Both("", "")
    year = max(values, key=lambda y: values[y])
    material = teller.indicator(indicator).material
    ends = max(values[min(values)], values[max(values)])
    if year in (first, last) or values[year] - ends < material:
        return Both("", "")
    top = teller.value(indicator, scope, year)
    return Both(
        f"期间最高为{year}年的{top},此后回落。",
        f"It is highest in {year}, at {top}, and falls after that.",
    )


def spread_sentence(teller: Teller, indicator: str, scopes: Sequence[str]) -> Both:
    """Return which of several scopes stands highest and lowest in the last year."""
    last = teller.years[1]
    values = {
        scope: value
        for scope in scopes
        if (value := teller.raw(indicator, scope, last)) is not None
    }
    if len(values) < 2:
        return Both("", "")
    high, low = (
        max(values, key=lambda s: values[s]),
        min(values, key=lambda s: values[s]),
    )
    if values[high] - values[low] < teller.indicator(indicator).material:
        return Both("", "")
    top, bottom = (teller.value(indicator, scope, last) for scope in (high, low))
    names = teller.the(high), teller.the(low)
    return Both(
        f"{last}年最高的是{names[0].zh}({top}),最低的是{names[1].zh}({bottom})。",
        f"In {last} it is highest in {names[0].en} ({top}) and lowest in "
        f"{names[1].en} ({bottom}).",
    )


def observed_sentence(teller: Teller, indicator: str, scope: str) -> Both:
    """Return the latest observation after the start, and what the run says there."""
    rows = [
        row
        for row in teller.facts.history.later
        if row.indicator == indicator and row.scope == scope
    ]
    if not rows:
        return Both("", "")
    row = max(rows, key=lambda r: r.year)
    own = teller.indicator(indicator)
    seen = teller.numbers.put(
        f"observed.{indicator}.{scope}.{row.year}", row.observed, own.unit, own.decimals
    )
    said = teller.value(indicator, scope, row.year)
    place, way = (
        teller.the(scope),
        direction(row.simulated - row.observed, own.material),
    )
    close = Both("与统计相符", "in line with it")
    apart = (
        Both("高于统计", "above it")
        if way.zh == "上升"
        else Both("低于统计", "below it")
    )
    fit = close if way.zh == "基本持平" else apart
    return Both(
        f"{place.zh}{row.year}年统计为{seen},模型为{said},{fit.zh}。",
        f"For {row.year} the record of {place.en} says {seen}, the model {said}, "
        f"{fit.en}.",
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
