"""`cqsim ledger` as a person calls it."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cqsim.cli import group, main
from cqsim.resources import data_folder


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    shutil.copytree(data_folder("model"), folder)
    return folder


def call(*words: str) -> Result:
    return CliRunner().invoke(group, ["ledger", *words])


@pytest.mark.slow
def test_a_fresh_ledger_differs_in_nothing(model: Path) -> None:
    result = call("build", "--check", "--model", str(model))
    assert result.exit_code == 0, result.output
    assert "163 raw rows rejected; 0 files differ." in result.output


@pytest.mark.slow
def test_a_changed_raw_value_is_seen_and_then_built(model: Path) -> None:
    raw = model / "observed" / "raw" / "outcomes_observed.csv"
    raw.write_text(raw.read_text(encoding="utf-8").replace("28.22", "28.23"))
    checked = call("build", "--check", "--model", str(model))
    assert checked.exit_code == 1
    assert "differs: " in checked.output
    assert "28.22" in (model / "observed" / "outcomes.csv").read_text()
    built = call("build", "--model", str(model))
    assert built.exit_code == 0
    assert "28.23" in (model / "observed" / "outcomes.csv").read_text()


def test_every_check_holds_in_the_committed_ledger() -> None:
    result = call("check")
    assert result.exit_code == 0, result.output
    assert "FAILS" not in result.output


def test_json_is_one_object_and_a_failed_check_exits_1(model: Path) -> None:
    sources = model / "sources.csv"
    lines = sources.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith("CEADS_PROV,")]
    sources.write_text("".join(kept), encoding="utf-8")
    result = call("check", "--json", "--model", str(model))
    assert result.exit_code == 1
    checks = json.loads(result.stdout)["checks"]
    assert [entry["check"] for entry in checks if not entry["holds"]] == [
        "every cited source exists"
    ]
    assert "CEADS_PROV" in checks[0]["detail"]


def test_a_users_mistake_is_one_message_and_exit_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["cqsim", "ledger", "build", "--model", str(tmp_path / "nowhere")]
    monkeypatch.setattr("sys.argv", words)
    with pytest.raises(SystemExit) as raised:
        main()
    assert raised.value.code == 2
    message = capsys.readouterr().err
    assert message.startswith("cqsim: ")
    assert "has no observed/raw" in message
    assert "Traceback" not in message


@pytest.mark.parametrize("words", [(), ("build",), ("check",)])
def test_every_command_has_help(words: tuple[str, ...]) -> None:
    result = call(*words, "--help")
    assert result.exit_code == 0
    assert "Usage" in result.output
