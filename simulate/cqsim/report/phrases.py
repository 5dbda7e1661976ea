"""The words of a report: a catalogue in both languages, filled with values.

Sections say which claim holds, and with which values; how it is worded stands in
`reports/words.toml`. A case may word any of it anew in a `words.toml` of its own.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field

from cqsim.errors import FaultsError, did_you_mean
from cqsim.report.numbers import CLOSE, OPEN, Marker, Scale, bare
from cqsim.resources import data_folder
from cqsim.tomlfile import load, read_document
from cqsim.tomlschema import Frozen

LANGUAGES = ("zh", "en")
WORDS = "words.toml"
SENTENCES = {"zh": "", "en": " "}
"""What stands between two sentences."""

PLACEHOLDER = re.compile(r"\{(\w+)(?::([^{}]*))?\}")
"""`{name}`, or `{name:form}`; the forms are those that `Catalogue` lists."""


class Phrase(NamedTuple):
    """The same words in Chinese and in English."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that is said, by its name in the catalogue, and with which values."""

    id: str
    values: Mapping[str, Any]


def claim(id_: str, /, **values: Any) -> Claim:
    """Return a claim; its values are words, numbers, claims, or lists of these."""
    return Claim(id_, values)


Width = Annotated[str, Field(pattern=r"^(auto|[0-9]+(\.[0-9]+)?(fr|mm|cm|pt|em|%))$")]
"""A width as Typst writes it."""


class TableColumn(Frozen):
    """A column of a table: heading, width as Typst writes it, alignment.

    `each` names a value that is a list: there is a column for each of its items.
    """

    zh: str = ""
    en: str = ""
    width: Width = "auto"
    align: Literal["left", "right", "center"] = "left"
    each: str = ""


class TableWords(Frozen):
    """The words and the look of a table; `size` is that of its letters, in points.

    With `halves` the table runs in two columns down the page; with `twice` its columns
    stand two times side by side.
    """

    caption: Phrase
    columns: tuple[TableColumn, ...]
    note: Phrase | None = None
    size: float = 8.0
    halves: bool = False
    twice: bool = False


class FigureWords(Frozen):
    """The caption of a figure, and its words for those who cannot see it."""

    caption: Phrase
    alt: Phrase
    width: Width = "100%"


class EquationWords(Frozen):
    """A formula in Typst's notation, and how it is read aloud."""

    source: str
    alt: Phrase


class Catalogue(Frozen):
    """Every word of a report that is not a name of the model or of the case.

    A placeholder of a phrase takes a value as it is, or in a form: `{n:bare}` is a
    number without its unit, `{x:lower}` begins in lower case, `{xs:join, }` is a list
    with what stands between its items, and `{n:is/are}` the word for one and for many.

    Attributes
    ----------
    claim, word, heading
        Sentences, words and headings by id; no id is in two of them.
    name
        Names of a kind of things, by kind and id: evidence, grades and the like.
    dropped
        What is left out where a target's title is shortened.
    """

    claim: Mapping[str, Phrase] = {}
    word: Mapping[str, Phrase] = {}
    heading: Mapping[str, Phrase] = {}
    table: Mapping[str, TableWords] = {}
    figure: Mapping[str, FigureWords] = {}
    equation: Mapping[str, EquationWords] = {}
    name: Mapping[str, Mapping[str, Phrase]] = {}
    unit: Mapping[str, Scale] = {}
    dropped: tuple[str, ...] = ()

    def phrase(self, words: Any) -> Phrase:
        """Return words in both languages."""
        return Phrase(self.text(words, "zh"), self.text(words, "en"))

    def text(self, words: Any, language: str) -> str:
        """Return words in a language; several are sentences one after the other."""
        if isinstance(words, str):
            return words
        if isinstance(words, Claim):
            template = self._template(words.id)
            return self.fill(template, words.values, language, words.id)
        if isinstance(words, Mapping):
            return str(words.get(language, ""))
        if hasattr(words, language):
            return str(getattr(words, language))
        if isinstance(words, Sequence):
            texts = [self.text(each, language) for each in words]
            return SENTENCES[language].join(text for text in texts if text)
        return str(words)

    def fill(
        self, template: Any, values: Mapping[str, Any], language: str, where: str
    ) -> str:
        """Return a template with its placeholders replaced by values.

        Raises
        ------
        FaultsError
            A placeholder has no value; `where` is the id of what is worded.
        """

        def filled(match: re.Match[str]) -> str:
            name, form = match[1], match[2]
            if name not in values:
                what = f"{WORDS}: {where}: there is no value for '{match[0]}'"
                raise FaultsError([f"{what}. {did_you_mean(name, list(values))}"])
            return self._form(values[name], form, language)

        return PLACEHOLDER.sub(filled, self.text(template, language))

    def _form(self, value: Any, form: str | None, language: str) -> str:
        if form is None:
            return self.text(value, language)
        if form.startswith("join"):
            texts = [self.text(each, language) for each in value]
            return form.removeprefix("join").join(texts)
        if "/" in form:
            choices, count = form.split("/"), int(_count(value))
            return choices[min(count, len(choices)) - 1]
        text = self.text(value, language)
        return bare(text) if form == "bare" else text[:1].lower() + text[1:]

    def _template(self, id_: str) -> Phrase:
        for part in (self.claim, self.word, self.heading):
            if id_ in part:
                return part[id_]
        raise FaultsError([f"{WORDS}: the phrase '{id_}' is missing. Write it."])

    def over(self, below: "Catalogue", path: Path) -> "Catalogue":
        """Return the catalogue `below` with the words of this one in place of its own.

        Raises
        ------
        FaultsError
            This one, of the file `path`, words something that no report says.
        """
        merged: dict[str, Any] = {"dropped": self.dropped or below.dropped}
        for part in self.model_fields_set - {"dropped"}:
            own, known = getattr(self, part), getattr(below, part)
            foreign = [id_ for id_ in own if id_ not in known]
            if foreign and part not in ("name", "unit"):
                what = f"{path}: no report says {part}.{foreign[0]}"
                raise FaultsError([f"{what}. {did_you_mean(foreign[0], list(known))}"])
            merged[part] = {**known, **own}
            if part == "name":
                kinds = {kind: {**known.get(kind, {}), **own[kind]} for kind in own}
                merged[part] = {**known, **kinds}
        return below.model_copy(update=merged)


