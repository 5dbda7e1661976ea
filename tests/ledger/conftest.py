"""A ledger to read, and a copy of its inputs to break."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cqsim.ledger.build import build_ledger
from cqsim.ledger.observed import Observations
from cqsim.resources import data_folder

Edit = Callable[[str, str, str], None]
Rejected = dict[str, dict[str, str]]


def _copy_inputs(folder: Path) -> None:
    model = data_folder("model")
    observed = model / "observed"
    shutil.copytree(observed / "raw", folder / "observed" / "raw")
    for name in ("variables.csv", "sources_added.csv"):
        shutil.copyfile(observed / name, folder / "observed" / name)
    for name in ("derivation.toml", "ledger.toml"):
        shutil.copyfile(model / name, folder / name)


@pytest.fixture(scope="session")
def ledger() -> Observations:
    """The ledger as it is committed."""
    return Observations.load(data_folder("model"))


@pytest.fixture(scope="session")
def rejected() -> Rejected:
    """The rejected rows as they are committed, by file and line."""
    file = data_folder("model") / "observed" / "rejected.csv"
    rows = csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    return {f"{row['file']}:{row['line']}": row for row in rows}


@pytest.fixture(scope="session")
def rejection(rejected: Rejected) -> Callable[..., dict[str, str]]:
    """Find the one rejected row with these cells."""

    def find(**wanted: str) -> dict[str, str]:
        found = [
            row
            for row in rejected.values()
            if all(row[name] == value for name, value in wanted.items())
        ]
        assert len(found) == 1, found
        return found[0]

    return find


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    """A model folder with what a person writes of the ledger, and nothing built."""
    folder = tmp_path / "model"
    _copy_inputs(folder)
    return folder


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built model folder that nobody may change."""
    folder = tmp_path_factory.mktemp("built") / "model"
    _copy_inputs(folder)
    build_ledger(folder)
    return folder


@pytest.fixture
def built(built_once: Path, inputs: Path) -> Path:
    """The same folder as `inputs`, after a build."""
    shutil.copytree(built_once, inputs, dirs_exist_ok=True)
    return inputs


@pytest.fixture
def edit(inputs: Path) -> Edit:
    """Replace a text that stands once or more in a file of `observed/`."""

    def replace(name: str, old: str, new: str) -> None:
        file = inputs / "observed" / name
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), encoding="utf-8", newline="\n")

    return replace
