"""What a sweep looks like on a terminal of 80 columns."""

from itertools import groupby

from rich.console import Console
from rich.text import Text

from cqsim.study.shares import LITERAL, Share
from cqsim.study.summary import Summary
from cqsim.study.sweep import Ended

HUNDRED = 100


def print_ended(ended: Ended) -> None:
    """Print how a sweep stands: what was computed, what is there, what is missing."""
    console = Console(highlight=False)
    if not ended.computed and ended.finished:
        text = (
            f"{ended.runs} 次运行均已在 All {ended.runs} runs were there: nothing to do"
        )
    else:
        rate = ended.computed / max(ended.seconds, 1e-9)
        text = (
            f"已算 Computed {ended.computed} 次运行 runs, {ended.seconds:.1f} s "
            f"({rate:.0f}/s)"
        )
    console.print(Text(text))
    if ended.missing:
        word = f"其他分片尚缺 Other shards still have to compute {ended.missing} runs"
        console.print(Text(word))
    console.print(Text(f"结果 Results: {ended.folder}/"), soft_wrap=True)


def print_summary(summary: Summary) -> None:
    """Print the shares of runs that meet each target, and the boxes that are sure."""
    console = Console(highlight=False)
    word = summary.sweep.description["share"]
    titles = summary.sweep.description["bases"]
    for scenario, group in groupby(summary.shares, key=lambda share: share.scenario):
        title = titles[scenario]
        head = f"\n{title['zh']} / {title['en']}: 达标{word['zh']} {word['en']}"
        console.print(Text(head, style="bold"))
        for _, rows in groupby(group, key=lambda share: share.target):
            _print_target(console, summary, list(rows))
    said = [finding for finding in summary.findings if finding.printed]
    if said:
        console.print(
            Text("\n何时达标、何时未达标 When targets are met or missed", style="bold")
        )
    for finding in said:
        console.print(Text(finding.zh), soft_wrap=True)
        console.print(Text(f"  {finding.en}"), soft_wrap=True)
    unsure = len(summary.findings) - len(said)
    if unsure:
        text = (
            f"注意 Note: {unsure} 个不稳定或无区分力的条件未列出 "
            "boxes are unstable or say little, and are not shown."
        )
        console.print(Text(text))
    if summary.lost:
        text = f"注意 Note: {summary.lost} 次运行发散 runs diverged; see diverged.csv."
        console.print(Text(text))


def _print_target(console: Console, summary: Summary, rows: list[Share]) -> None:
    """Print one target: its share, then those of its readings and of the weather."""
    first = next((row for row in rows if row.kind == LITERAL), None)
    if first is None:
        return
    title = summary.sweep.description["targets"][first.target]["title"]
    console.print(Text(f"  {title['zh']} {title['en']}"), soft_wrap=True)
    console.print(Text(f"    {_percent(first)}  [{first.scope}]"))
    others = [
        f"{row.detail} {HUNDRED * row.share:.0f} %"
        for row in rows
        if row.kind != LITERAL
    ]
    if others:
        console.print(
            Text(f"    其他读法 Otherwise: {'; '.join(others)}"), soft_wrap=True
        )


def _percent(row: Share) -> str:
    low, high = HUNDRED * row.low, HUNDRED * row.high
    return (
        f"{HUNDRED * row.share:5.1f} % ± {HUNDRED * row.error:.1f} "
        f"(95 %: {low:.1f}–{high:.1f}; n = {row.runs})"
    )
