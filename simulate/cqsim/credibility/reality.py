"""Run all reality checks of a model's folder."""

from pathlib import Path

from cqsim.case.case import Case
from cqsim.compile.ir import System
from cqsim.compile.lower import read_system
from cqsim.credibility.finding import Finding
from cqsim.credibility.numerics import check_aggregation, check_numerics
from cqsim.credibility.responses import check_responses
from cqsim.credibility.rulebook import Rulebook, read_rulebook
from cqsim.credibility.runs import all_runs
from cqsim.credibility.statements import check_finite, check_statements, equations_of
from cqsim.judge.measure import NotANumberError
from cqsim.model.resolve import read_model

FILE = "checks.toml"


def check_reality(path: Path) -> list[Finding]:
    """Return a finding for each reality check of a model.

    Raises
    ------
    CqsimError
        The model, its rulebook or a registry cannot be read.
    """
    model = read_model(path)
    rules = read_rulebook(path.parent / FILE, model)
    system = read_system(path, equations_of(rules))
    case = Case.of(model)
    runs = all_runs(model, system, case.levers, rules)
    findings = [check_finite(system, rules, runs)]
    findings += check_statements(system, rules, runs)
    findings += check_responses(system, model, rules, runs)
    findings += _numerics(system, rules, case)
    if rules.aggregation:
        findings += check_aggregation(system, rules.aggregation)
    return findings


def _numerics(system: System, rules: Rulebook, judged_by: Case) -> list[Finding]:
    """Return what integration fails; one finding where nothing can be judged."""
    try:
        return check_numerics(system, rules, judged_by)
    except NotANumberError as error:
        title = "the baseline can be judged"
        return [Finding("numerics", "judgement", title, False, str(error))]
