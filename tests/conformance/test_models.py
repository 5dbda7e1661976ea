"""The project's own small models give their right series, each alone in a process."""

from pathlib import Path

import pytest

from comparing.cases import Case, find_cases, verdict
from comparing.engines import cqsim
from comparing.processes import Limits, run_alone
from failing import OWN

CASES = find_cases(Path(__file__).parent / "models")


def marked(case: Case) -> object:
    why = OWN.get(case.name)
    marks = [] if why is None else [pytest.mark.xfail(reason=why, strict=True)]
    return pytest.param(case, id=case.name, marks=marks)


@pytest.mark.parametrize("case", [*map(marked, CASES)])
def test_a_model_gives_its_right_series(case: Case, tmp_path: Path) -> None:
    outcome = run_alone(cqsim, case.path, Limits(20.0), tmp_path / "cache")
    assert verdict(case, outcome) == ("right", "")


def test_each_failing_model_is_there() -> None:
    assert OWN.keys() <= {case.name for case in CASES}
