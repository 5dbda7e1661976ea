"""Find where attachments and pages of a report differ from results of its inputs."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from cqsim.engine.identity import sha256

if TYPE_CHECKING:
    from pypdf import PdfReader

SAME = 1e-9
"""Relative: what another platform's arithmetic may differ by."""


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """Something in a report that is not what its inputs give."""

    where: str
    what: str


def wrong_hashes(
    record: Mapping[str, Any], files: Mapping[str, bytes]
) -> Iterator[Discrepancy]:
    """Yield the attached inputs that are not what the manifest says."""
    stated = {entry["path"]: entry["sha256"] for entry in record["inputs"]}
    for name in sorted({*stated, *files}):
        if name not in files:
            yield Discrepancy("inputs.zip", f"{name} is missing")
        elif sha256(files[name]) != stated.get(name):
            yield Discrepancy(
                "inputs.zip", f"{name} is not what the manifest says it was"
            )


def wrong_results(
    attached: Mapping[str, bytes],
    entries: Mapping[str, Any],
    expected: Mapping[str, bytes],
) -> Iterator[Discrepancy]:
    """Yield what in the attached results differs from the results made again.

    Parameters
    ----------
    entries
        The numbers made again, by key.
    expected
        The attachments made again, by name.
    """
    yield from _numbers(attached["numbers.json"], entries)
    for name in ("indicators.csv", "targets.csv"):
        yield from _rows(name, attached[name], expected[name])


def _numbers(content: bytes, expected: Mapping[str, Any]) -> Iterator[Discrepancy]:
    try:
        stated = json.loads(content)
    except ValueError:
        stated = None
    if not isinstance(stated, dict):
        yield Discrepancy("numbers.json", "it cannot be read")
        return
    for key in sorted({*stated, *expected}):
        if key not in stated or key not in expected:
            where = "missing" if key not in stated else "not in the report made again"
            yield Discrepancy("numbers.json", f"{key} is {where}")
        elif _differ(stated[key], expected[key]):
            entry = stated[key]
            said = entry.get("en") if isinstance(entry, dict) else entry
            right = expected[key]["en"]
            what = f"{key}: {said} is stated, {right} comes out"
            yield Discrepancy("numbers.json", what)


def _differ(stated: Any, expected: Mapping[str, Any]) -> bool:
    if not isinstance(stated, dict) or set(stated) != set(expected):
        return True
    if not isinstance(stated["value"], float | int):
        return True
    near = abs(stated["value"] - expected["value"]) <= SAME * abs(expected["value"])
    rest = {key: value for key, value in stated.items() if key != "value"}
    return not near or rest != {k: v for k, v in expected.items() if k != "value"}


def _rows(name: str, content: bytes, expected: bytes) -> Iterator[Discrepancy]:
    one = content.decode("utf-8", "replace").splitlines()
    other = expected.decode().splitlines()
    for number, (stated, right) in enumerate(zip(one, other, strict=False), start=1):
        if stated != right and not _near(stated, right):
            yield Discrepancy(
                f"{name}:{number}", f"'{stated}' is stated, '{right}' comes out"
            )
    if len(one) != len(other):
        yield Discrepancy(name, f"{len(one)} rows are stated, {len(other)} come out")


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


# --- pages ---------------------------------------------------------------------------


def wrong_pages(
    stated: "PdfReader",
    expected: "PdfReader",
    numbers: Mapping[str, Any],
    language: str,
) -> Iterator[Discrepancy]:
    """Yield what is printed on a page and does not come out, by page."""
    if len(stated.pages) != len(expected.pages):
        yield Discrepancy(
            "document",
            f"it has {len(stated.pages)} pages, {len(expected.pages)} come out",
        )
    names = _names_of(numbers, language)
    pairs = zip(stated.pages, expected.pages, strict=False)
    for number, (one, other) in enumerate(pairs, start=1):
        if _stream(one) == _stream(other):
            continue
        texts = one.extract_text(), other.extract_text()
        where = f"page {number}"
        if texts[0] != texts[1]:
            yield from _differing_text(where, *texts, names)
        elif _drawing(one) != _drawing(other):
            yield Discrepancy(where, "a drawing differs, no text does")


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


def _names_of(numbers: Mapping[str, Any], language: str) -> dict[str, list[str]]:
    """Return the keys of the numbers by how they are printed."""
    names: dict[str, list[str]] = {}
    for key, entry in numbers.items():
        for form in (entry[language], entry[f"{language}_bare"]):
            names.setdefault(_squeezed(form), []).append(key)
    return names


def _squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


PAGE_NUMBER = re.compile(r"\d+ / \d+")
NUMBER = re.compile(r"[+\u2212-]?\d[\d,]*(?:\.\d+)?%?")


def _differing_text(
    where: str, stated: str, expected: str, names: Mapping[str, list[str]]
) -> Iterator[Discrepancy]:
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
        yield Discrepancy(where, f"{what}{changed}")


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
