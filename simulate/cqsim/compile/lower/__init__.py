"""Lowering: from a model to the system of equations that a program computes."""

from cqsim.compile.lower.model import lower_model

__all__ = ["lower_model"]
