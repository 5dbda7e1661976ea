from pathlib import Path
from shutil import copytree

import pytest

from cqsim.case.case import Case
from cqsim.credibility.checks import check_reality
from cqsim.credibility.rulebook import CheckResult

ROOT = Path(__file__).parents[2]

RULEBOOK = r'''
start = 2020
end = 2030
samples = 6
seed = 1
tolerance = 1e-9

[[condition]]
id = "no_births"
title = "no child is born"
cells = { "birth rate" = { "*" = 0 } }

[[rule]]
id = "people_account"
title = "people are born, die and move"
left = "SUM(resident population[region!])"
is = "="
right = """INTEG(SUM(births[region!,settlement!]) - death rate*
    SUM(Population[region!,settlement!]), SUM(initial people[region!,settlement!]))"""

[[rule]]
id = "no_births_decline"
title = "without births villages decline"
only = ["no_births"]
left = "Population[region,rural]"
is = "<="
right = "initial people[region,rural]"
over = ["region"]

[[response]]
id = "death_people"
title = "more deaths, fewer people"
constant = "death rate"
variable = "resident population[region]"
over = ["region"]
moves = "falls"

[numerics]
tolerance = 0.01
outcomes = ["SUM(resident population[region!])"]
'''


@pytest.fixture
def towns(tmp_path: Path) -> Path:
    """Three towns with a rulebook whose rules hold."""
    folder = copytree(ROOT / "tests" / "reference" / "towns", tmp_path / "towns")
    (folder / "checks.toml").write_text(RULEBOOK, encoding="utf-8")
    return folder


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, old
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def failing(folder: Path) -> list[CheckResult]:
    return [f for f in check_reality(Case.load(folder / "towns.mdl")) if not f.holds]
