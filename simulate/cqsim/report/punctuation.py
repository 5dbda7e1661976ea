"""Punctuation as each language prints it, whatever the registers were typed with.

Chinese text takes the full-width marks of GB/T 15834 beside hanzi; numbers, units and
foreign words keep theirs. English text takes straight quotation marks.
"""

import re

from cqsim.report.numbers import CLOSE, OPEN

# What counts as Chinese text beside a mark; a number's marker does.
HANZI = rf"\u2014\u3000-\u303f\u4e00-\u9fff\uff00-\uffef“”%{OPEN}{CLOSE}"
WIDE = {mark: chr(ord(mark) + 0xFEE0) for mark in ",;:?!"}
"""The full-width form of a mark; it stands at a fixed distance in Unicode."""
TO_STRAIGHT = str.maketrans("“”‘’", "\"\"''")


def chinese_marks(text: str) -> str:
    """Return a Chinese text with full-width marks where they stand beside hanzi."""
    if not re.search(r"[\u4e00-\u9fff]", text):
        return text
    parts = re.split(rf"({OPEN}[^{CLOSE}]*{CLOSE})", text)
    kept = [part for part in parts if part.startswith(OPEN)]
    plain = "".join(OPEN + CLOSE if part.startswith(OPEN) else part for part in parts)
    plain = _brackets(plain)
    for narrow, wide in WIDE.items():
        mark = re.escape(narrow)
        plain = re.sub(rf"(?<=[{HANZI}])\s?{mark}\s?|{mark}(?=[{HANZI}])", wide, plain)
    pieces = plain.split(OPEN + CLOSE)
    return pieces[0] + "".join(k + p for k, p in zip(kept, pieces[1:], strict=True))


def _brackets(text: str) -> str:
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


def english_marks(text: str) -> str:
    """Return an English text with straight quotation marks."""
    return text.translate(TO_STRAIGHT)
