"""The inputs of a report as one archive that runs again anywhere, and its record."""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path, PurePosixPath
from typing import Any

from cqsim import __version__
from cqsim.case.scenario import Scenario, flat_data
from cqsim.engine.folder import OutputError
from cqsim.engine.identity import sha256
from cqsim.engine.simulation import method_of, system_of
from cqsim.errors import StatedError
from cqsim.judge.judged_run import JudgedRun
from cqsim.report.plan import ReportFiles
from cqsim.resources import CASE

Files = Mapping[str, bytes]
FIRST_DAY = (1980, 1, 1, 0, 0, 0)
LARGEST = 200 * 1024 * 1024
KINDS = (".mdl", ".toml", ".csv", ".json")
LEFT_OUT = ("raw",)
MODEL, VALIDATION = "model/", "validation.json"
"""Where the model's files are in an archive, and which of them holds its checks."""

DIRECT = ("matplotlib", "numpy", "pysd", "typst")
"""What shapes a report most: locked even where cqsim is not installed."""


class BundleError(StatedError):
    """An archive of inputs cannot be made or read."""


def inputs_of(scenarios: Sequence[Scenario], files: ReportFiles) -> dict[str, bytes]:
    """Return the files that run scenarios again, by their names in the archive.

    A scenario is written with all that it extends in it. The model's folder goes in
    without the raw collections, case.toml and the case's `reports` folder go with it.

    Raises
    ------
    BundleError
        The scenarios are not of the same model.
    """
    model = scenarios[0].model
    for other in scenarios[1:]:
        if other.model.sha256 != model.sha256:
            what = f"{other.path}: its model is not that of {scenarios[0].path}"
            raise BundleError(what, "Report on scenarios of one model at a time.")
    found = model_files(model.path.parent)
    found |= {f"reports/{name}": content for name, content in files.files.items()}
    found[CASE] = (scenarios[0].case.folder / CASE).read_bytes()
    for number, scenario in enumerate(scenarios, start=1):
        text = flattened(scenario)
        found[f"scenarios/{number}-{scenario.id}.toml"] = text.encode("utf-8")
    return found


def model_files(folder: Path) -> dict[str, bytes]:
    """Return the files of a model's folder, by their names in the archive."""
    found = {}
    for path in sorted(folder.rglob("*")):
        inner = path.relative_to(folder)
        wanted = path.suffix in KINDS[:3] and not set(inner.parts) & set(LEFT_OUT)
        if path.is_file() and (wanted or inner.name == VALIDATION):
            found[f"{MODEL}{inner.as_posix()}"] = path.read_bytes()
    return found


def flattened(scenario: Scenario) -> str:
    """Return a scenario with all that it extends, as one TOML text."""
    data = flat_data(scenario)
    data.pop("extends", None)
    data["model"] = f"../model/{scenario.model.path.name}"
    lines = [f"{key} = {toml_value(value)}" for key, value in sorted(data.items())]
    return "\n".join(lines) + "\n"


def toml_value(value: Any) -> str:
    """Return a value as TOML writes it on one line."""
    if isinstance(value, Mapping):
        parts = (f"{_quoted(k)} = {toml_value(v)}" for k, v in value.items())
        return "{ " + ", ".join(parts) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(toml_value(each) for each in value) + "]"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\u007f", "\\u007f")


def packed(files: Files) -> bytes:
    """Return files as a zip archive; the same files give the same bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, FIRST_DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            archive.writestr(entry, files[name], compresslevel=9)
    return target.getvalue()


def unpacked(content: bytes) -> dict[str, bytes]:
    """Return the files of an archive from somebody else; nothing is written.

    Raises
    ------
    BundleError
        It is no archive, is too large, or names a file outside of its folder.
    """
    remedy = "Take the report from where it was made; this copy is damaged."
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > LARGEST:
                what = "the attached inputs are larger than a report's can be"
                raise BundleError(what, remedy)
            names = [entry.filename for entry in archive.infolist()]
            outside = [name for name in names if not _inside(name)]
            if outside:
                what = f"the attached inputs name a file outside of them ({outside[0]})"
                raise BundleError(what, remedy)
            return {name: archive.read(name) for name in names}
    except (zipfile.BadZipFile, RuntimeError, EOFError, OSError) as error:
        what = f"the attached inputs cannot be read ({error})"
        raise BundleError(what, remedy) from error


def _inside(name: str) -> bool:
    path = PurePosixPath(name)
    plain = not path.is_absolute() and ".." not in path.parts and "\\" not in name
    return plain and ":" not in name and path.suffix in KINDS


def record_of(
    outcomes: Sequence[JudgedRun], files: Files, control: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the manifest of a report; nothing in it depends on place or time."""
    first = outcomes[0]
    inputs = [{"path": name, "sha256": sha256(files[name])} for name in sorted(files)]
    joined = "\n".join(f"{entry['path']} {entry['sha256']}" for entry in inputs)
    names = [name for name in files if name.startswith("scenarios/")]
    return {
        "run": sha256(f"{__version__}\n{joined}".encode()),
        "cqsim": __version__,
        "scenarios": [
            {
                "id": name.split("/")[1].split("-", 1)[1].removesuffix(".toml"),
                "sha256": sha256(files[name]),
            }
            for name in sorted(names)
        ],
        "model": {
            "path": f"model/{first.scenario.model.path.name}",
            "sha256": first.scenario.model.sha256,
        },
        "time": first.times,
        "solver": method_of(system_of(first.scenario.model)),
        "engine": first.engine,
        "seed": None,
        "commit": control["commit"],
        "control": dict(control),
        "inputs": inputs,
    }


def lock() -> str:
    """Return the versions of cqsim and of all that it needs, a line each."""
    wanted = ["cqsim", *DIRECT]
    found: dict[str, str] = {"cqsim": __version__}
    seen: set[str] = set()
    while wanted:
        name = wanted.pop()
        if name in seen:
            continue
        seen.add(name)
        try:
            needed = requires(name) or []
            found.setdefault(name, version(name))
        except PackageNotFoundError:
            continue
        plain = (line for line in needed if "extra ==" not in line)
        wanted += [_name(line).lower().replace("_", "-") for line in plain]
    return "".join(f"{name}=={found[name]}\n" for name in sorted(found))


def _name(requirement: str) -> str:
    """Return the name at the start of a requirement."""
    end = next(
        (n for n, c in enumerate(requirement) if not (c.isalnum() or c in "-_.")),
        len(requirement),
    )
    return requirement[:end]


def folder_of(files: Files, target: Path) -> list[Path]:
    """Write an archive's files below a folder, and return its scenarios in order."""
    for name, content in files.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    found = (target / "scenarios").glob("*.toml")
    return sorted(found, key=lambda path: (len(path.name.split("-")[0]), path.name))


def write_whole(path: Path, content: bytes) -> None:
    """Write a file under a temporary name and move it into place.

    Raises
    ------
    OutputError
        It cannot be written; what was there is unchanged.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise OutputError(path.parent, error.strerror or str(error)) from error
