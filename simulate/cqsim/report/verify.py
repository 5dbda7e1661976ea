"""Check a report: run it again from its attachments and compare what is printed."""

import io
import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cqsim import __version__
from cqsim.engine.identity import sha256
from cqsim.errors import PlacedError
from cqsim.report.build import Prepared, Request, Watch, made_pdf, outcomes_of, prepare
from cqsim.report.bundle import folder_of, unpacked
from cqsim.scenario.load import read_scenario

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
SAME = 1e-9
"""Relative: what another platform's arithmetic may differ by."""


class NotAReportError(PlacedError):
    """A file is not a report of ours, or not the whole of one."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a report that is not what its inputs give."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What a check found: nothing, where all agrees.

    `same_bytes` says that the document could be made again to the last byte.
    """

    findings: tuple[Finding, ...]
    numbers: int
    same_bytes: bool
    notes: tuple[str, ...]


def verify(path: Path, watch: Watch) -> Verification:
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
    findings = list(_wrong_hashes(record, files))
    language = _language(path, reader)
    with tempfile.TemporaryDirectory(prefix="cqsim-verify-") as folder:
        names = folder_of(files, Path(folder))
        if not names:
            remedy = "Take the report from where it was made; this copy is damaged."
            raise NotAReportError(path, "no scenario is attached", remedy)
        outcomes = outcomes_of([read_scenario(str(name)) for name in names], watch)
        control = record["control"]
        request = Request(tuple(outcomes), files, control, bool(control["brief"]))
        made = prepare(request, watch)
        expected = made_pdf(made, language, watch)
    findings += _compared(attached, made)
    notes = _notes(record)
    if expected == content:
        return Verification(tuple(findings), len(made.data["numbers"]), True, notes)
    from pypdf import PdfReader as Reader

    findings += _pages(reader, Reader(io.BytesIO(expected)), made, language)
    if not findings:
        what = (
            "the bytes of the document differ, but no text, drawing or attachment does"
        )
        notes = (*notes, what)
    return Verification(tuple(findings), len(made.data["numbers"]), False, notes)


def _read(path: Path) -> "tuple[bytes, PdfReader]":
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    remedy = "Name a PDF that cqsim report has made."
    try:
        content = path.read_bytes()
    except OSError as error:
        raise NotAReportError(path, error.strerror or str(error), remedy) from error
    if not content.startswith(b"%PDF-"):
        raise NotAReportError(path, "this is not a PDF", remedy)
    try:
        reader = PdfReader(io.BytesIO(content))
        len(reader.pages)
    except (PyPdfError, ValueError, KeyError, TypeError, RecursionError) as error:
        what = f"the PDF cannot be read ({error})"
        raise NotAReportError(path, what, remedy) from error
    return content, reader


def _attachments(path: Path, reader: "PdfReader") -> dict[str, bytes]:
    """Return the attached files by name."""
    found = {name: contents[0] for name, contents in reader.attachments.items()}
    ours = {"manifest.json", "inputs.zip", "numbers.json"}
    if not ours & set(found):
        what = "this PDF is not a report of cqsim: it carries none of its attachments"
        raise NotAReportError(path, what, "Name a PDF that cqsim report has made.")
    missing = [name for name in NEEDED if name not in found]
    if missing:
        what = f"the attachment {', '.join(missing)} is missing"
        remedy = "Take the report from where it was made; this copy has lost it."
        raise NotAReportError(path, what, remedy)
    return found


def _manifest(path: Path, content: bytes) -> dict[str, Any]:
    try:
        record = json.loads(content)
        control = record["control"]
        complete = {"date", "dated", "brief", "commit"} <= set(control)
        if complete and isinstance(record["inputs"], list):
            return dict(record)
    except (ValueError, KeyError, TypeError):
        pass
    what = "the attached manifest.json cannot be read"
    remedy = "Take the report from where it was made; this copy is damaged."
    raise NotAReportError(path, what, remedy)


def _language(path: Path, reader: "PdfReader") -> str:
    root = reader.root_object
    spoken = str(root.get("/Lang", ""))[:2].lower()
    if spoken not in ("zh", "en"):
        what = f"its language is '{spoken}', and reports are in zh or en"
        raise NotAReportError(path, what, "Name a PDF that cqsim report has made.")
    return spoken


def _wrong_hashes(
    record: Mapping[str, Any], files: Mapping[str, bytes]
) -> Iterator[Finding]:
    """Yield the attached inputs that are not what the manifest says."""
    stated = {entry["path"]: entry["sha256"] for entry in record["inputs"]}
    for name in sorted({*stated, *files}):
        if name not in files:
            yield Finding("inputs.zip", f"{name} is missing")
        elif sha256(files[name]) != stated.get(name):
            yield Finding("inputs.zip", f"{name} is not what the manifest says it was")


def _compared(attached: Mapping[str, bytes], made: Prepared) -> Iterator[Finding]:
    """Yield what in the attached results differs from the results made again."""
    yield from _numbers(attached["numbers.json"], made.teller.numbers.entries)
    for name in ("indicators.csv", "targets.csv"):
        yield from _rows(name, attached[name], made.attached[name])


def _numbers(content: bytes, expected: Mapping[str, Any]) -> Iterator[Finding]:
    try:
        stated = json.loads(content)
    except ValueError:
        yield Finding("numbers.json", "it cannot be read")
        return
    for key in sorted({*stated, *expected}):
        if key not in stated or key not in expected:
            where = "missing" if key not in stated else "not in the report made again"
            yield Finding("numbers.json", f"{key} is {where}")
        elif _differ(stated[key], expected[key]):
            yield Finding(
                "numbers.json",
                f"{key}: {stated[key].get('en')} is stated, "
                f"{expected[key]['en']} comes out",
            )


