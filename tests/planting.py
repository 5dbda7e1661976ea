"""Plant a fault in the text of a model."""

import re


def planted_in(text: str, variable: str, old: str, new: str) -> str:
    """Return the text with a passage of a variable's entry replaced.

    Wherever its lines are broken; the entry must hold the passage.
    """
    start = text.index(f"\n{variable}")
    end = text.index("\n\t|", start)
    pattern = r"\s*".join(map(re.escape, re.findall(r"\w+|[^\w\s]", old)))
    entry, count = re.subn(pattern, lambda _: new, text[start:end], count=1)
    assert count == 1, f"{variable} has no '{old}'"
    return text[:start] + entry + text[end:]
