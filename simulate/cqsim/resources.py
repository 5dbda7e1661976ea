"""Where the files that a modeller edits are."""

from importlib.resources import files
from pathlib import Path
from typing import Literal

Folder = Literal["model", "scenarios", "reports"]


def data_folder(folder: Folder) -> Path:
    """Return the folder that a modeller edits, or the copy that the wheel carries."""
    packaged = Path(str(files("cqsim"))) / "data" / folder
    if packaged.is_dir():
        return packaged
    return Path(__file__).parents[2] / folder
