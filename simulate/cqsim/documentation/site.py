"""The whole documentation of a model: pages and pictures by file name."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from cqsim.documentation.book import Book
from cqsim.documentation.markdown import MARK, sector_file
from cqsim.documentation.overview_pages import assessment_page, index_page, loops_page
from cqsim.documentation.picture import picture_of
from cqsim.documentation.picture_scenes import scenes_of
from cqsim.documentation.sector_page import sector_page
from cqsim.documentation.table_pages import (
    boundary_page,
    constants_page,
    sources_page,
)
from cqsim.errors import InputFileError

_PICTURE_START = "<svg "


def documentation(book: Book) -> dict[str, str]:
    """Return the text of each file by its name; equal models give equal texts.

    Raises
    ------
    InputFileError, FaultsError
        A file that the model needs cannot be read, or a named loop does not stand.
    """
    files = {
        "README.md": index_page(book),
        "loops.md": loops_page(book),
        "constants.md": constants_page(book),
        "sources.md": sources_page(book),
        "boundary.md": boundary_page(book),
        "assessment.md": assessment_page(book),
    }
    for group in book.groups:
        name = sector_file(group)
        files[f"{name}.md"] = sector_page(book, group)
        scenes = scenes_of(book.model, book.graph, book.polarity, group)
        if scenes:
            title = group or "Model"
            files[f"{name}.svg"] = picture_of(scenes, book.model, title, book.chinese)
    return files


def differing(files: dict[str, str], folder: Path) -> list[str]:
    """Return the files that are not in the folder as they should be."""
    found = {
        name
        for name, text in files.items()
        if not (folder / name).is_file()
        or (folder / name).read_text(encoding="utf-8") != text
    }
    return sorted(found | {path.name for path in _stale(files, folder)})


def write_documentation(files: dict[str, str], folder: Path) -> None:
    """Write the files, and delete those that an earlier model left behind.

    Raises
    ------
    InputFileError
        The folder or a file in it cannot be written; no page is half written.
    """
    waiting: list[tuple[Path, Path]] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            temporary = folder / f".{name}.{os.getpid()}.tmp"
            waiting.append((temporary, folder / name))
            temporary.write_text(text, encoding="utf-8", newline="\n")
        _refuse_folders(path for _, path in waiting)
        for temporary, path in waiting:
            temporary.replace(path)
        for path in _stale(files, folder):
            path.unlink()
    except OSError as error:
        what = f"the pages cannot be written ({error.strerror or error})"
        remedy = "Give another folder with --out, or make room."
        raise InputFileError(folder, 0, what, remedy) from None
    finally:
        for temporary, _ in waiting:
            _remove(temporary)


def _refuse_folders(paths: Iterable[Path]) -> None:
    for path in paths:
        if path.is_dir():
            what = "a folder stands where a page belongs"
            raise InputFileError(path, 0, what, "Remove it, or give another --out.")


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()


def _stale(files: dict[str, str], folder: Path) -> list[Path]:
    """Return pages and pictures that we wrote once and would not write now."""
    paths = [*folder.glob("*.md"), *folder.glob("sector-*.svg")]
    starts = {".md": MARK, ".svg": _PICTURE_START}
    return [
        path
        for path in sorted(paths)
        if path.name not in files
        and path.read_text(encoding="utf-8").startswith(starts[path.suffix])
    ]
