"""By field and by region: paths, scopes, tile maps, rankings with their bands."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from cqsim.report.content import ReportBlock, figure, heading, paragraph, table
from cqsim.report.context import ReportContext
from cqsim.report.figures.bars import ranking
from cqsim.report.figures.lines import theme_lines
from cqsim.report.figures.maps import small_multiples, tile_maps
from cqsim.report.phrases import Claim, change_word, claim
from cqsim.report.plan import Theme

MAPS_A_FIGURE = 2


# --- the path of an indicator --------------------------------------------------------


def path_claim(ctx: ReportContext, indicator: str, scope: str) -> Claim | None:
    """Return how an indicator moves from the first to the last year."""
    first, last = ctx.years
    before, after = (ctx.raw(indicator, scope, year) for year in (first, last))
    if before is None or after is None:
        return None
    material = ctx.indicator(indicator).material
    moves = abs(after - before) >= material
    return claim(
        "path" if moves else "level_path",
        place=ctx.scope(scope),
        title=ctx.title(indicator),
        estimate=estimate(ctx, indicator),
        first=first,
        last=last,
        start=ctx.value(indicator, scope, first),
        end=ctx.value(indicator, scope, last),
        change=Claim(change_word(after - before, material), {}),
        moved=ctx.change(indicator, scope, first, last),
    )


def estimate(ctx: ReportContext, indicator: str) -> Claim | str:
    """Return what has to be said of an indicator that is never measured by district.

    Nothing where its title says it.
    """
    own = ctx.indicator(indicator)
    is_told = not own.downscaled or "downscaled" in own.title.en
    return "" if is_told else claim("estimate")


def turning_claim(ctx: ReportContext, indicator: str, scope: str) -> Claim | None:
    """Return in which year an indicator is highest, where that is neither end."""
    first, last = ctx.years
    path = ctx.path(indicator, scope)
    values = {y: path[y] for y in range(first, last + 1) if y in path}
    if not values:
        return None
    year = max(values, key=lambda y: values[y])
    ends = max(values[min(values)], values[max(values)])
    material = ctx.indicator(indicator).material
    if year in (first, last) or values[year] - ends < material:
        return None
    return claim("turning", year=year, top=ctx.value(indicator, scope, year))


def spread_claim(
    ctx: ReportContext, indicator: str, scopes: Sequence[str]
) -> Claim | None:
    """Return which of several scopes stands highest and lowest in the last year."""
    last = ctx.years[1]
    values = ctx.at(indicator, scopes, last)
    if len(values) < 2:
        return None
    high = max(values, key=lambda s: values[s])
    low = min(values, key=lambda s: values[s])
    if values[high] - values[low] < ctx.indicator(indicator).material:
        return None
    return claim(
        "spread",
        year=last,
        high=ctx.the(high),
        top=ctx.value(indicator, high, last),
        low=ctx.the(low),
        bottom=ctx.value(indicator, low, last),
    )


def observed_claim(ctx: ReportContext, indicator: str, scope: str) -> Claim | None:
    """Return the latest observation after the start, and what the run says there."""
    rows = [
        row
        for row in ctx.facts.history.later
        if row.indicator == indicator and row.scope == scope
    ]
    if not rows:
        return None
    row = max(rows, key=lambda r: r.year)
    apart = row.simulated - row.observed
    fit = claim("above_record" if apart > 0 else "below_record")
    if abs(apart) < ctx.indicator(indicator).material:
        fit = claim("in_line")
    key = f"observed.{indicator}.{scope}.{row.year}"
    return claim(
        "observed",
        place=ctx.the(scope),
        year=row.year,
        record=ctx.register(key, indicator, row.observed),
        model=ctx.value(indicator, scope, row.year),
        fit=fit,
    )


# --- by field ------------------------------------------------------------------------


def themes(ctx: ReportContext) -> Iterator[ReportBlock]:
    """Yield a part on every theme of `report.toml` that the model knows."""
    if ctx.plan.theme:
        yield heading(claim("themes_heading"))
    for theme in ctx.plan.theme:
        if ctx.has(theme.lead):
            yield from _theme(ctx, theme)


def _theme(ctx: ReportContext, theme: Theme) -> Iterator[ReportBlock]:
    shown = [name for name in (theme.lead, theme.beside) if ctx.has(name)]
    scopes = {name: ctx.widest_scope(name) for name in shown}
    if all(ctx.raw(n, scopes[n], ctx.years[0]) is None for n in shown):
        return
    yield heading(theme.title, 2)
    for name in shown:
        yield paragraph(
            path_claim(ctx, name, scopes[name]),
            turning_claim(ctx, name, scopes[name]),
            spread_claim(ctx, name, ctx.rings),
            observed_claim(ctx, name, scopes[name]),
        )
    paths = (path_claim(ctx, name, scopes[name]) for name in shown)
    yield figure(
        "theme",
        partial(theme_lines, ctx, shown),
        name=f"theme-{theme.id}",
        titles=[ctx.titled_unit(name) for name in shown],
        sentences=[path for path in paths if path is not None],
    )
    names = [
        n for n in theme.table if any(_is_known(ctx, n, s) for s in ctx.scope_rows)
    ]
    rows: list[list[Any]] = []
    for at in range(0, len(names), 2):
        rows += _pair(ctx, names[at : at + 2])
    estimated = any(ctx.has(n) and ctx.indicator(n).downscaled for n in theme.table)
    yield table(
        "theme",
        rows,
        note=ctx.plan.remark.get("themes") if estimated else None,
        title=theme.title,
        years=ctx.key_years * 2,
    )


def _pair(ctx: ReportContext, names: Sequence[str]) -> list[list[Any]]:
    """Return the rows of one or two indicators, with the heading that names them."""
    titles = [ctx.titled_unit(name) for name in names]
    title = titles[0]
    if len(titles) > 1:
        title = claim("left_and_right", left=titles[0], right=titles[1])
    rows: list[list[Any]] = [[title]]
    for scope in ctx.scope_rows:
        if any(_is_known(ctx, name, scope) for name in names):
            cells = [ctx.plain(n, scope, y) for n in names for y in ctx.key_years]
            empty = [""] * (2 * len(ctx.key_years) - len(cells))
            rows.append([ctx.scope(scope), *cells, *empty])
    return rows


def _is_known(ctx: ReportContext, name: str, scope: str) -> bool:
    return any(ctx.raw(name, scope, year) is not None for year in ctx.key_years)


# --- by region -----------------------------------------------------------------------


def regions(ctx: ReportContext) -> Iterator[ReportBlock]:
    """Yield each indicator on the tile grid, and the order of the regions."""
    plan, last = ctx.plan.regions, ctx.years[1]
    ids = [place.id for place in ctx.facts.places]
    mapped = [name for name in plan.maps if ctx.at(name, ids, last)]
    if not mapped:
        return
    yield heading(claim("regions_heading"))
    for at in range(0, len(mapped), MAPS_A_FIGURE):
        pair = mapped[at : at + MAPS_A_FIGURE]
        spreads = {name: spread_claim(ctx, name, ids) for name in pair}
        said = {name: spread for name, spread in spreads.items() if spread}
        yield paragraph(
            *(
                claim(
                    "of_indicator",
                    title=ctx.title(name),
                    estimate=estimate(ctx, name),
                    said=spread,
                )
                for name, spread in said.items()
            )
        )
        yield figure(
            "map",
            partial(tile_maps, ctx, pair),
            name=f"map-{at // MAPS_A_FIGURE + 1}",
            titles=[ctx.titled_unit(name) for name in pair],
            last=last,
            spreads=list(said.values()),
        )
    if ctx.has(plan.multiples):
        draw = partial(small_multiples, ctx, plan.multiples)
        yield figure("multiples", draw, title=ctx.titled_unit(plan.multiples))
    yield from _ranking(ctx)
    yield _region_table(ctx)


def _ranking(ctx: ReportContext) -> Iterator[ReportBlock]:
    """Yield the order of regions, in bands of the error of the last census.

    Where no census tells the error, it is twice what is material.
    """
    errors = {c.indicator: c.error for c in ctx.facts.history.censuses}
    widths = {
        name: errors.get(name, 2 * ctx.indicator(name).material)
        for name in ctx.plan.regions.ranked
        if ctx.has(name)
    }
    if not widths:
        return
    bands = [
        claim(
            "band",
            title=ctx.title(name),
            width=ctx.register(f"band.{name}", name, width, difference=True),
        )
        for name, width in widths.items()
    ]
    yield paragraph(claim("bands", bands=bands))
    yield figure(
        "ranking",
        partial(ranking, ctx, widths),
        last=ctx.years[1],
        titles=[ctx.titled_unit(name) for name in widths],
    )


def _region_table(ctx: ReportContext) -> ReportBlock:
    first, last = ctx.years
    names = [n for n in ctx.plan.regions.table if ctx.has(n)]
    rows = [
        [
            place.name,
            *(
                f"{ctx.plain(n, place.id, first)} → {ctx.plain(n, place.id, last)}"
                for n in names
            ),
        ]
        for place in ctx.facts.places
    ]
    return table(
        "regions",
        rows,
        first=first,
        last=last,
        remark=ctx.plan.remark.get("regions", ""),
        titles=[ctx.titled_unit(name) for name in names],
    )
