"""What skill comes to: a finding for each series and each hindcast."""

from cqsim.credibility.finding import Finding
from cqsim.credibility.scores import Score
from cqsim.credibility.skill import Skill
from cqsim.credibility.skill_plan import Hindcast, Series

ENOUGH = 0.6
"""Share of regions in which the model is asked to be better than both rules."""


def win_rate(skill: Skill, series: str, origin: int) -> tuple[int, int]:
    """Return in how many regions the model beats both naive rules, and of how many."""
    own = [s for s in skill.regions if (s.series, s.origin) == (series, origin)]
    return sum(s.beats_last and s.beats_line for s in own), len(own)


def skill_findings(skill: Skill) -> list[Finding]:
    """Return what skill comes to: each series from the jump-off, and each hindcast."""
    origin = skill.plan.jump_off
    findings = []
    for series in skill.plan.series:
        scored = [
            _area_finding(series, area)
            for area in skill.areas
            if (area.series, area.origin) == (series.id, origin)
        ]
        findings += scored or [_unscored(series.id, series)]
        wins, count = win_rate(skill, series.id, origin)
        if count:
            title = (
                f"{series.title}: better than both in {100 * ENOUGH:.0f} % of regions"
            )
            detail = f"better than both in {wins} of {count} regions with data"
            detail += _together(skill, series.id, origin)
            holds = wins >= ENOUGH * count
            check = f"{series.id}_by_region"
            findings.append(Finding("skill", check, title, holds, detail, False))
    findings += [_hindcast_finding(skill, hindcast) for hindcast in skill.plan.hindcast]
    return findings


def _together(skill: Skill, series: str, origin: int) -> str:
    """Return the errors of all regions together, in words."""
    (pooled,) = (s for s in skill.pooled if (s.series, s.origin) == (series, origin))
    return (
        f"; all together: RMSE {pooled.rmse:.3g}, last value {pooled.rmse_last:.3g}, "
        f"line {pooled.rmse_line:.3g}"
    )


def _unscored(check: str, part: Series | Hindcast) -> Finding:
    """Return the finding of what nothing published can score: it does not hold."""
    detail = "the ledger has no value to score it by"
    return Finding("skill", check, part.title, False, detail, part.gate)


def _area_finding(series: Series, area: Score) -> Finding:
    detail = (
        f"{area.place}: RMSE {area.rmse:.4g} {series.unit}, last value "
        f"{area.rmse_last:.4g}, line {area.rmse_line:.4g}"
    )
    title = f"{series.title}: better than both naive forecasts"
    holds = area.beats_last and area.beats_line
    return Finding("skill", series.id, title, holds, detail, series.gate)


def _hindcast_finding(skill: Skill, hindcast: Hindcast) -> Finding:
    own = [m for m in skill.misses if m.hindcast == hindcast.id]
    check = f"hindcast_{hindcast.id}"
    if not own:
        return _unscored(check, hindcast)
    worst = max(own, key=lambda m: abs(m.miss))
    within = sum(m.is_within for m in own)
    if hindcast.absolute:
        limit, shown = f"{hindcast.limit:g} points", f"{worst.miss:+.2g} points"
    else:
        limit, shown = f"{100 * hindcast.limit:g} %", f"{100 * worst.miss:+.2g} %"
    detail = (
        f"{within} of {len(own)} within {limit}; worst "
        f"{worst.place} {worst.year}: {shown}"
    )
    holds = within == len(own)
    return Finding("skill", check, hindcast.title, holds, detail, hindcast.gate)
