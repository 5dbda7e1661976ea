"""Units that a scenario states, so that they can be checked."""

from collections.abc import Iterator
from typing import Any

from cqsim.tomlfile import Document, Fault
from cqsim.tomlspans import Key


def unit_fault(
    document: Document, where: Key, setting: dict[str, Any], unit: str
) -> Iterator[Fault]:
    """Yield a fault where a setting states another unit than it must have."""
    stated = setting.get("unit")
    if isinstance(stated, str) and stated.strip() != unit:
        title = ".".join(str(part) for part in where)
        what = f"{title}.unit is '{stated[:40]}', and the values are in '{unit}'"
        remedy = f"Convert the values to '{unit}', or remove the unit."
        yield document.fault((*where, "unit"), what, remedy, value=True)
