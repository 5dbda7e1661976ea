"""Vensim's binary data sets (.vdf), as far as their form is known beyond doubt.

Vensim does not publish the form. Known are runs and imported data sets: names,
constants, series with the times at which they have a value, and arrays whose elements
the file lists. A variable that shares its place with another one, as tables of lookups
do, is named as uncertain. Values have the precision of the file, 32 bits.
"""

import struct
from collections import Counter
from dataclasses import dataclass
from itertools import product
from math import prod
from pathlib import Path

import numpy as np

from cqsim.errors import InputFileError
from cqsim.language.syntax import canonical
from cqsim.model.data.sheet import Dataset, Series, series_key

_RUN, _DATA = b"\x7f\xf7\x17\x52", b"\x7f\xf7\x17\x41"
_SECTION = b"\xa1\x37\x4c\xbf"
_NONE = 0xF6800000
_SCALAR = 5
_CONSTANT = 0x17
_CODES = frozenset((0x05, 0x08, 0x11, _CONSTANT))
_MISSING = -(2.0**109)
"""Vensim's `:NA:`; what lies below it is missing too."""

_REMEDY = "Export it from Vensim as .dat or CSV."

Words = tuple[int, ...]


def read_vdf(path: Path, content: bytes) -> Dataset:
    """Return the series of a .vdf file by name.

    Raises
    ------
    InputFileError
        The file is no .vdf of a known form, or is damaged.
    """
    if content[:4] not in (_RUN, _DATA):
        what = "this is no .vdf file of a run or of data, or of a form not known"
        raise InputFileError(path, 0, what, _REMEDY)
    try:
        return _Vdf(path, content, is_run=content[:4] == _RUN).dataset()
    except (struct.error, IndexError, ValueError) as error:
        what = f"the .vdf file is damaged, or of a form not known ({error})"
        raise InputFileError(path, 0, what, _REMEDY) from None


@dataclass(frozen=True, slots=True)
class _Variable:
    """A variable: its first slot in the table of offsets, and its elements."""

    name: str
    slot: int
    labels: tuple[str, ...]