def _differ(stated: Any, expected: Mapping[str, Any]) -> bool:
    if not isinstance(stated, dict) or set(stated) != set(expected):
        return True
    near = abs(stated["value"] - expected["value"]) <= SAME * abs(expected["value"])
    rest = {key: value for key, value in stated.items() if key != "value"}
    return not near or rest != {k: v for k, v in expected.items() if k != "value"}


def _rows(name: str, content: bytes, expected: bytes) -> Iterator[Finding]:
    one = content.decode("utf-8", "replace").splitlines()
    other = expected.decode().splitlines()
    for number, (stated, right) in enumerate(zip(one, other, strict=False), start=1):
        if stated != right and not _near(stated, right):
            yield Finding(
                f"{name}:{number}", f"'{stated}' is stated, '{right}' comes out"
            )
    if len(one) != len(other):
        yield Finding(name, f"{len(one)} rows are stated, {len(other)} come out")


def _near(stated: str, right: str) -> bool:
    """Return whether two rows differ by rounding errors only."""
    pairs = list(zip(stated.split(","), right.split(","), strict=False))
    if stated.count(",") != right.count(","):
        return False
    for one, other in pairs:
        if one == other:
            continue
        try:
            if abs(float(one) - float(other)) > SAME * max(1.0, abs(float(other))):
                return False
        except ValueError:
            return False
    return True


def _pages(
    stated: "PdfReader", expected: "PdfReader", made: Prepared, language: str
) -> Iterator[Finding]:
    """Yield what is printed on a page and does not come out, by page."""
    if len(stated.pages) != len(expected.pages):
        yield Finding(
            "document",
            f"it has {len(stated.pages)} pages, {len(expected.pages)} come out",
        )
    names = _names_of(made, language)
    pairs = zip(stated.pages, expected.pages, strict=False)
    for number, (one, other) in enumerate(pairs, start=1):
        if _stream(one) == _stream(other):
            continue
        texts = one.extract_text(), other.extract_text()
        where = f"page {number}"
        if texts[0] != texts[1]:
            yield from _text_findings(where, *texts, names)
        elif _drawing(one) != _drawing(other):
            yield Finding(where, "a drawing differs, no text does")


def _drawing(page: Any) -> bytes:
    """Return what a page draws but for its letters, whose numbers the fonts choose."""
    bare = re.sub(
        rb"\((?:\\.|[^\\()])*\)|<[0-9A-Fa-f]*>", b"", _stream(page), flags=re.DOTALL
    )
    return re.sub(rb"\bBT\b.*?\bET\b", b"", bare, flags=re.DOTALL)


def _stream(page: Any) -> bytes:
    """Return what a page draws, its forms included."""
    contents = page.get_contents()
    parts = [contents.get_data() if contents is not None else b""]
    resources = page.get("/Resources")
    forms = (resources.get_object() if resources else {}).get("/XObject")
    if forms:
        held = forms.get_object()
        parts += [held[name].get_object().get_data() for name in sorted(held)]
    return b"\n".join(parts)


def _names_of(made: Prepared, language: str) -> dict[str, list[str]]:
    """Return the keys of the numbers by how they are printed."""
    names: dict[str, list[str]] = {}
    for key, entry in made.data["numbers"].items():
        for form in (entry[language], entry[f"{language}_bare"]):
            names.setdefault(_squeezed(form), []).append(key)
    return names


def _squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


PAGE_NUMBER = re.compile(r"\d+ / \d+")
NUMBER = re.compile(r"[+\u2212-]?\d[\d,]*(?:\.\d+)?%?")


def _text_findings(
    where: str, stated: str, expected: str, names: Mapping[str, list[str]]
) -> Iterator[Finding]:
    one, other = (
        [line for line in text.splitlines() if not PAGE_NUMBER.fullmatch(line.strip())]
        for text in (stated, expected)
    )
    match = SequenceMatcher(None, one, other, autojunk=False)
    for kind, a, b, c, d in match.get_opcodes():
        if kind == "equal":
            continue
        printed, right = " ".join(one[a:b]), " ".join(other[c:d])
        changed = _changed_numbers(printed, right, names)
        what = f"printed is '{printed}', '{right}' comes out"
        yield Finding(where, f"{what}{changed}")


def _changed_numbers(printed: str, right: str, names: Mapping[str, list[str]]) -> str:
    """Return which numbers of a line differ, with the names of what they are."""
    one, other = NUMBER.findall(printed), NUMBER.findall(right)
    if len(one) != len(other):
        return ""
    said = []
    for stated, expected in zip(one, other, strict=True):
        if stated != expected:
            forms = (expected, expected.rstrip("%"), expected.lstrip("+"))
            keys = [key for form in forms for key in names.get(form, ())]
            keys += [
                key
                for form, held in names.items()
                if form.startswith(expected) and not keys
                for key in held
            ]
            which = f" ({' or '.join(list(dict.fromkeys(keys))[:4])})" if keys else ""
            said.append(f"{stated} instead of {expected}{which}")
    return f": {'; '.join(said)}" if said else ""


def _notes(record: Mapping[str, Any]) -> tuple[str, ...]:
    made_with = record.get("cqsim")
    if made_with == __version__:
        return ()
    return (f"the report was made with cqsim {made_with}, this is {__version__}",)
