"""Check a report: run it again from its attachments and compare what is printed."""

import datetime
import io
import json
import struct
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cqsim import __version__
from cqsim.case.scenario import read_scenarios
from cqsim.errors import PlacedError
from cqsim.report.build import ReportJob, Stopwatch, made_pdf, outcomes_of, prepare
from cqsim.report.bundle import folder_of, unpacked
from cqsim.report.discrepancies import (
    Discrepancy,
    wrong_hashes,
    wrong_pages,
    wrong_results,
)
from cqsim.report.plan import read_report_files

if TYPE_CHECKING:
    from pypdf import PdfReader

NEEDED = (
    "inputs.zip",
    "manifest.json",
    "numbers.json",
    "indicators.csv",
    "targets.csv",
)
SHOWN = 20

OURS = "Name a PDF that cqsim report has made."
WHOLE = "Take the report from where it was made; this copy is damaged."
DAMAGE = (
    *(ArithmeticError, AttributeError, LookupError, RecursionError),
    *(struct.error, TypeError, ValueError, zlib.error),
)
"""What a PDF library raises on a damaged file, besides errors of its own."""


class NotAReportError(PlacedError):
    """A file is not a report of ours, or not the whole of one."""


@dataclass(frozen=True, slots=True)
class Verification:
    """The discrepancies that a check found; none where all agrees.

    `same_bytes` says that the document could be made again to the last byte.
    """

    findings: tuple[Discrepancy, ...]
    numbers: int
    same_bytes: bool
    notes: tuple[str, ...]


def verify(path: Path, watch: Stopwatch) -> Verification:
    """Return what of a report differs from what its attachments give.

    Raises
    ------
    NotAReportError
        The file is no PDF, none of ours, or lacks an attachment.
    CqsimError
        The attached inputs cannot be run.
    """
    content, reader = _read(path)
    attached = _attachments(path, reader)
    record = _manifest(path, attached["manifest.json"])
    files = unpacked(attached["inputs.zip"])
    findings = list(wrong_hashes(record, files))
    if findings:
        notes = (*_notes(record), "nothing was run: the inputs are not those stated")
        return Verification(tuple(findings), 0, False, notes)
    language = _language(path, reader)
    with tempfile.TemporaryDirectory(prefix="cqsim-verify-") as folder:
        names = folder_of(files, Path(folder))
        if not names:
            raise NotAReportError(path, "no scenario is attached", WHOLE)
        scenarios = read_scenarios(str(name) for name in names)
        words = read_report_files(scenarios[0].case)
        outcomes = tuple(outcomes_of(scenarios, watch))
        control = record["control"]
        request = ReportJob(outcomes, files, control, words, bool(control["brief"]))
        made = prepare(request, watch)
        expected = made_pdf(made, language, watch)
    entries = made.context.numbers.entries
    findings += wrong_results(attached, entries, made.attached)
    notes = _notes(record)
    if expected == content:
        return Verification(tuple(findings), len(made.data["numbers"]), True, notes)
    from pypdf import PdfReader as Reader

    again = Reader(io.BytesIO(expected))
    findings += wrong_pages(reader, again, made.data["numbers"], language)
    if not findings:
        what = (
            "the bytes of the document differ, but no text, drawing or attachment does"
        )
        notes = (*notes, what)
    return Verification(tuple(findings), len(made.data["numbers"]), False, notes)


def _read(path: Path) -> "tuple[bytes, PdfReader]":
    from pypdf import PdfReader

    try:
        content = path.read_bytes()
    except OSError as error:
        raise NotAReportError(path, error.strerror or str(error), OURS) from error
    if not content.startswith(b"%PDF-"):
        raise NotAReportError(path, "this is not a PDF", OURS)
    with _readable(path):
        # The end of a file that was cut off is missed only by a strict reader.
        reader = PdfReader(io.BytesIO(content), strict=True)
        if reader.is_encrypted:
            what = "the PDF is encrypted, and reports are not"
            raise NotAReportError(path, what, WHOLE)
        len(reader.pages)
    return content, reader


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turn what a PDF library raises on a damaged file into one message."""
    from pypdf.errors import PyPdfError

    try:
        yield
    except DAMAGE as error:
        what = f"the PDF is damaged ({str(error) or type(error).__name__})"
        raise NotAReportError(path, what, WHOLE) from error
    except PyPdfError as error:
        what = f"the PDF is damaged ({error})"
        raise NotAReportError(path, what, WHOLE) from error


def _attachments(path: Path, reader: "PdfReader") -> dict[str, bytes]:
    """Return the attached files by name."""
    with _readable(path):
        found = {name: contents[0] for name, contents in reader.attachments.items()}
    ours = {"manifest.json", "inputs.zip", "numbers.json"}
    if not ours & set(found):
        what = "this PDF is not a report of cqsim: it carries none of its attachments"
        raise NotAReportError(path, what, OURS)
    missing = [name for name in NEEDED if name not in found]
    if missing:
        what = f"the attachment {', '.join(missing)} is missing"
        raise NotAReportError(path, what, WHOLE)
    return found


def _manifest(path: Path, content: bytes) -> dict[str, Any]:
    """Return the attached record, complete as far as a new run needs it."""
    record, complete = None, False
    try:
        record = json.loads(content)
        control = record["control"]
        complete = {"date", "dated", "brief", "commit"} <= set(control)
        if control["date"]:
            datetime.date.fromisoformat(control["date"])
        for entry in record["inputs"]:
            complete &= isinstance(entry["path"], str)
            complete &= isinstance(entry["sha256"], str)
    except (ValueError, KeyError, TypeError):
        complete = False
    if record is None or not complete:
        what = "the attached manifest.json cannot be read"
        raise NotAReportError(path, what, WHOLE)
    return dict(record)


def _language(path: Path, reader: "PdfReader") -> str:
    root = reader.root_object
    spoken = str(root.get("/Lang", ""))[:2].lower()
    if spoken not in ("zh", "en"):
        what = f"its language is '{spoken}', and reports are in zh or en"
        raise NotAReportError(path, what, OURS)
    return spoken


def _notes(record: Mapping[str, Any]) -> tuple[str, ...]:
    made_with = record.get("cqsim")
    if made_with == __version__:
        return ()
    return (f"the report was made with cqsim {made_with}, this is {__version__}",)
