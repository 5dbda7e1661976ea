"""Where the files that a modeller edits are."""

import tomllib
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

Folder = Literal["model", "scenarios", "reports"]


CASE = "case.toml"

LANGUAGES = ("zh", "en")
"""The languages that a case can speak."""


def shipped_folder() -> Path:
    """Return the folder of the case that is shipped, or the copy in the wheel."""
    packaged = Path(str(files("cqsim"))) / "data"
    return packaged if packaged.is_dir() else Path(__file__).parents[2]


def case_file(path: Path) -> Path:
    """Return the nearest case.toml in a folder or those above, else the shipped one."""
    absolute = path.absolute()
    for folder in (absolute, *absolute.parents):
        try:
            if (folder / CASE).is_file():
                return folder / CASE
        except (OSError, ValueError):
            break
    return shipped_folder() / CASE


def languages_of(path: Path) -> tuple[str, ...]:
    """Return the languages of the nearest case: those that its title is in."""
    file = case_file(path)
    return _title_languages(file, file.stat().st_mtime_ns)


@lru_cache
def _title_languages(file: Path, _changed: int) -> tuple[str, ...]:
    try:
        title = tomllib.loads(file.read_text(encoding="utf-8"))["title"]
    except (OSError, ValueError, KeyError):
        return LANGUAGES
    spoken = tuple(key for key in title if key in LANGUAGES)
    return spoken or LANGUAGES


def data_folder(folder: Folder) -> Path:
    """Return the folder that a modeller edits, or the copy that the wheel carries."""
    return shipped_folder() / folder
