"""Lowering: from a model to the system of equations that a program computes."""

from pathlib import Path

from cqsim.compile.ir import System
from cqsim.compile.lower.model import lower_model
from cqsim.model.resolve import read_model

__all__ = ["lower_model", "read_system"]


def read_system(path: str | Path, equations: str = "") -> System:
    """Return the system of a model file, with more equations if any are given.

    Raises
    ------
    CqsimError
        As `read_model` and `lower_model`.
    """
    return lower_model(read_model(path, equations=equations))
