# ruff: noqa: D401  (a rule's docstring states the rule; RULES.md is made of it)
"""Rules R80-R81: ranges from the literature."""

from cqsim.ledger.rules.grade import BY_KIND

SIGN_NUMBER = "R80"
GRADE_NUMBER = "R81"
NO_NUMBER = "sign"
CAUTIONS = ("derived", "weak source", "with care", "one pair of years")


def only_a_sign(unit: str) -> str | None:
    """A finding that has a sign but no number is rejected.

    It cannot be a constant; it may still be read in the raw file.
    """
    return "the source gives a sign, not a number" if unit == NO_NUMBER else None


def grade_of_a_parameter(kind: str, note: str) -> str:
    """A range has the grade of its source's kind; C at best where derived or weak.

    Derived ranges were computed by the collector from other printed numbers; some
    notes warn of their source. What is unconfirmed is D.
    """
    grade, text = BY_KIND[kind], note.lower()
    if "unconfirmed" in text:
        return "D"
    cautious = any(word in text for word in CAUTIONS)
    return max(grade, "C") if cautious else grade
