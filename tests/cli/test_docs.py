from pathlib import Path

import pytest
from click.testing import CliRunner

from cqsim.cli.model import docs as command
from cqsim.errors import InputFileError

SMALL = str(Path(__file__).parents[1] / "reference" / "small" / "small.mdl")


def test_docs_writes_pages_and_pictures(tmp_path: Path) -> None:
    out = tmp_path / "docs"
    result = CliRunner().invoke(command, ["--model", SMALL, "--out", str(out)])
    assert result.exit_code == 0
    assert "start with" in result.output
    assert (out / "sector-people.svg").is_file()
    assert (out / "README.md").is_file()


def test_check_names_what_differs_and_writes_nothing(tmp_path: Path) -> None:
    out = tmp_path / "docs"
    arguments = ["--model", SMALL, "--out", str(out)]
    missing = CliRunner().invoke(command, [*arguments, "--check"])
    assert missing.exit_code == 1
    assert "README.md: differs from the model. Run cqsim docs." in missing.output
    assert not out.exists()
    CliRunner().invoke(command, arguments)
    assert CliRunner().invoke(command, [*arguments, "--check"]).exit_code == 0


def test_a_model_that_is_not_there_is_the_users_mistake(tmp_path: Path) -> None:
    arguments = ["--model", str(tmp_path / "none.mdl"), "--out", str(tmp_path / "x")]
    with pytest.raises(InputFileError, match="there is no such file"):
        CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert not (tmp_path / "x").exists()
