"""The manifest beside every result: what it was made from, and with what."""

import json
import platform
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from cqsim import __version__
from cqsim.engine.commit import commit_of
from cqsim.engine.data_files import data_files
from cqsim.engine.identity import file_sha256, sha256
from cqsim.engine.simulation import SOLVER
from cqsim.scenario.load import Scenario
from cqsim.textfile import read_text

LIBRARIES = ("duckdb", "numpy", "pandas", "pydantic", "pysd", "xarray")


def manifest(
    scenario: Scenario,
    times: Mapping[str, float],
    warnings: tuple[str, ...],
    wall_seconds: float,
) -> dict[str, Any]:
    """Return what a run was made from: files with hashes, settings, versions, platform.

    `wall_seconds` is the only entry that differs between two runs of the same input
    with the same installation.
    """
    model = scenario.model
    files = data_files(model.path, read_text(model.path))
    return {
        "cqsim": __version__,
        "scenario": {
            "id": scenario.id,
            "files": [
                {"path": _posix(path), "sha256": digest}
                for path, digest in scenario.files.items()
            ],
        },
        "model": {"path": _posix(model.path), "sha256": model.sha256},
        "data": [
            {"path": _posix(file.path), "sha256": file_sha256(file.path)}
            for file in files
        ],
        "registry": _registry(model.path.parent),
        "settings": _plain(scenario.settings),
        "levers": _plain(scenario.levers),
        "time": dict(times),
        "solver": SOLVER,
        "engine": "pysd",
        "seed": None,
        "commit": commit_of(model.path),
        "python": platform.python_version(),
        "platform": f"{sys.platform}-{platform.machine()}",
        "libraries": {name: _version(name) for name in LIBRARIES},
        "warnings": list(warnings),
        "wall_seconds": round(wall_seconds, 3),
    }


def write_manifest(folder: Path, content: Mapping[str, Any]) -> None:
    """Write a manifest with the hashes of the other files of its folder."""
    outputs = {
        path.name: sha256(path.read_bytes())
        for path in sorted(folder.iterdir())
        if path.is_file() and path.name != "manifest.json"
    }
    text = json.dumps({**content, "outputs": outputs}, ensure_ascii=False, indent=2)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8", newline="\n")


def _registry(folder: Path) -> list[dict[str, str]]:
    """Return the hashes of the registries beside a model that shape its tables."""
    names = ("indicators.toml", "levers.toml", "targets.toml")
    return [
        {"path": _posix(folder / name), "sha256": file_sha256(folder / name)}
        for name in names
        if (folder / name).is_file()
    ]


def _posix(path: Path) -> str:
    return path.as_posix()


def _plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: dict(value) if isinstance(value, Mapping) else value
        for name, value in settings.items()
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
