"""Sentences on the path of an indicator, one function a claim, with its numbers."""

from collections.abc import Sequence

from cqsim.report.teller import Teller
from cqsim.report.words import Both, change_words, direction, estimate_words


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
