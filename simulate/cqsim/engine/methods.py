"""Methods of integration, and the models that they cannot take."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import get_args

from cqsim.codegen.integrator import Method, UnsteadyError
from cqsim.compile.ir import System
from cqsim.errors import InputFileError, UnknownNameError


def checked_method(method: str) -> None:
    """Refuse a name that is not a method of integration.

    Raises
    ------
    UnknownNameError
        With the methods there are.
    """
    known = list(get_args(Method))
    if method not in known:
        where, kind = "method", "method of integration"
        raise UnknownNameError(where, kind, str(method), known)


@contextmanager
def explained(system: System, method: Method) -> Iterator[None]:
    """Say of a state that a method cannot integrate where in the model it stands.

    Raises
    ------
    InputFileError
        With the line of its equation.
    """
    try:
        yield
    except UnsteadyError as error:
        name, reason = error.args
        shown = name.split("#")[1] if name.startswith("#") else name
        note = system.notes.get(shown)
        what = f"'{shown}' {reason}, and {method} looks between them"
        remedy = "Integrate by Euler's method."
        line = note.line if note else 0
        raise InputFileError(system.path, line, what, remedy) from None
