"""The command `cqsim`: a module is imported when one of its commands is called."""

import atexit
import gc
import sys
from importlib import import_module

import click

from cqsim import __version__
from cqsim.errors import CqsimError

COMMANDS = {
    "calibrate": ("check", "Fit the constants that no source gives to both censuses."),
    "check": ("check", "Check units, balances, behaviour and skill of the model."),
    "compare": ("run", "Compare scenarios, and attribute their differences."),
    "docs": ("model", "Write the model's documentation from the model itself."),
    "explain": ("model", "Say what a variable, lever, target, region or source is."),
    "ledger": ("ledger", "Build, check and extend the evidence ledger."),
    "new": ("new", "Write a small complete case to start from."),
    "plot": ("report", "Draw the figures of the report, for slides."),
    "report": ("report", "Write the evaluation report as a PDF."),
    "run": ("run", "Run a scenario and judge it against the targets."),
    "schema": ("model", "Print the JSON Schema of a scenario, for editors."),
    "sensitivity": (
        "sweep",
        "Say which inputs the targets respond to, and how surely.",
    ),
    "skill": ("check", "Score forecasts against what was published since."),
    "sweep": ("sweep", "Run a scenario many times: shares, fans, boxes, queries."),
    "targets": (
        "run",
        "List the targets, the plan's clauses, or how a scenario meets them.",
    ),
    "trace": ("run", "Name the first variable and time at which two runs differ."),
    "verify": ("report", "Check a report: run it again from its attachments."),
}
"""The module and the one-line help of each command."""

NEW_OBJECTS = 300_000
"""Made before the garbage collector looks: a run makes as many, and nearly all stay."""

MOST_LINES = 20
MOST_LETTERS = 400


class LazyGroup(click.Group):
    """A group that knows its commands' names and help without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names of the commands, in order."""
        return list(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002
        cmd_name: str,
    ) -> click.Command | None:
        """Import the command's module and return its command."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"cqsim.cli.{COMMANDS[cmd_name][0]}")
        command = getattr(module, cmd_name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002
        formatter: click.HelpFormatter,
    ) -> None:
        """Print the commands with their one-line help; nothing is imported."""
        with formatter.section("Commands"):
            formatter.write_dl([(n, words) for n, (_, words) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cqsim")
def group() -> None:
    """Ask whether an area can reach the targets of its plan.

    Start with: cqsim run scenarios/baseline.toml
    """


def main() -> None:
    """Run the command line; a user's mistake is one message and exit status 2.

    So is what the system refuses: a path too long, no right to write, a full disk.
    """
    gc.set_threshold(NEW_OBJECTS)
    # At the end, too, nothing is looked through: the process is about to go.
    atexit.register(gc.freeze)
    try:
        group(prog_name="cqsim")
    except CqsimError as error:
        message = str(error)
    except OSError as error:
        message = refusal(error)
    else:
        return
    click.echo(f"cqsim: {shown(message)}", err=True)
    sys.exit(2)


def refusal(error: OSError) -> str:
    """Return what the system would not do, and what to look at."""
    place = f"{error.filename}: " if error.filename else ""
    reason = error.strerror or str(error)
    return f"{place}the system refuses this ({reason}). Check the path and its rights."


def shown(message: str) -> str:
    """Return a message fit for a terminal.

    What a file or an argument put into it cannot move the cursor, and neither a long
    name nor a hundred faults of one kind push the rest off the screen.
    """
    lines = [_line(text) for text in message.split("\n")]
    if len(lines) > MOST_LINES:
        lines = [*lines[:MOST_LINES], f"… and {len(lines) - MOST_LINES} more lines"]
    return "\n".join(lines)


def _line(text: str) -> str:
    visible = (c if c.isprintable() else ascii(c)[1:-1] for c in text)
    words = "".join(visible).split(" ")
    return " ".join(w if len(w) <= MOST_LETTERS else _middle_out(w) for w in words)


def _middle_out(word: str) -> str:
    half = MOST_LETTERS // 2
    return f"{word[:half]}…{word[-half:]}"
