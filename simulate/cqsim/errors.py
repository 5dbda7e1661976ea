"""Errors in a user's input: one line each, with place and remedy."""

from collections.abc import Sequence
from pathlib import Path

#: The most faults of one file that are reported together.
MOST_FAULTS = 20


class CqsimError(Exception):
    """A fault that the user can put right; the CLI prints it and exits with 2."""


class StatedError(CqsimError):
    """An error with its remedy; a subclass names the occasion."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what, remedy)

    def __str__(self) -> str:
        what, remedy = self.args
        return f"{what}. {remedy}"


class PlacedError(CqsimError):
    """The same with the file, folder, name or option at fault before it."""

    def __init__(self, place: Path | str, what: str, remedy: str) -> None:
        super().__init__(place, what, remedy)

    def __str__(self) -> str:
        place, what, remedy = self.args
        return f"{place}: {what}. {remedy}"


class InputFileError(CqsimError):
    """A file is missing, unreadable or says something it must not.

    Parameters
    ----------
    file
        The file at fault.
    line
        The line in it, counted from 1; 0 where the fault is the whole file.
    what
        What is wrong.
    remedy
        What would put it right.
    excerpt, column
        The text of the line, and where in it the fault is, counted from 0.
    """

    def __init__(
        self,
        file: Path,
        line: int,
        what: str,
        remedy: str,
        excerpt: str = "",
        column: int = 0,
    ) -> None:
        super().__init__(file, line, what, remedy, excerpt, column)

    @property
    def what(self) -> str:
        """The fault, without the remedy."""
        return str(self.args[2])

    def __str__(self) -> str:
        file, line, what, remedy, excerpt, column = self.args
        place = f"{file}:{line}" if line else f"{file}"
        said = f"{place}: {what}. {remedy}"
        return f"{said}\n    {excerpt}\n    {' ' * column}^" if excerpt else said


class FaultsError(CqsimError):
    """Several faults found together, one line each."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(faults)

    def __str__(self) -> str:
        return "\n".join(self.args[0])


def together(
    faults: Sequence[InputFileError | FaultsError],
) -> InputFileError | FaultsError:
    """Return one error for all faults of a file, each reported once."""
    said = (f.args[0] if isinstance(f, FaultsError) else [str(f)] for f in faults)
    messages = list(dict.fromkeys(line for lines in said for line in lines))
    return faults[0] if len(messages) == 1 else FaultsError(messages)


class UnknownNameError(CqsimError):
    """A name that the model or a registry does not have."""

    def __init__(self, where: str, kind: str, name: str, known: list[str]) -> None:
        super().__init__(where, kind, name, known)

    def __str__(self) -> str:
        where, kind, name, known = self.args
        return f"{where}: there is no {kind} '{name}'. {did_you_mean(name, known)}"


class OutOfRangeError(CqsimError):
    """A value outside the range that the model gives a constant."""

    def __init__(
        self, where: str, name: str, value: float, low: float, high: float, unit: str
    ) -> None:
        super().__init__(where, name, value, low, high, unit)

    def __str__(self) -> str:
        where, name, value, low, high, unit = self.args
        return (
            f"{where}: {name} = {value:g} is outside its range "
            f"[{low:g}, {high:g}] {unit}. Choose a value within the range."
        )


def did_you_mean(name: str, known: list[str], word: str = "Known") -> str:
    """Return a sentence that offers the nearest known names; `word` introduces all."""
    from difflib import get_close_matches

    folded = {entry.casefold(): entry for entry in known}
    near = get_close_matches(name.casefold(), list(folded), n=3, cutoff=0.5)
    if near:
        return "Did you mean " + " or ".join(f"'{folded[n]}'" for n in near) + "?"
    if not known:
        return "There are none to choose from."
    shown = ", ".join(sorted(known)[:12])
    return f"{word}: {shown}{', …' if len(known) > 12 else ''}."
