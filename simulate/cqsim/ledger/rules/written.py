"""All rules in one list, and the page that says them: observed/RULES.md."""

from collections.abc import Callable, Mapping, Sequence

from cqsim.ledger.rules.areas import area_of_a_region, areas_add_up
from cqsim.ledger.rules.grade import GRADING
from cqsim.ledger.rules.literature import (
    GRADE_NUMBER,
    SIGN_NUMBER,
    grade_of_a_parameter,
    only_a_sign,
)
from cqsim.ledger.rules.naming import NAMING
from cqsim.ledger.rules.precedence import PRECEDENCE
from cqsim.ledger.rules.remark import REMARKS
from cqsim.ledger.rules.rule import Judge, Rank, Rule
from cqsim.ledger.rules.stated import NUMBER, value_in_the_note
from cqsim.ledger.rules.vintage import VINTAGE

AnyRule = Rule[Callable[..., object]]


def _loose(rules: Sequence[Rule[Judge]] | Sequence[Rule[Rank]]) -> tuple[AnyRule, ...]:
    return tuple(Rule(rule.number, rule.apply) for rule in rules)


SECTIONS: tuple[tuple[str, tuple[AnyRule, ...]], ...] = (
    (
        "What a row is about",
        (*_loose(NAMING), Rule(NUMBER, value_in_the_note)),
    ),
    ("Vintage: the first rule that fits", _loose(VINTAGE)),
    (
        "Grade: the first, raised from C to B, then lowered",
        _loose(GRADING),
    ),
    (
        "Precedence: the first rule that tells two rows apart",
        _loose(PRECEDENCE),
    ),
    (
        "Warnings in the note",
        tuple(Rule(number, remark) for number, remark in REMARKS.items()),
    ),
    ("Areas", (Rule("R70", area_of_a_region), Rule("R71", areas_add_up))),
    (
        "Ranges from the literature",
        (Rule(SIGN_NUMBER, only_a_sign), Rule(GRADE_NUMBER, grade_of_a_parameter)),
    ),
)
OPENING = """\
# Rules of the ledger

`cqsim ledger build` turns the collected rows of `raw/` into the tables beside this
page by these rules and no others, and writes this page from them. Each ledger row
lists the rules that shaped it and the raw line it came from; each raw row that did not
become a ledger row stands in `rejected.csv` with the rule that decided.

- A year's value is for the calendar year; stocks are for its end, census counts for
  the first of November.
- Vintages: census, revised, final, original_series, preliminary, derived, unconfirmed.
- Grades: A official and final; B official but preliminary or rounded, one step from
  the office that counted, or an aggregator confirmed by official totals; C an
  aggregator alone, derived or downscaled; D remembered or unconfirmed.
"""


def all_rules() -> list[AnyRule]:
    """Return every rule, in the order of the page."""
    return [rule for _, rules in SECTIONS for rule in rules]


def rules_page(kept: Mapping[str, int], rejected: Mapping[str, int]) -> str:
    """Return RULES.md, with how many rows each rule shaped and rejected."""
    parts = [OPENING]
    for section, rules in SECTIONS:
        parts.append(f"\n## {section}\n")
        parts += [_entry(rule, kept, rejected) for rule in rules]
    return "".join(parts)


def _entry(rule: AnyRule, kept: Mapping[str, int], rejected: Mapping[str, int]) -> str:
    counts = [
        f"{what} {count}"
        for what, count in (
            ("rows shaped:", kept.get(rule.number, 0)),
            ("rejected:", rejected.get(rule.number, 0)),
        )
        if count
    ]
    touched = f" *({', '.join(counts)})*" if counts else ""
    reason = f"\n  {rule.reason}" if rule.reason else ""
    return f"\n- **{rule.number}** {rule.title}{touched}{reason}\n"