class _Vdf:
    """The parts of a file. Words are 32 bits wide, little end first."""

    def __init__(self, path: Path, content: bytes, *, is_run: bool) -> None:
        self._path, self._content, self._is_run = path, content, is_run
        at, found = 0x80, list[int]()
        while len(found) < 4 and (at := content.find(_SECTION, at)) >= 0:
            found.append(at)
            at += 4
        first = 1 if is_run else 0
        self._section, names, self._shapes = found[first : first + 3]
        self._names = self._read_names(names + 24, self._shapes)
        self._records = self._read_records()
        self._finals, self._lookups, self._table = self._words(0x58, 3)
        self._offsets = self._read_offsets()
        self._grid = self._words(0x78)[0] or self._words(0x7C)[0]
        # A block counts its values in 16 bits.
        if self._grid >= 2**16:
            message = f"it has {self._grid} times"
            raise ValueError(message)
        self._times = self._block(self._offsets[0], np.arange(self._grid))[1]
        if len(self._times) != self._grid:
            message = "times are missing"
            raise ValueError(message)
        self._labels_of: dict[int, tuple[str, ...] | None] = {_SCALAR: ("",)}

    def _words(self, at: int, count: int = 1) -> Words:
        return struct.unpack_from(f"<{count}I", self._content, at)

    def _read_names(self, begin: int, end: int) -> dict[int, str]:
        """Return names by the key that a record has: the word where each begins."""
        length = self._words(begin - 4)[0] >> 16
        names, at = {}, begin
        while at < end:
            raw = self._content[at : at + length].partition(b"\0")[0]
            if raw and (at - begin) % 4 == 0:
                names[(at - begin) // 4 + 7] = raw.decode("utf-8", "replace")
            at += length + 2
            if at <= end:
                (length,) = struct.unpack_from("<H", self._content, at - 2)
        return names

    def _read_records(self) -> list[Words]:
        begin = self._section + 24 + 204
        end = self._section + 4 * (self._words(self._section + 4)[0] - 1)
        return [self._words(at, 16) for at in range(begin, end - 63, 64)]

    def _read_offsets(self) -> Words:
        """Return, for each slot, where its block is; a constant is there itself."""
        if self._is_run:
            return self._words(self._table, (self._lookups - self._finals) // 4)
        first = self._words(self._table)[0]
        count = (first - self._table) // 4
        for slot in range(1, (first - self._table) // 4):
            offset = self._words(self._table + 4 * slot)[0]
            if offset:
                count = min(count, (offset - self._table) // 4)
            if slot + 1 >= count:
                break
        return self._words(self._table, count)

    def dataset(self) -> Dataset:
        """Return the series of all variables that have a place of their own."""
        variables, uncertain = self._variables()
        owners = Counter(
            slot
            for variable in variables
            for slot in range(variable.slot, variable.slot + len(variable.labels))
        )
        series: dict[str, Series] = {}
        for variable in variables:
            slots = range(variable.slot, variable.slot + len(variable.labels))
            if max(owners[slot] for slot in slots) > 1:
                uncertain.add(canonical(variable.name))
                continue
            for slot, label in zip(slots, variable.labels, strict=True):
                found = self._series(slot)
                if found is not None and len(found[0]):
                    series[series_key(variable.name + label)] = found
        return Dataset(self._path, series, frozenset(uncertain))

    def _variables(self) -> tuple[list[_Variable], set[str]]:
        found, uncertain = dict[_Variable, None](), set[str]()
        for record in self._records:
            name, slot = self._names.get(record[2], ""), record[11]
            if name[:1] in ("", ".", "-", ":", "#") or not 0 < slot < len(
                self._offsets
            ):
                continue
            if record[6] == 0 or (not self._is_run and record[8] != _NONE):
                continue
            if record[6] not in self._labels_of:
                self._labels_of[record[6]] = self._labels(record[6])
            labels = self._labels_of[record[6]]
            if labels is None or self._may_be_table(record):
                uncertain.add(canonical(name))
            else:
                found[_Variable(name, slot, labels)] = None
        return list(found), uncertain

    def _may_be_table(self, record: Words) -> bool:
        """Whether a record may be a lookup's, whose number then is no slot."""
        if not self._is_run or record[14] != _NONE:
            return False
        tables = self._words(self._section + 24 + 8)[0]
        return record[11] < tables and self._code(record[11]) == 0x08

    def _labels(self, shape: int) -> tuple[str, ...] | None:
        """Return `[element]` of each slot of an array; None where they are not sure."""
        entry = self._words(self._shapes + 4 * (shape - 1), 27)
        sizes, anchors = entry[2 : 2 + entry[26]], entry[18 : 18 + entry[26]]
        if not 1 <= entry[26] <= 2 or prod(sizes) != entry[1]:
            return None
        axes = [self._elements(a, s) for a, s in zip(anchors, sizes, strict=True)]
        if not all(axes):
            return None
        return tuple(f"[{','.join(elements)}]" for elements in product(*axes))

    def _elements(self, anchor: int, size: int) -> list[str]:
        """Return the elements of a dimension in order; none where they are not sure."""
        position, rest = divmod(anchor - 60, 16)
        if rest or not 0 <= position < len(self._records):
            return []
        group = self._records[position][8]
        names = {
            record[11]: self._names.get(record[2], "")
            for n, record in enumerate(self._records)
            if n != position and record[8] == group and record[9] == _NONE
            if record[10] == 0 and record[14] == 0
        }
        if len(names) != size:
            return []
        ordered = [names.get(n, "") for n in range(size)]
        return ordered if all(ordered) else []

    def _code(self, slot: int) -> int:
        return self._content[self._finals - len(self._offsets) + slot]

    def _series(self, slot: int) -> Series | None:
        offset = self._offsets[slot]
        if self._is_run:
            if self._code(slot) == _CONSTANT:
                at = self._table + 4 * slot
                value = np.frombuffer(self._content, "<f4", 1, at).astype(float)
                return self._times[:1], value
            if self._code(slot) not in _CODES:
                return None
        return self._block(offset, self._times) if offset else None

    def _block(self, at: int, times: np.ndarray) -> Series:
        """Return the points of a block: a count, a bit for each time, the values."""
        (count,) = struct.unpack_from("<H", self._content, at)
        width = (self._grid + 7) // 8
        bits = np.frombuffer(self._content, np.uint8, width, at + 2)
        # The bits past the last time may be set.
        flags = np.unpackbits(bits, bitorder="little", count=self._grid)
        given = np.flatnonzero(flags)
        if len(given) != count:
            message = "a series has not as many values as times"
            raise ValueError(message)
        values = np.frombuffer(self._content, "<f4", count, at + 2 + width).astype(
            float
        )
        kept = values > _MISSING
        return times[given][kept].astype(float), values[kept]
