"""What a sweep looks like on a terminal of 80 columns."""

from itertools import groupby

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from cqsim.cli.layout import filled, rule
from cqsim.cli.words import SCOPE_WORDS
from cqsim.study.shares import LITERAL, Share
from cqsim.study.summary import Summary
from cqsim.study.sweep import Ended

HUNDRED = 100


def print_ended(ended: Ended) -> None:
    """Print how a sweep stands: what was computed, what is there, what is missing."""
    console = Console(highlight=False)
    if not ended.computed and ended.finished:
        runs = ended.runs
        text = f"{runs} 次运行均已在。 All {runs} runs were there: nothing to do."
    else:
        rate = ended.computed / max(ended.seconds, 1e-9)
        text = (
            f"已算 {ended.computed} 次运行。 Computed {ended.computed} runs: "
            f"{ended.seconds:.1f} s ({rate:.0f}/s)."
        )
    console.print(Text(text))
    if ended.missing:
        text = (
            f"其他分片尚缺 {ended.missing} 次。 "
            f"Other shards still have to compute {ended.missing} runs."
        )
        console.print(Text(text))
    console.print(Text(f"结果 Results: {ended.folder}/"), soft_wrap=True)


def print_summary(summary: Summary) -> None:
    """Print the shares of runs that meet each target, and the boxes that are sure."""
    console = Console(highlight=False)
    word = summary.sweep.description["share"]
    titles = summary.sweep.description["bases"]
    by_scenario = groupby(summary.said.shares, key=lambda share: share.scenario)
    for scenario, group in by_scenario:
        rows = list(group)
        title = titles[scenario]
        console.print(
            Text(f"\n{title['zh']} / {title['en']}", style="bold"),
            Text(
                f"达标情形: {word['zh']} / Met: {word['en']}; {_count(summary, rows)}"
            ),
            Text(rule()),
            sep="\n",
        )
        for _, own in groupby(rows, key=lambda share: share.target):
            _print_target(console, summary, list(own))
    said = summary.said.discovery.boxes
    if said:
        title = "何时达标、何时未达标 When targets are met or missed"
        console.print(Text(f"\n{title}", style="bold"))
    for finding in said:
        # Where a line ends, a blank would part a number from its sign.
        console.print(_indented(finding.zh.replace(" %", "%"), 2))
        console.print(_indented(finding.en, 4))
    _print_notes(console, summary.said.discovery.dropped, summary.said.lost)


def _print_notes(console: Console, unsure: int, lost: int) -> None:
    """Print what is not shown, and why."""
    if unsure:
        text = (
            f"注意:不稳定或无区分力而未列出的条件有 {unsure} 个。 "
            f"Note: boxes not shown, as they are unstable or say little: {unsure}."
        )
        console.print(Text(f"\n{text}"))
    if lost:
        text = (
            f"注意:发散的运行有 {lost} 次,见 diverged.csv;占比中按未达标计。 "
            f"Note: runs that diverged, listed in diverged.csv: {lost}. "
            "Shares count them as not meeting a target."
        )
        console.print(Text(text))


KINDS = {
    "reading": "其他读法 Other readings",
    "alternative": "其他口径 Other areas or measures",
    "weather": "计入当年天气 With the year's weather",
}


def _print_target(console: Console, summary: Summary, rows: list[Share]) -> None:
    """Print one target: its share, then those of its readings and of the weather."""
    first = next((row for row in rows if row.kind == LITERAL), None)
    if first is None:
        return
    title = summary.sweep.description["targets"][first.target]["title"]
    console.print(_indented(f"{title['zh']} {title['en']}", 2))
    console.print(Text(f"    {_percent(first)}  {_scope(first.scope)}"))
    for kind, word in KINDS.items():
        others = [f"{r.detail} {_rounded(r.share, 0)}" for r in rows if r.kind == kind]
        if others:
            console.print(_indented(f"{word}: {'; '.join(others)}", 4))


def _count(summary: Summary, rows: list[Share]) -> str:
    """Return how many runs there are, and how many draws of a posterior if fewer."""
    text, drawn = f"n = {rows[0].runs}", summary.sweep.description.get("posterior")
    return f"{text} ({drawn['draws']} 个样本 draws)" if drawn else text


def _indented(text: str, blanks: int) -> Padding:
    return Padding(Text(text), (0, 0, 0, blanks))


def _scope(scope: str) -> str:
    return SCOPE_WORDS.get(scope, "重庆市 chongqing" if scope == "chongqing" else scope)


def _percent(row: Share) -> str:
    low, high, error = (f"{HUNDRED * v:.1f}" for v in (row.low, row.high, row.error))
    share = filled(_rounded(row.share, 1), 9, right=True)
    return f"{share} ± {error} (95 %: {low}–{high} %)"


def _rounded(share: float, decimals: int) -> str:
    """Return a share in percent; what is not quite none or all is not shown as it."""
    percent, least = HUNDRED * share, 10.0**-decimals
    if 0 < percent < least / 2:
        return f"< {least:.{decimals}f} %"
    if HUNDRED - least / 2 < percent < HUNDRED:
        return f"> {HUNDRED - least:.{decimals}f} %"
    return f"{percent:.{decimals}f} %"
