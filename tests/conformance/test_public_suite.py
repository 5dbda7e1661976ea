"""The public test models give their published series, or are refused as they must be.

The models are those of SDXorg's test-models. `CQSIM_TEST_MODELS` says where they are,
or they lie in `shared/test-models` beside the project; without them nothing is tested.
"""

import os
from pathlib import Path

import pytest

from comparing.cases import Case, find_cases, verdict
from comparing.engines import cqsim
from comparing.processes import Limits, run_alone
from failing import PUBLIC

BESIDE = Path(__file__).parents[2].parent / "shared" / "test-models"
FOLDER = Path(os.environ.get("CQSIM_TEST_MODELS", BESIDE))
CASES = find_cases(FOLDER)
INCOMPLETE = {
    "test_get_constants.mdl": "no such file",
    "test_logicals.stmx": "'THEN' is missing before 'NOT'",
    "test_macro_multi_macros.stmx": "there is no function or lookup 'SECOND MACRO'",
    "test_macro_multi_macros.xmile": "there is no function or lookup 'SECOND MACRO'",
    "test_non_negative_flows.xmile": "mismatched tag",
    "test_non_negative_flows_behavior.xmile": "mismatched tag",
    "test_subscript_1d_arrays.stmx": "has no equation",
    "test_subscript_1d_arrays.xmile": "has no equation",
    "test_subscript_constant_call.stmx": "has no equation",
    "test_subscript_constant_call.xmile": "has no equation",
    "test_subscript_mixed_assembly.stmx": "has no equation",
    "test_subscript_mixed_assembly.xmile": "has no equation",
    "test_subscript_subrange.stmx": "has no equation",
    "test_subscript_subrange.xmile": "has no equation",
    "test_subscripted_flows.stmx": "has no equation",
    "test_subscripted_flows.xmile": "has no equation",
}
"""What no tool can run, with words of the error: parts are missing or damaged."""

OTHERWISE = {
    "Query_file.mdl": "it draws numbers, and those of its table are Vensim's",
    "test_non_negative_all1.xmile": "the table lets stocks give more than they have",
    "test_non_negative_all2.xmile": "the table lets stocks give more than they have",
    "test_non_negative_stocks.xmile": "the table lets stocks give more than they have",
    "test_non_negative_stocks_behavior.xmile": "as before",
}
"""Models that run, and whose table is not what they must give."""


def marked(case: Case) -> object:
    why = PUBLIC.get(case.name)
    marks = [] if why is None else [pytest.mark.xfail(reason=why, strict=True)]
    return pytest.param(case, id=case.name, marks=marks)


@pytest.mark.skipif(not CASES, reason="the public test models are not there")
@pytest.mark.parametrize("case", [*map(marked, CASES)])
def test_the_published_series_are_ours(case: Case, tmp_path: Path) -> None:
    outcome = run_alone(cqsim, case.path, Limits(20.0), tmp_path / "cache")
    words = INCOMPLETE.get(case.path.name)
    if words is not None:
        assert outcome.kind == "refused"
        assert words in outcome.said
        return
    if case.path.name in OTHERWISE:
        assert outcome.series is not None, outcome.said
        return
    kind, why = verdict(case, outcome)
    assert (kind in ("right", "ran"), why) == (True, "")
