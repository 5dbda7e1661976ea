"""What a run looks like on a terminal of 80 columns, and in a file."""

from pathlib import Path

from rich.console import Console
from rich.text import Text

from cqsim.engine.outcome import Outcome


def print_outcome(outcome: Outcome, files: list[Path]) -> None:
    """Print a run: what it is, its tables, and where its files are."""
    console = Console(highlight=False)
    _print_head(console, outcome)
    for warning in outcome.result.warnings:
        console.print(Text(f"注意 Note: {warning}"))
    _print_files(console, files)


def _print_head(console: Console, outcome: Outcome) -> None:
    scenario, times = outcome.scenario, outcome.times
    title = f"{scenario.title['zh']} / {scenario.title['en']}"
    console.print(Text(title, style="bold"))
    span = f"{times['start']:g}–{times['end']:g}, 步长 step {times['step']:g}"
    console.print(Text(f"模型 Model: {scenario.model.path}; {span}"))


def _print_files(console: Console, files: list[Path]) -> None:
    folder = files[0].parent
    names = ", ".join(path.name for path in files)
    console.print(Text(f"结果 Results: {folder}/ ({names})"), soft_wrap=True)