def _count(value: Any) -> float:
    if isinstance(value, Marker):
        return value.value
    return value if isinstance(value, int | float) else len(value)


def read_catalogue(folder: Path | None = None) -> Catalogue:
    """Return the shipped words, with those of a case's `reports` folder over them.

    Raises
    ------
    FaultsError
        A key is unknown, missing or wrong; each with its place.
    """
    shipped = data_folder("reports") / WORDS
    found = load(read_document(shipped), Catalogue)
    own = folder / WORDS if folder else shipped
    if own.is_file() and not own.samefile(shipped):
        found = load(read_document(own), Catalogue).over(found, own)
    return found


# --- punctuation ---------------------------------------------------------------------

# What counts as Chinese text beside a mark; a number's marker does.
HANZI = rf"\u2014\u3000-\u303f\u4e00-\u9fff\uff00-\uffef“”%{OPEN}{CLOSE}"
WIDE = {mark: chr(ord(mark) + 0xFEE0) for mark in ",;:?!"}
"""The full-width form of a mark; it stands at a fixed distance in Unicode."""
TO_STRAIGHT = str.maketrans("“”‘’", "\"\"''")


def with_marks(text: str, language: str) -> str:
    """Return a text with the punctuation that its language prints.

    Chinese text takes the full-width marks of GB/T 15834 beside hanzi; numbers, units
    and foreign words keep theirs. English text takes straight quotation marks.
    """
    if language == "en":
        return text.translate(TO_STRAIGHT)
    if not re.search(r"[\u4e00-\u9fff]", text):
        return text
    parts = re.split(rf"({OPEN}[^{CLOSE}]*{CLOSE})", text)
    markers = [part for part in parts if part.startswith(OPEN)]
    plain = "".join(OPEN + CLOSE if part.startswith(OPEN) else part for part in parts)
    plain = _wide_brackets(plain)
    for narrow, wide in WIDE.items():
        mark = re.escape(narrow)
        plain = re.sub(rf"(?<=[{HANZI}])\s?{mark}\s?|{mark}(?=[{HANZI}])", wide, plain)
    first, *others = plain.split(OPEN + CLOSE)
    return first + "".join(m + p for m, p in zip(markers, others, strict=True))


def _wide_brackets(text: str) -> str:
    """Return a text whose pairs of brackets that hold or touch hanzi are full-width."""
    opened: list[int] = []
    letters = list(text)
    for place, letter in enumerate(text):
        if letter == "(":
            opened.append(place)
        elif letter == ")" and opened:
            start = opened.pop()
            inside = text[start + 1 : place]
            before = "".join(letters[max(0, start - 1) : start])
            if re.search(r"[\u4e00-\u9fff\uff09]", inside + before):
                letters[start], letters[place] = "\uff08", "\uff09"
    return "".join(letters)


# --- words by rule -------------------------------------------------------------------

SLIGHT, STRONG = 3.0, 10.0
"""Multiples of what is material: below the first slight, from the second on strong."""


def change_word(change: float, material: float) -> str:
    """Return the word for a change of a number: its direction and its magnitude.

    A direction needs a change of at least what is material for the indicator; a
    magnitude is a multiple of that.
    """
    size = abs(change) / material
    if size < 1:
        return "stays"
    direction = "rises" if change > 0 else "falls"
    if size < SLIGHT:
        return f"{direction}_slightly"
    return f"{direction}_clearly" if size < STRONG else f"{direction}_strongly"


def margin_words(operator: str, margin: float, distance: str) -> Claim:
    """Return on which side of what is required a value is, with the distance."""
    above = (margin >= 0) == (operator == ">=")
    if operator == ">=":
        sides = ("above_requirement", "below_requirement")
    else:
        sides = ("above_limit", "below_limit")
    return Claim(sides[0] if above else sides[1], {"distance": distance})
