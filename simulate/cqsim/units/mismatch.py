"""A part of an equation whose unit is not the one that its place asks for."""

from collections.abc import Sequence
from dataclasses import dataclass

from cqsim.language.printer import text_of
from cqsim.language.syntax import Expression, children
from cqsim.units.unit import Unit


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A part of an equation, the unit that it has, and the one that it should have."""

    part: Expression
    found: Unit
    wanted: Unit
    why: str


def parts_at_fault(mismatches: Sequence[Mismatch]) -> list[Mismatch]:
    """Return the mismatches without those of a part around another at fault."""
    inner = {id(m.part) for m in mismatches}

    def holds_fault(node: Expression) -> bool:
        return any(id(c) in inner or holds_fault(c) for c in children(node))

    return [m for m in mismatches if not holds_fault(m.part)] or list(mismatches)


def describe(mismatch: Mismatch) -> str:
    """Return what is wrong with a part, in words."""
    part = text_of(mismatch.part)
    found, wanted = mismatch.found, mismatch.wanted
    return f"'{part}' is in {found}, and {mismatch.why} in {wanted}"
