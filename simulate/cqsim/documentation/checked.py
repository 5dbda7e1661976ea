"""All that `cqsim check` looks at, as one list."""

from dataclasses import dataclass
from pathlib import Path

from cqsim.case.case import Case
from cqsim.case.unit_check import check_units
from cqsim.credibility.checks import check_reality
from cqsim.credibility.rulebook import CheckResult
from cqsim.credibility.skill import Skill, skill_of
from cqsim.documentation.book import open_book
from cqsim.errors import InputFileError
from cqsim.ledger.check import check_ledger

NEEDED = ("checks.toml", "skill.toml", "levers.toml", "observed")
"""What stands beside a model that can be checked as a whole."""


@dataclass(frozen=True, slots=True)
class Checked:
    """The findings of a model, in the order in which a reviewer asks, and its skill."""

    findings: tuple[CheckResult, ...]
    skill: Skill

    @property
    def passes(self) -> bool:
        """Whether no gate fails."""
        return all(finding.holds for finding in self.findings if finding.is_gate)


def check_model(path: Path) -> Checked:
    """Return what every check of a model finds.

    Raises
    ------
    CqsimError
        A file of the model cannot be read, or what it is checked against is missing.
    """
    _refuse_lone(path)
    case = Case.load(path)
    skill = skill_of(case)
    findings = (
        *unit_findings(path),
        *evidence_findings(path),
        *check_reality(case),
        *skill.results(),
    )
    return Checked(findings, skill)


def _refuse_lone(path: Path) -> None:
    """Refuse a model that is not there, or stands without what it is checked by."""
    if not path.is_file():
        raise InputFileError(path, 0, "there is no such model", "Check the path.")
    missing = [name for name in NEEDED if not (path.parent / name).exists()]
    if missing:
        what = f"its folder has no {', '.join(missing)} to check the model by"
        remedy = "Check its units alone: cqsim check --units."
        raise InputFileError(path, 0, what, remedy)


def unit_findings(path: Path) -> list[CheckResult]:
    """Return one finding for all equations, and one for all tables."""
    check = check_units(path)
    wrong = {
        "equations": [f for f in check.findings if f.equation or not f.found],
        "tables": [f for f in check.findings if not f.equation and f.found],
    }
    counts = {"equations": check.equations, "tables": check.table_units}
    titles = {
        "equations": "every equation has the unit that it declares",
        "tables": "tables and registries have the units of the model",
    }
    return [
        CheckResult(
            "units",
            name,
            titles[name],
            not faults,
            "; ".join(map(str, faults)) or f"{counts[name]} looked at",
        )
        for name, faults in wrong.items()
    ]


def evidence_findings(path: Path) -> list[CheckResult]:
    """Return the checks of the ledger, and whether each number has its evidence."""
    book = open_book(path)
    lacks = [str(finding) for finding in book.findings]
    title = "every number has its evidence, every variable its use"
    detail = "; ".join(lacks) or f"{len(book.model.variables)} variables looked at"
    audit = CheckResult("evidence", "audit", title, not lacks, detail)
    ledger = [
        CheckResult("evidence", "ledger", found.check, found.holds, found.detail)
        for found in check_ledger(path.parent)
    ]
    return [audit, *ledger]
