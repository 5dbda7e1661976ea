"""One section a theme: the path, the rings, a figure and a table."""

from cqsim.report.content import Cell, Column
from cqsim.report.path_sentences import (
    observed_sentence,
    path_sentence,
    spread_sentence,
    turning_sentence,
)
from cqsim.report.plan import Theme
from cqsim.report.teller import Teller
from cqsim.report.words import Both

RINGS = ("central", "integrating", "fulcrum", "bridgehead", "northern")
SCOPE_ROWS = ("metro", "chongqing", "outer", *RINGS)


def themes(teller: Teller) -> None:
    """Tell every theme of the plan of the report."""
    teller.content.heading(Both("分领域评估", "By field"))
    for theme in teller.facts.plan.theme:
        _theme(teller, theme)


def widest_scope(teller: Teller, indicator: str) -> str:
    """Return the scope for which an indicator is given as a whole."""
    first = teller.years[0]
    for scope in ("metro", "chongqing", "outer"):
        if teller.raw(indicator, scope, first) is not None:
            return scope
    return "metro"


def _theme(teller: Teller, theme: Theme) -> None:
    content = teller.content
    if not teller.has(theme.lead):
        return
    shown = [name for name in (theme.lead, theme.beside) if teller.has(name)]
    scopes = {name: widest_scope(teller, name) for name in shown}
    if all(teller.raw(n, scopes[n], teller.years[0]) is None for n in shown):
        return
    content.heading(theme.title.both, 2)
    for name in shown:
        content.paragraph(
            path_sentence(teller, name, scopes[name]),
            turning_sentence(teller, name, scopes[name]),
            spread_sentence(teller, name, RINGS),
            observed_sentence(teller, name, scopes[name]),
        )
    titles = [teller.titled_unit(name) for name in shown]
    content.figure(
        f"theme-{theme.id}",
        Both(
            f"{'、'.join(t.zh for t in titles)},按圈层;资料来源:本模型模拟,统计数见数"
            "据台账",
            f"{'; '.join(t.en for t in titles)}, by ring. Source: simulation; "
            "observations "
            "from the ledger",
        ),
        _alternative(teller, shown, scopes),
    )
    _table(teller, theme)


def _alternative(teller: Teller, shown: list[str], scopes: dict[str, str]) -> Both:
    parts = [path_sentence(teller, name, scopes[name]) for name in shown]
    return Both(
        "折线图。" + "".join(p.zh for p in parts),
        "Line charts. " + " ".join(p.en for p in parts),
    )


def _table(teller: Teller, theme: Theme) -> None:
    """Show the theme's indicators by scope and year, two side by side."""
    years = teller.key_years
    names = [n for n in theme.table if any(_shown(teller, n, s) for s in SCOPE_ROWS)]
    rows: list[list[Cell]] = []
    for at in range(0, len(names), 2):
        rows += _pair(teller, names[at : at + 2])
    title = theme.title
    years_twice = [Column(Both(f"{y}", f"{y}"), "12.5mm", "right") for y in years] * 2
    teller.content.table(
        Both(f"{title.zh}:主要年份", f"{title.en}: key years"),
        [Column(Both("范围", "Scope"), "1fr"), *years_twice],
        rows,
        note=_downscaled_note(teller, theme),
        size=7.0,
    )


def _pair(teller: Teller, names: list[str]) -> list[list[Cell]]:
    """Return the rows of one or two indicators, with the heading that names them."""
    titles = [teller.titled_unit(name) for name in names]
    heading = titles[0]
    if len(titles) > 1:
        left, right = titles
        heading = Both(
            f"左:{left.zh};右:{right.zh}", f"Left: {left.en}; right: {right.en}"
        )
    rows: list[list[Cell]] = [[heading]]
    for scope in SCOPE_ROWS:
        if not any(_shown(teller, name, scope) for name in names):
            continue
        cells = [teller.plain(n, scope, y) for n in names for y in teller.key_years]
        empty = [""] * (2 * len(teller.key_years) - len(cells))
        rows.append([teller.scope(scope), *cells, *empty])
    return rows


def _shown(teller: Teller, name: str, scope: str) -> bool:
    return any(teller.raw(name, scope, year) is not None for year in teller.key_years)


def _downscaled_note(teller: Teller, theme: Theme) -> Both | None:
    if not any(teller.has(n) and teller.indicator(n).downscaled for n in theme.table):
        return None
    return Both(
        "区县和圈层的能源、排放和空气质量为降尺度估计,不是实测。",
        "Energy, emissions and air by unit and ring are downscaled estimates, not "
        "measurements.",
    )
