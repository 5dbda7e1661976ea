"""Run all reality checks of a case."""

from cqsim.case.case import Case
from cqsim.compile.lower import read_system
from cqsim.credibility.numerics import check_aggregation, check_numerics
from cqsim.credibility.rulebook import FILE, CheckResult, read_rulebook
from cqsim.credibility.rules import (
    check_constraints,
    check_finite,
    check_responses,
    equations_of,
    runs_to_check,
)
from cqsim.judge.measure import NotANumberError


def check_reality(case: Case) -> list[CheckResult]:
    """Return a result for each reality check of the model of a case.

    Raises
    ------
    CqsimError
        The model, its rulebook or a registry cannot be read.
    """
    rules = read_rulebook(case.needed(FILE, "cqsim check"), case.model)
    system = read_system(case.model_path, equations_of(rules))
    runs = runs_to_check(case, system, case.levers, rules)
    results = [check_finite(system, rules, runs)]
    results += check_constraints(system, rules, runs)
    results += check_responses(system, case.model, rules, runs)
    try:
        results += check_numerics(system, rules, case)
    except NotANumberError as error:
        title = "the baseline can be judged"
        failed = CheckResult("numerics", "judgement", title, False, str(error))
        results.append(failed)
    if rules.aggregation:
        results += check_aggregation(system, rules.aggregation)
    return results
