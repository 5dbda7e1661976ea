"""Show how far a sweep is, how fast it goes and what is left."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click


@contextmanager
def progress(*, hidden: bool) -> Iterator[Callable[[int, int], None] | None]:
    """Show on standard error how many runs are done, how fast, and what is left."""
    if hidden:
        yield None
        return
    from rich.console import Console

    console = Console(stderr=True)
    if console.is_terminal:
        with _bar(console) as told:
            yield told
    else:
        yield _Lines()


@contextmanager
def _bar(console: Any) -> Iterator[Callable[[int, int], None]]:
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("模拟 Running"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total} ({task.fields[rate]}/s)"),
        TimeRemainingColumn(),
    )
    rate = _Rate()
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("sweep", total=None, rate="…")

        def told(done: int, total: int) -> None:
            speed = rate.after(done)
            bar.update(task, completed=done, total=total, rate=f"{speed:.0f}")

        yield told


class _Rate:
    """Runs a second since the first report; what was there before does not count."""

    def __init__(self) -> None:
        self.began = 0.0
        self.first = 0

    def after(self, done: int) -> float:
        """Return the rate; 0 at the first report."""
        now = time.perf_counter()
        if not self.began:
            self.began, self.first = now, done
            return 0.0
        return (done - self.first) / max(1e-9, now - self.began)


class _Lines:
    """Reports at every tenth of a sweep, one line each."""

    def __init__(self) -> None:
        self.rate = _Rate()
        self.shown = 0

    def __call__(self, done: int, total: int) -> None:
        """Take a report."""
        speed = self.rate.after(done)
        tenth = 10 * done // max(1, total)
        if tenth > self.shown or done == total:
            self.shown = tenth
            left = f"{(total - done) / speed:.0f} s" if speed else "?"
            text = f"{done}/{total} runs, {speed:.0f}/s, {left} left"
            click.echo(text, err=True)
