import re
from pathlib import Path

from cqsim.case.scenario import read_scenario
from cqsim.judge.effects import settings_without_effect

PAGE = Path(__file__).parents[2] / "docs" / "scenarios.md"


def test_the_scenario_of_the_page_is_read_and_every_line_has_an_effect(
    tmp_path: Path,
) -> None:
    found = re.search(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    (tmp_path / "mine.toml").write_text(found[1], encoding="utf-8")
    scenario = read_scenario(str(tmp_path / "mine.toml"))
    assert settings_without_effect(scenario) == ()
    assert [target.id for target in scenario.targets] == ["fuling_output"]
