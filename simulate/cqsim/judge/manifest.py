"""The manifest beside every result: what it was made from, and with what."""

import json
import platform
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from cqsim import __version__
from cqsim.case.load import Scenario
from cqsim.engine.commit import commit_of
from cqsim.engine.identity import file_sha256, sha256
from cqsim.engine.simulation import method_of, system_of

LIBRARIES = ("duckdb", "llvmlite", "numpy", "pandas", "pydantic", "pysd", "xarray")


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a run is made from, its files hashed before it starts."""

    scenario: Scenario
    data: tuple[tuple[Path, str], ...]
    registry: tuple[tuple[Path, str], ...]

    @classmethod
    def of(cls, scenario: Scenario) -> "Inputs":
        """Return the inputs of a scenario.

        Raises
        ------
        InputFileError
            The model or a data file of it cannot be read.
        """
        system = system_of(scenario.model)
        data = [system.data_path(name) for name in system.files]
        registry = scenario.case.registry.values()
        return cls(
            scenario,
            tuple((path, file_sha256(path)) for path in data),
            tuple((path, file_sha256(path)) for path in registry),
        )


def manifest(
    inputs: Inputs,
    times: Mapping[str, float],
    warnings: tuple[str, ...],
    wall_seconds: float,
    engine: str,
) -> dict[str, Any]:
    """Return what a run was made from: files with hashes, settings, versions, platform.

    `wall_seconds` is the only entry that differs between two runs of the same input
    with the same installation.
    """
    scenario = inputs.scenario
    model = scenario.model
    return {
        "cqsim": __version__,
        "scenario": {"id": scenario.id, "files": _hashes(scenario.files.items())},
        "model": {"path": model.path.as_posix(), "sha256": model.sha256},
        "data": _hashes(inputs.data),
        "registry": _hashes(inputs.registry),
        "settings": _plain(scenario.settings),
        "levers": _plain(scenario.levers),
        "overrides": list(scenario.overrides),
        "time": dict(times),
        "solver": method_of(system_of(model)),
        "engine": engine,
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


def _hashes(files: Iterable[tuple[Path, str]]) -> list[dict[str, str]]:
    return [{"path": path.as_posix(), "sha256": digest} for path, digest in files]


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
