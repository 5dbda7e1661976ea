import os
from collections.abc import Callable
from pathlib import Path

import pytest

Cqsim = Callable[..., tuple[int, str, str]]

SCENARIO = """id = "mine"
title = {{ zh = "{title}", en = "{title}" }}
extends = "baseline"
{more}
"""


@pytest.fixture
def cqsim(call: Cqsim, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cqsim:
    monkeypatch.chdir(tmp_path)
    return call


def scenario(folder: Path, title: str = "x", more: str = "") -> str:
    path = folder / "mine.toml"
    path.write_text(SCENARIO.format(title=title, more=more), encoding="utf-8")
    return str(path)


def refused(said: tuple[int, str, str], *parts: str) -> None:
    """Check that a mistake ends in one message, exit status 2 and nothing else."""
    status, out, err = said
    assert status == 2, err
    assert out == ""
    assert "Traceback" not in err
    for part in parts:
        assert part in err


@pytest.mark.parametrize("command", ["report", "plot", "verify"])
def test_each_command_has_help(cqsim: Cqsim, command: str) -> None:
    status, out, _ = cqsim(command, "--help")
    assert status == 0
    assert "Usage: cqsim" in out


def test_a_scenario_with_a_fault_is_refused(cqsim: Cqsim, tmp_path: Path) -> None:
    path = scenario(tmp_path, more="[levers.tunnels]\nvalue = 1")
    refused(cqsim("report", path), "mine.toml", "tunnels")
    assert not (tmp_path / "out").exists()


def test_a_scenario_that_is_not_there_is_refused(cqsim: Cqsim) -> None:
    refused(cqsim("report", "nowhere"), "there is no such scenario file")


@pytest.mark.skipif(os.name == "nt", reason="root and Windows ignore the mode")
def test_a_folder_that_cannot_be_written_is_refused(
    cqsim: Cqsim, tmp_path: Path
) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file")
    refused(
        cqsim("report", scenario(tmp_path), "--out", str(blocked)),
        "cannot be written",
    )


def test_a_pdf_that_is_none_is_refused(cqsim: Cqsim, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_text("no")
    refused(cqsim("verify", str(path)), "this is not a PDF")


def test_an_unknown_figure_is_refused(cqsim: Cqsim, tmp_path: Path) -> None:
    refused(cqsim("plot", scenario(tmp_path), "pathz"), "no figure 'pathz'", "'paths'")


@pytest.mark.slow
def test_a_title_with_rare_characters_is_printed_as_codes_and_said(
    cqsim: Cqsim, tmp_path: Path
) -> None:
    path = scenario(tmp_path, title="龘 \U0001f600")
    status, out, err = cqsim("report", path, "--brief", "--timings")
    assert status == 0, err
    assert "U+9F98" in out
    assert "mine.toml" in out
    assert "typeset" in out
    assert (tmp_path / "out/mine/mine-brief-zh.pdf").is_file()


@pytest.mark.slow
def test_a_figure_for_slides_is_svg_or_png(cqsim: Cqsim, tmp_path: Path) -> None:
    arguments = ("paths", "--lang", "en", "--format", "png")
    status, _, err = cqsim("plot", scenario(tmp_path), *arguments)
    assert status == 0, err
    written = tmp_path / "out/mine/figures/paths-en.png"
    assert written.read_bytes().startswith(b"\x89PNG")
