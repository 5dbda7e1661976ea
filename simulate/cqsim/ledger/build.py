"""Rebuild the ledger: everything computed in a copy first, then moved into place."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol, cast

from cqsim.errors import CqsimError, InputFileError
from cqsim.ledger.observed import (
    AGES,
    SETTINGS,
    LedgerSettings,
    Observations,
    read_settings,
)
from cqsim.ledger.outturns import FILE as OUTTURNS
from cqsim.ledger.outturns import outturns_text
from cqsim.ledger.raw import (
    SEXES,
    RawNames,
    RawRange,
    RawRow,
    Rejection,
)
from cqsim.ledger.rules import Cleaned, Section, rules_page
from cqsim.ledger.sources import citations, hand_citations, pruned, sources_text
from cqsim.tables import csv_text

COLUMNS = (
    *("region", "year", "variable", "value", "unit", "source", "vintage", "grade"),
    *("note", "rules", "origin"),
)
AGE_COLUMNS = (*COLUMNS[:2], "age", "sex", *COLUMNS[2:])
RANGE_COLUMNS = (
    *("parameter", "low", "central", "high", "unit", "scope", "source", "grade"),
    *("note", "rules", "origin"),
)
REJECTED_COLUMNS = (
    *("file", "line", "region", "year", "variable", "value", "unit", "source"),
    *("rule", "reason"),
)
PIPELINES = "cqsim.pipelines"
"""The group of entry points that ledger.toml may name."""


class Pipeline(Protocol):
    """A case's own part of the ledger: its rules, and the files derived from it."""

    opening: str
    """The beginning of RULES.md."""
    sections: Sequence[Section]
    """All rules, in the order of the page."""
    totals: Sequence[tuple[str, Callable[[Observations], list[str]]]]
    """A claim about the ledger, and the function that returns where it fails."""

    added_variables: Sequence[tuple[str, str, str]]
    """Variable, unit and file of values that only the rules make."""

    def clean(self, raw: Path, names: RawNames) -> Cleaned:
        """Return which of the raw rows and ranges stay by the rules, and which not."""

    def regions(self, raw: Path, rows: Iterable[RawRow], names: RawNames) -> str:
        """Return the text of regions.csv."""

    def derive(self, folder: Path) -> Mapping[str, str]:
        """Return the text of each file of `initial/`, by name, from a built ledger."""


@dataclass(frozen=True, slots=True)
class BuiltLedger:
    """The result of a build: each file that differs from the one before.

    `written` are the files that would be or were replaced, by their path inside the
    model folder; `rows` and `rejected` count what is in the ledger.
    """

    written: tuple[str, ...]
    rows: int
    rejected: int


def build_ledger(folder: Path, check: bool = False) -> BuiltLedger:
    """Rebuild the ledger of a model folder; with `check`, only compare.

    Raises
    ------
    CqsimError
        Anything is wrong in any file; then nothing is written.
    """
    with copy_of(folder) as copy:
        rows, rejected = _build_in(copy)
        changed = _changed(copy, folder) if check else moved(copy, folder)
    return BuiltLedger(changed, rows, rejected)


@contextmanager
def copy_of(folder: Path) -> Iterator[Path]:
    """Give a copy of a model folder; errors inside name the user's files, not its.

    Raises
    ------
    InputFileError
        The folder has no raw rows.
    """
    if not (folder / "observed" / "raw").is_dir():
        what = "the folder has no observed/raw with the collected rows"
        raise InputFileError(folder, 0, what, "Name a model folder with --model.")
    with TemporaryDirectory() as scratch:
        copy = Path(scratch) / "model"
        shutil.copytree(folder, copy)
        try:
            yield copy
        except CqsimError as error:
            raise _with_original_paths(error, copy, folder) from None


def moved(copy: Path, folder: Path) -> tuple[str, ...]:
    """Put what a copy has otherwise into the folder, all of it or nothing.

    Raises
    ------
    InputFileError
        The folder cannot be written.
    """
    changed = _changed(copy, folder)
    staged: list[tuple[Path, Path]] = []
    try:
        for name in changed:
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            new = target.with_name(f".{target.name}.new")
            staged.append((new, target))
            shutil.copyfile(copy / name, new)
        for new, target in staged:
            new.replace(target)
    except OSError as error:
        for new, _ in staged:
            new.unlink(missing_ok=True)
        what = f"the folder cannot be written ({error.strerror})"
        remedy = "Make room, or give yourself the right to write there."
        raise InputFileError(folder, 0, what, remedy) from None
    return changed


def pipeline_of(folder: Path) -> Pipeline | None:
    """Return the pipeline that a model folder's ledger.toml names; None without one.

    It is an installed entry point or part of this package: code in a project folder
    never runs.

    Raises
    ------
    InputFileError
        There is no such pipeline.
    """
    name = read_settings(folder).pipeline
    if not name:
        return None
    for entry in entry_points(group=PIPELINES, name=name):
        return cast(Pipeline, entry.load())
    try:
        if name.startswith("cqsim."):
            return cast(Pipeline, import_module(name).pipeline)
    except (ImportError, AttributeError):
        pass
    what = f"there is no pipeline '{name}'"
    remedy = f"Install the package that offers it as an entry point of {PIPELINES}."
    raise InputFileError(folder / SETTINGS, 0, what, remedy)


