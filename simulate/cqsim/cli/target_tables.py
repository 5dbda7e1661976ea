"""The register of targets and the plan's clauses on a terminal of 80 columns."""

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.padding import Padding
from rich.text import Text

from cqsim.case.clauses import Clause
from cqsim.case.indicators import Indicators
from cqsim.case.targets import Target
from cqsim.cli.layout import rule
from cqsim.cli.words import CLASS_TITLES, SCOPE_WORDS, number

SIGNS = {">=": "≥", "<=": "≤"}
STATUS_WORDS = {
    "modelled": "已建模 modelled",
    "proxy": "代理 proxy",
    "out of scope": "范围外 out of scope",
}
Lines = Iterator[Text | Padding]


def register_lines(targets: Sequence[Target], indicators: Indicators) -> Lines:
    """Yield the targets by class, each with its number, words, readings and source."""
    for evidence, title in CLASS_TITLES.items():
        found = [target for target in targets if target.evidence == evidence]
        if found:
            yield Text(f"\n{title}", style="bold")
            yield Text(rule())
        for target in found:
            yield from _target(target, indicators)
    yield Text(f"\n{len(targets)} 项目标 targets")


def _target(target: Target, indicators: Indicators) -> Lines:
    places = indicators[target.indicator].decimals
    yield Text(target.id, style="bold")
    yield _indented(f"{target.title.zh} {target.title.en}")
    unit = "" if target.unit in ("1", "year") else f" {target.unit}"
    value = number(target.value, places, target.unit)
    scope = SCOPE_WORDS.get(target.scope, target.scope)
    mark = " ? 未经证实 unconfirmed" if target.unconfirmed else ""
    yield _indented(
        f"{SIGNS[target.operator]} {value}{unit}, {target.year}, {scope}{mark}"
    )
    if target.quote:
        yield _indented(f"{target.clause} {target.location}: {target.quote}")
    if len(target.readings) > 1:
        shown = "; ".join(
            f"{number(each.threshold, places + 1)} {each.text.zh}"
            for each in target.readings
        )
        yield _indented(f"“{target.wording}”的读法 readings: {shown}")
    if target.base is not None:
        text, half = target.base.text, target.base.rounding / 2
        yield _indented(f"底数 base: {text.zh} / {text.en} (±{half:g})")


def clause_lines(clauses: Sequence[Clause]) -> Lines:
    """Yield the plan's clauses with what the model makes of each, and the counts."""
    for clause in clauses:
        status = STATUS_WORDS[clause.status]
        yield Text(f"{clause.id} {clause.location}  {status}", style="bold")
        yield _indented(clause.quote)
        names = f" [{', '.join(clause.indicator.split())}]" if clause.indicator else ""
        yield _indented(f"→ {clause.reason}{names}")
    counts = Counter(clause.status for clause in clauses)
    shown = ", ".join(f"{STATUS_WORDS[key]} {counts[key]}" for key in STATUS_WORDS)
    yield Text(f"\n{len(clauses)} 条 clauses: {shown}")


def _indented(text: str) -> Padding:
    return Padding(Text(text), (0, 0, 0, 2))
