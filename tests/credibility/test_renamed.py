"""What is asked of a model does not depend on the name of its file."""

import json
from pathlib import Path
from shutil import copytree

import pytest
from click.testing import CliRunner

from cqsim.cli import group
from cqsim.documentation.credibility import evidence_findings, unit_findings

MODEL = Path(__file__).parents[2] / "model"


@pytest.fixture(scope="module")
def renamed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copytree(MODEL, tmp_path_factory.mktemp("renamed") / "model")
    (folder / "metro.mdl").rename(folder / "mine.mdl")
    return folder


def printed(*words: str) -> str:
    result = CliRunner().invoke(group, words)
    assert not isinstance(result.exception, Exception), result.exception
    return result.output


def test_a_renamed_model_is_scored_as_it_was(renamed: Path) -> None:
    found = printed("skill", "--json", "--model", str(renamed))
    assert found == printed("skill", "--json", "--model", str(MODEL))


def test_a_renamed_model_is_fitted_as_it_was(renamed: Path) -> None:
    found = printed("calibrate", "--check", "--json", "--model", str(renamed))
    # Only the record differs: the id of a fit is made of the model's name, too.
    assert json.loads(found)["stale"] == ["calibrated.csv"]


def test_a_renamed_model_has_its_units_and_evidence(renamed: Path) -> None:
    path = renamed / "mine.mdl"
    results = [*unit_findings(path), *evidence_findings(path)]
    assert [f"{r.title}: {r.detail}" for r in results if not r.holds] == []