def _build_in(folder: Path) -> tuple[int, int]:
    pipeline = pipeline_of(folder)
    if pipeline is None:
        what = "the ledger names no pipeline, so there are no rules to build it by"
        remedy = 'Write pipeline = "…", the name of an installed one.'
        raise InputFileError(folder / SETTINGS, 0, what, remedy)
    names, observed = RawNames.read(folder), folder / "observed"
    raw = observed / "raw"
    # A constant that loses its source is what a reader looks for, ahead of raw rows.
    pruned(names.sources, hand_citations(folder))
    cleaned = pipeline.clean(raw, names)
    for name in names.settings.attached:
        if not (raw / name).is_file():
            remedy = "Put it back; the targets quote it."
            raise InputFileError(raw / name, 0, "the file is missing", remedy)
    texts = _ledger_texts(cleaned.rows, names.settings)
    texts["literature.csv"] = _ranges_text(cleaned.ranges)
    texts["rejected.csv"] = _rejected_text(cleaned.rejections)
    texts["RULES.md"] = _rules_text(pipeline, cleaned)
    if outturns := outturns_text(folder, cleaned.rows, names):
        texts[OUTTURNS] = outturns
    for name, text in texts.items():
        _write(observed / name, text)
    _write(folder / "regions.csv", pipeline.regions(raw, cleaned.rows, names))
    (folder / "initial").mkdir(exist_ok=True)
    for name, text in pipeline.derive(folder).items():
        _write(folder / "initial" / name, text)
    cited = pruned(names.sources, citations(folder))
    _write(folder / "sources.csv", sources_text(cited))
    return len(cleaned.rows) + len(cleaned.ranges), len(cleaned.rejections)


def _ledger_texts(rows: Iterable[RawRow], settings: LedgerSettings) -> dict[str, str]:
    """Return the text of each table of observations, rows in a fixed order."""
    places, ages, sexes = settings.places, ("", *AGES), ("", *SEXES)

    def order(row: RawRow) -> tuple[int, int, str, int, int]:
        place = places.index(row.region)
        return place, row.year, row.variable, ages.index(row.age), sexes.index(row.sex)

    by_file: dict[str, list[RawRow]] = {name: [] for name in settings.files}
    for row in sorted(rows, key=order):
        by_file[row.file].append(row)
    return {f"{name}.csv": _table_text(group) for name, group in by_file.items()}


def _table_text(rows: Sequence[RawRow]) -> str:
    with_ages = any(row.age for row in rows)
    lines = (
        (
            *(row.region, row.year),
            *((row.age, row.sex) if with_ages else ()),
            *(row.variable, row.plain_value, row.unit, row.source, row.vintage),
            *(row.grade, row.note, " ".join(row.rules), row.cell.origin),
        )
        for row in rows
    )
    return csv_text([AGE_COLUMNS if with_ages else COLUMNS, *lines])


def _ranges_text(ranges: Iterable[RawRange]) -> str:
    lines = (
        (
            *(entry.cell.variable, entry.low, entry.central, entry.high),
            *(entry.cell.unit, entry.scope, entry.cell.source, entry.grade),
            *(entry.cell.note, entry.rules, entry.cell.origin),
        )
        for entry in sorted(ranges, key=lambda entry: entry.cell.variable)
    )
    return csv_text([RANGE_COLUMNS, *lines])


def _rejected_text(rejections: Iterable[Rejection]) -> str:
    ordered = sorted(rejections, key=lambda lost: (lost.cell.file, lost.cell.line))
    lines = (
        (
            *(lost.cell.file, lost.cell.line, lost.cell.region, lost.cell.year or ""),
            *(lost.cell.variable, lost.cell.value, lost.cell.unit, lost.cell.source),
            *(lost.rule, lost.reason),
        )
        for lost in ordered
    )
    return csv_text([REJECTED_COLUMNS, *lines])


def _rules_text(pipeline: Pipeline, cleaned: Cleaned) -> str:
    kept = Counter(rule for row in cleaned.rows for rule in row.rules)
    kept.update(entry.rules for entry in cleaned.ranges)
    rejected = Counter(lost.rule for lost in cleaned.rejections)
    return rules_page(pipeline.opening, pipeline.sections, kept, rejected)


def _with_original_paths(error: CqsimError, copy: Path, folder: Path) -> CqsimError:
    """Return an error that names the user's files where it named the copy's."""

    def original(part: object) -> object:
        if isinstance(part, Path):
            return folder / part.relative_to(copy) if copy in part.parents else part
        if isinstance(part, str):
            return part.replace(str(copy), str(folder))
        return [original(each) for each in part] if isinstance(part, list) else part

    return type(error)(*map(original, error.args))


def _write(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8", newline="\n")


def _changed(copy: Path, folder: Path) -> tuple[str, ...]:
    names = (
        file.relative_to(copy) for file in sorted(copy.rglob("*")) if file.is_file()
    )
    return tuple(
        name.as_posix()
        for name in names
        if _bytes(copy / name) != _bytes(folder / name)
    )


def _bytes(file: Path) -> bytes | None:
    return file.read_bytes() if file.is_file() else None
