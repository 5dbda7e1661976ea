"""Run all reality checks of a model's folder."""

from pathlib import Path

from cqsim.case.levers import read_levers
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
from cqsim.judge.rules import read_rules
from cqsim.model.resolve import read_model


def check_reality(path: Path) -> list[CheckResult]:
    """Return a result for each reality check of a model.

    Raises
    ------
    CqsimError
        The model, its rulebook or a registry cannot be read.
    """
    model = read_model(path)
    rules = read_rulebook(path.parent / FILE, model)
    system = read_system(path, equations_of(rules))
    levers = read_levers(path.parent / "levers.toml")
    runs = runs_to_check(model, system, levers, rules)
    results = [check_finite(system, rules, runs)]
    results += check_constraints(system, rules, runs)
    results += check_responses(system, model, rules, runs)
    try:
        results += check_numerics(system, rules, read_rules(model))
    except NotANumberError as error:
        title = "the baseline can be judged"
        failed = CheckResult("numerics", "judgement", title, False, str(error))
        results.append(failed)
    if rules.aggregation:
        results += check_aggregation(system, rules.aggregation)
    return results
