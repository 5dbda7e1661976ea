"""What the attachments of a report say that its inputs do not give."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cqsim.engine.identity import sha256

SAME = 1e-9
"""Relative: what another platform's arithmetic may differ by."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a report that is not what its inputs give."""

    where: str
    what: str


def wrong_hashes(
    record: Mapping[str, Any], files: Mapping[str, bytes]
) -> Iterator[Finding]:
    """Yield the attached inputs that are not what the manifest says."""
    stated = {entry["path"]: entry["sha256"] for entry in record["inputs"]}
    for name in sorted({*stated, *files}):
        if name not in files:
            yield Finding("inputs.zip", f"{name} is missing")
        elif sha256(files[name]) != stated.get(name):
            yield Finding("inputs.zip", f"{name} is not what the manifest says it was")


def wrong_results(
    attached: Mapping[str, bytes],
    entries: Mapping[str, Any],
    expected: Mapping[str, bytes],
) -> Iterator[Finding]:
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


def _numbers(content: bytes, expected: Mapping[str, Any]) -> Iterator[Finding]:
    try:
        stated = json.loads(content)
    except ValueError:
        stated = None
    if not isinstance(stated, dict):
        yield Finding("numbers.json", "it cannot be read")
        return
    for key in sorted({*stated, *expected}):
        if key not in stated or key not in expected:
            where = "missing" if key not in stated else "not in the report made again"
            yield Finding("numbers.json", f"{key} is {where}")
        elif _differ(stated[key], expected[key]):
            entry = stated[key]
            said = entry.get("en") if isinstance(entry, dict) else entry
            right = expected[key]["en"]
            what = f"{key}: {said} is stated, {right} comes out"
            yield Finding("numbers.json", what)


def _differ(stated: Any, expected: Mapping[str, Any]) -> bool:
    if not isinstance(stated, dict) or set(stated) != set(expected):
        return True
    if not isinstance(stated["value"], float | int):
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
