import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.cells import cell_len

from cqsim.cli.model import explain as command
from cqsim.errors import UnknownNameError

SMALL = str(Path(__file__).parents[1] / "reference" / "small" / "small.mdl")


def shown(*arguments: str) -> str:
    result = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


@pytest.mark.parametrize(
    "name",
    [
        "sector gdp",
        "常住人口",
        "initial gdp",
        "good_air_2025",
        "hukou",
        "region:guangan",
        "PLAN",
    ],
)
def test_what_is_shown_fits_eighty_columns(name: str) -> None:
    assert max(map(cell_len, shown(name).splitlines())) <= 80


def test_json_is_one_object_and_nothing_else() -> None:
    found = json.loads(shown("residents", "--model", SMALL, "--json"))
    assert (found["kind"], found["name"]) == ("stock", "Residents[region]")
    assert found["unit"] == "person"
    assert found["trees"]["uses"][0]["text"] == "births (+)"


def test_an_unknown_name_is_the_users_mistake() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'births'"):
        shown("birth", "--model", SMALL)


def test_it_answers_within_a_second_and_without_the_translator() -> None:
    code = (
        "import sys; from cqsim.cli import main; sys.argv = ['cqsim', 'explain', "
        "'sector gdp']\ntry: main()\nexcept SystemExit: pass\n"
        "assert 'pysd' not in sys.modules and 'pandas' not in sys.modules"
    )
    before = os.times()
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert "Cobb-Douglas" in run.stdout
    after = os.times()
    spent = after.children_user - before.children_user
    assert spent + after.children_system - before.children_system < 1.0
