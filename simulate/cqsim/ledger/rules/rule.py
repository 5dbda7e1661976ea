"""What a rule is: a number, a function, and the function's docstring."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from cqsim.ledger.candidate import Candidate, Context

Apply = TypeVar("Apply", bound=Callable[..., object])
Judge = Callable[[Candidate, Context], str | None]
"""A rule that says a vintage, a grade, a remark or a reason, or None."""
Rank = Callable[[Candidate, Context], int]
"""A rule of precedence: of two rows for one key, the smaller rank stays."""


@dataclass(frozen=True, slots=True)
class Rule(Generic[Apply]):
    """A written rule: its docstring's first line is the rule, the rest its reason."""

    number: str
    apply: Apply

    @property
    def title(self) -> str:
        """Return the rule in one sentence."""
        return (inspect.getdoc(self.apply) or "").split("\n\n")[0].replace("\n", " ")

    @property
    def reason(self) -> str:
        """Return why the rule is so."""
        parts = (inspect.getdoc(self.apply) or "").split("\n\n")[1:]
        return " ".join(part.replace("\n", " ") for part in parts)


def first_said(
    rules: Sequence[Rule[Judge]], candidate: Candidate, context: Context
) -> tuple[str, str]:
    """Return the number and the word of the first rule that says one, or blanks."""
    for rule in rules:
        said = rule.apply(candidate, context)
        if said is not None:
            return rule.number, said
    return "", ""


def with_vintage(
    rules: Sequence[Rule[Judge]], candidate: Candidate, context: Context
) -> Candidate:
    """Return the row with the vintage of the first rule that says one."""
    number, vintage = first_said(rules, candidate, context)
    return replace(candidate, vintage=vintage).by_rule(number)
