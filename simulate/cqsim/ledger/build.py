"""`cqsim ledger build`: everything computed in a copy first, then moved into place."""

import shutil
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from cqsim.errors import CqsimError, InputFileError
from cqsim.ledger.candidate import Candidate, Rejection
from cqsim.ledger.citations import citations, hand_citations
from cqsim.ledger.clean import clean
from cqsim.ledger.derive import build as build_initial
from cqsim.ledger.literature import Range, read_literature
from cqsim.ledger.raw_rows import read_observations, read_variables
from cqsim.ledger.regions import region_rows
from cqsim.ledger.rules.written import rules_page
from cqsim.ledger.sources import Source, pruned, read_sources, source_rows
from cqsim.ledger.tables import (
    csv_text,
    ledger_texts,
    literature_text,
    rejected_text,
)

CARRIED_ALONG = ("targets.csv", "targets_external.csv")
"""Raw files that the build only asks to be there; the targets quote them."""


@dataclass(frozen=True, slots=True)
class Built:
    """What a build found: each file that is not what it was before.

    `written` are the files that would be or were replaced, by their path inside the
    model folder; `rows` and `rejected` count what is in the ledger.
    """

    written: tuple[str, ...]
    rows: int
    rejected: int


def build(folder: Path, check: bool = False) -> Built:
    """Rebuild the ledger of a model folder; with `check`, only compare.

    Raises
    ------
    CqsimError
        Anything is wrong in any file; then nothing is written.
    """
    if not (folder / "observed" / "raw").is_dir():
        what = "the folder has no observed/raw with the collected rows"
        raise InputFileError(folder, 0, what, "Name a model folder with --model.")
    with TemporaryDirectory() as scratch:
        copy = Path(scratch) / "model"
        shutil.copytree(folder, copy)
        try:
            rows, rejected = _build_in(copy)
        except CqsimError as error:
            raise at_home(error, copy, folder) from None
        changed = tuple(_changed(copy, folder)) if check else moved(copy, folder)
    return Built(changed, rows, rejected)


def moved(copy: Path, folder: Path) -> tuple[str, ...]:
    """Put what a copy has otherwise into the folder, all of it or nothing.

    Raises
    ------
    InputFileError
        The folder cannot be written.
    """
    changed = tuple(_changed(copy, folder))
    _move(copy, folder, changed)
    return changed


def at_home(error: CqsimError, copy: Path, folder: Path) -> CqsimError:
    """Return an error that names the user's files where it named the copy's."""

    def home(part: object) -> object:
        if isinstance(part, Path):
            return folder / part.relative_to(copy) if copy in part.parents else part
        if isinstance(part, str):
            return part.replace(str(copy), str(folder))
        return [home(each) for each in part] if isinstance(part, list) else part

    return type(error)(*map(home, error.args))


def _build_in(folder: Path) -> tuple[int, int]:
    observed = folder / "observed"
    raw = observed / "raw"
    sources = read_sources(observed)
    # A constant that loses its source is what a reader looks for, ahead of raw rows.
    pruned(sources, hand_citations(folder))
    variables = read_variables(observed)
    cleaned = clean(read_observations(raw, variables, sources), sources)
    ranges, no_numbers = read_literature(raw, sources)
    _refuse_missing(raw)
    rejections = [*cleaned.rejections, *no_numbers]
    texts = {
        **ledger_texts(cleaned.rows),
        "literature.csv": literature_text(ranges),
        "rejected.csv": rejected_text(rejections),
        "RULES.md": _rules_text(cleaned.rows, ranges, rejections),
    }
    for name, text in texts.items():
        _write(observed / name, text)
    _write(folder / "regions.csv", csv_text(region_rows(raw, cleaned.rows)))
    _derive(folder)
    _write(folder / "sources.csv", csv_text(_kept_sources(folder, sources)))
    return len(cleaned.rows) + len(ranges), len(rejections)


def _kept_sources(folder: Path, sources: dict[str, Source]) -> list[tuple[str, ...]]:
    return source_rows(pruned(sources, citations(folder)))


def _rules_text(
    rows: Iterable[Candidate],
    ranges: Iterable[Range],
    rejections: Iterable[Rejection],
) -> str:
    kept = Counter(rule for row in rows for rule in row.rules)
    kept.update(entry.rules for entry in ranges)
    return rules_page(kept, Counter(lost.rule for lost in rejections))


def _derive(folder: Path) -> None:
    """Write model/initial from the observations that were just written."""
    initial = folder / "initial"
    initial.mkdir(exist_ok=True)
    for name, content in build_initial(folder).items():
        (initial / name).write_bytes(content)


def _refuse_missing(raw: Path) -> None:
    for name in CARRIED_ALONG:
        if not (raw / name).is_file():
            remedy = "Put it back; the targets quote it."
            raise InputFileError(raw / name, 0, "the file is missing", remedy)


def _write(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8", newline="\n")


def _changed(copy: Path, folder: Path) -> Iterable[str]:
    for file in sorted(copy.rglob("*")):
        name = file.relative_to(copy)
        there = folder / name
        if file.is_file() and _bytes(file) != _bytes(there):
            yield name.as_posix()


def _bytes(file: Path) -> bytes | None:
    return file.read_bytes() if file.is_file() else None


def _move(copy: Path, folder: Path, names: Iterable[str]) -> None:
    """Put the new files beside the old ones, then rename all: no half-written file."""
    waiting: list[tuple[Path, Path]] = []
    try:
        for name in names:
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            beside = target.with_name(f".{target.name}.new")
            waiting.append((beside, target))
            shutil.copyfile(copy / name, beside)
        for beside, target in waiting:
            beside.replace(target)
    except OSError as error:
        for beside, _ in waiting:
            beside.unlink(missing_ok=True)
        what = f"the folder cannot be written ({error.strerror})"
        remedy = "Make room, or give yourself the right to write there."
        raise InputFileError(folder, 0, what, remedy) from None
