"""What a report prints that its inputs do not give, page by page."""

import re
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from cqsim.report.attached import Finding

if TYPE_CHECKING:
    from pypdf import PdfReader


def wrong_pages(
    stated: "PdfReader",
    expected: "PdfReader",
    numbers: Mapping[str, Any],
    language: str,
) -> Iterator[Finding]:
    """Yield what is printed on a page and does not come out, by page."""
    if len(stated.pages) != len(expected.pages):
        yield Finding(
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
