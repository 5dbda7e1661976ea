"""The feedback loops that `loops.toml` names, as it states them."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cqsim.errors import FaultsError, InputFileError, did_you_mean
from cqsim.language.syntax import canonical

Polarity = Literal["R", "B"]
_TEXT_KEYS = ("id", "explanation")
_KEYS = {*_TEXT_KEYS, "title", "type", "path", "signs"}


@dataclass(frozen=True, slots=True)
class StatedSign:
    """The sign of a link that the rules cannot find, and why it is so."""

    sign: str
    reason: str


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop as the file names it: reinforcing (R) or balancing (B)."""

    id: str
    title_zh: str
    title_en: str
    polarity: Polarity
    path: tuple[str, ...]
    explanation: str
    signs: Mapping[tuple[str, str], StatedSign]
    line: int


def read_loops(path: Path) -> list[Loop]:
    """Return the loops that a file names.

    Raises
    ------
    InputFileError, FaultsError
        The file is missing, is not TOML, or an entry lacks or misspells a key.
    """
    try:
        text = path.read_text(encoding="utf-8")
        entries = tomllib.loads(text).get("loop", [])
    except OSError as error:
        what = f"the loops cannot be read: {error.strerror}"
        raise InputFileError(path, 0, what, "Write the file loops.toml.") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        remedy = "Correct the file; it is TOML in UTF-8."
        raise InputFileError(path, _line_in(str(error)), str(error), remedy) from None
    faults = [
        f"{path}:{_line_of(text, entry)}: loop '{entry.get('id', '?')}': {fault}"
        for entry in entries
        for fault in _entry_faults(entry)
    ]
    if faults:
        raise FaultsError(faults)
    return [_loop(entry, _line_of(text, entry)) for entry in entries]


def _line_in(message: str) -> int:
    """Return the line that a message of the TOML reader names."""
    found = re.search(r"line (\d+)", message)
    return int(found[1]) if found else 0


def _line_of(text: str, entry: Mapping[str, object]) -> int:
    """Return the line on which an entry has its id."""
    pattern = rf"^\s*id\s*=\s*[\"']{re.escape(str(entry.get('id')))}[\"']"
    found = re.search(pattern, text, re.MULTILINE)
    return text.count("\n", 0, found.end()) + 1 if found else 0


def _entry_faults(entry: Mapping[str, object]) -> Iterator[str]:
    """Yield what is wrong with the keys of an entry."""
    for key in entry:
        if key not in _KEYS:
            yield f"there is no key '{key}'. {did_you_mean(key, sorted(_KEYS))}"
    for key in _TEXT_KEYS:
        if not isinstance(entry.get(key), str) or not entry[key]:
            yield f"'{key}' must be a text. Write it."
    title = entry.get("title")
    if not isinstance(title, dict) or not (title.get("zh") and title.get("en")):
        yield '\'title\' must have zh and en. Write title = { zh = "…", en = "…" }.'
    if entry.get("type") not in ("R", "B"):
        yield '\'type\' must be "R" (reinforcing) or "B" (balancing). Correct it.'
    yield from _path_faults(entry.get("path"))
    yield from _sign_faults(entry.get("signs", {}))


def _path_faults(path: object) -> Iterator[str]:
    """Yield what is wrong with the path of a loop."""
    names = [canonical(str(name)) for name in path] if isinstance(path, list) else []
    if len(names) < 2:
        yield "'path' must be a list of two or more variables. Write it."
    elif len(set(names)) < len(names):
        yield "'path' names a variable twice. The last acts on the first by itself."


def _sign_faults(signs: object) -> Iterator[str]:
    """Yield what is wrong with stated signs."""
    entries = signs.items() if isinstance(signs, dict) else [("?", None)]
    for name, stated in entries:
        right = (
            isinstance(stated, dict)
            and stated.get("sign") in ("+", "-")
            and bool(stated.get("reason"))
            and "->" in name
        )
        if not right:
            example = '"a -> b" = { sign = "-", reason = "…" }'
            yield f"signs: '{name}' is not a sign with its reason. Write {example}."


def _loop(entry: Mapping[str, object], line: int) -> Loop:
    """Return a loop from an entry without faults."""
    path, signs, title = entry["path"], entry.get("signs", {}), entry["title"]
    assert isinstance(path, list)
    assert isinstance(signs, dict)
    assert isinstance(title, dict)
    texts = {key: str(entry[key]) for key in _TEXT_KEYS}
    stated = {
        _ends(name): StatedSign(value["sign"], value["reason"])
        for name, value in signs.items()
    }
    polarity: Polarity = "R" if entry["type"] == "R" else "B"
    return Loop(
        **texts,
        title_zh=str(title["zh"]),
        title_en=str(title["en"]),
        polarity=polarity,
        path=tuple(map(str, path)),
        signs=stated,
        line=line,
    )


def _ends(link: str) -> tuple[str, str]:
    """Return cause and effect of a link written `a -> b`."""
    cause, _, effect = link.partition("->")
    return canonical(cause), canonical(effect)
