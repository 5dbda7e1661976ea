"""The words that a report may use for a number, by rule.

A direction needs a change of at least what is material for the indicator; a magnitude
is a multiple of that. No word stands without its number.
"""

from typing import NamedTuple

from cqsim.case.indicators import Indicator
from cqsim.judge.verdicts import Verdict


class Both(NamedTuple):
    """The same words in Chinese and in English."""

    zh: str
    en: str


SLIGHT, STRONG = 3.0, 10.0
"""Multiples of what is material: below the first slight, from the second on strong."""

MET = Both("●\u00a0达标", "●\u00a0met")
READING = Both("▲\u00a0视读法而定", "▲\u00a0depends on the reading")
MISSED = Both("■\u00a0未达标", "■\u00a0missed")
"""A shape and its word, which no line parts."""

CLASSES = {
    "plan-numeric": Both("规划写明的数值", "number in the plan"),
    "linked-official": Both("其他官方文件的数值", "number of another document"),
    "plan-proxy": Both("本报告代理指标", "proxy of this report"),
    "analyst": Both("使用者自设", "the user's own"),
}

CLASS_TITLES = {
    "plan-numeric": Both(
        "一、规划写明数值的目标", "Targets whose number stands in the plan"
    ),
    "linked-official": Both(
        "二、其他官方文件的相关目标", "Related targets of other official documents"
    ),
    "plan-proxy": Both(
        "三、本报告代理指标(规划只有文字,没有数值)",
        "Proxies of this report (the plan has words, no number)",
    ),
    "analyst": Both("四、使用者自设的目标", "Targets of the user's own"),
}

SCOPES = {
    "metro": Both("重庆都市圈", "Chongqing Metropolitan Area"),
    "cq21": Both("重庆21个区", "21 Chongqing districts"),
    "chongqing": Both("重庆市全市", "municipality of Chongqing"),
    "central": Both("中心城区", "central city"),
    "outer": Both("周边地区", "outer units"),
    "integrating": Both("率先同城化四区", "first-integrating districts"),
    "fulcrum": Both("战略支点四区", "fulcrum districts"),
    "bridgehead": Both("桥头堡四区", "bridgehead districts"),
    "northern": Both("北部副中心(广安)", "northern sub-centre (Guang'an)"),
}


def direction(change: float, material: float) -> Both:
    """Return whether a number rises, falls, or does neither to speak of."""
    if abs(change) < material:
        return Both("基本持平", "stays about the same")
    return Both("上升", "rises") if change > 0 else Both("下降", "falls")


def magnitude(change: float, material: float) -> Both:
    """Return how much a change is, in multiples of what is material."""
    size = abs(change) / material
    if size < 1:
        return Both("", "")
    if size < SLIGHT:
        return Both("略有", "slightly")
    return Both("明显", "clearly") if size < STRONG else Both("大幅", "strongly")


def change_words(change: float, material: float) -> Both:
    """Return direction and magnitude as one phrase."""
    much, way = magnitude(change, material), direction(change, material)
    return Both(f"{much.zh}{way.zh}", f"{way.en} {much.en}".strip())


def margin_words(operator: str, margin: float, shown: str) -> Both:
    """Return on which side of what is required a value is, with the distance.

    `shown` is the marker of the distance without a sign.
    """
    above = (margin >= 0) == (operator == ">=")
    bound_zh, bound_en = (
        ("要求", "requirement") if operator == ">=" else ("上限", "limit")
    )
    if above:
        return Both(f"高于{bound_zh}{shown}", f"{shown} above the {bound_en}")
    return Both(f"低于{bound_zh}{shown}", f"{shown} below the {bound_en}")


def mark(verdict: Verdict) -> Both:
    """Return shape and word for a verdict: met, missed, or up to the reading."""
    if verdict.depends_on_reading:
        return READING
    return MET if verdict.status.met else MISSED


def status_words(verdict: Verdict) -> Both:
    """Return the official word, which after the year is a word of hindsight."""
    status = verdict.status
    if verdict.target.year > 2025:
        return Both(status.zh, status.en)
    if not status.met:
        return Both("事后评估:未达到", "after the fact: not reached")
    return Both("事后评估:已达到", "after the fact: reached")


def scope_words(scope: str, names: dict[str, Both]) -> Both:
    """Return the name of a ring, a union of rings or a region."""
    return SCOPES.get(scope) or names.get(scope) or Both(scope, scope)


def the(scope: str, words: Both) -> Both:
    """Return the name of a scope as an English sentence takes it, with its article."""
    return Both(words.zh, f"the {words.en}") if scope in SCOPES else words


def estimate_words(indicator: Indicator) -> Both:
    """Return what has to be said of an indicator that is never measured by district.

    Nothing where its title says it.
    """
    if not indicator.downscaled or "downscaled" in indicator.title.en:
        return Both("", "")
    return Both("(区县数为降尺度估计)", " (by district a downscaled estimate)")


def joined(parts: list[Both], zh: str = "、", en: str = ", ") -> Both:
    """Return several phrases as one list."""
    return Both(zh.join(p.zh for p in parts), en.join(p.en for p in parts))
