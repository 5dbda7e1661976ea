"""Vensim's binary data sets: what is read of them, and what is not guessed."""

import struct
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

import cqsim
from cqsim.errors import InputFileError
from cqsim.language.syntax import Source
from cqsim.model.data import DataFiles, Reader
from cqsim.model.data.vdf import read_vdf

BESIDE = Path(__file__).parents[2].parent / "shared" / "public-models"
SAMPLES = BESIDE / "bpowers+simlin" / "test" / "bobby" / "vdf"
NONE = 0xF6800000
ANCHOR = 60 + 16 * 2
"""How an array refers to the record of its dimension: here to record 2."""
ARRAY = 32
SLOTS = 5


def section(length: int, fifth: int, body: bytes) -> bytes:
    return struct.pack("<6I", 0xBF4C37A1, length, length, 500, 1, fifth) + body


def record(name_key: int, words: Mapping[int, int]) -> bytes:
    full = {2: name_key, 8: NONE, 9: NONE, **words}
    return struct.pack("<16I", *(full.get(n, 0) for n in range(16)))


def vdf(records: Mapping[str, Mapping[int, int]]) -> bytes:
    """Return a data set with times 10, 20, 30, in which slot n is n from 20 on."""
    names, found = b"Time\0\0", b""
    for name, words in records.items():
        raw = name.encode() + b"\0" * ((2 - len(name)) % 4)
        found += record((len(names) + 2) // 4 + 7, words)
        names += struct.pack("<H", len(raw)) + raw
    shape = [0] * 25 + [0, 2, 2] + [0] * 15 + [ANCHOR] + [0] * 7 + [1, 0]
    head = 24 + 204 + len(found)
    content = section(head // 4 + 1, 0, bytes(204) + found) + section(1, 6 << 16, names)
    content += section(1, 1, struct.pack(f"<{len(shape)}I", *shape))
    begin = 0xA8 + len(content)
    blocks, offsets = struct.pack("<HB3f", 3, 0xFF, 10, 20, 30), [begin + 4 * SLOTS]
    for slot in range(1, SLOTS):
        offsets.append(offsets[0] + len(blocks))
        blocks += struct.pack("<HB2f", 2, 0b110, slot, slot)
    header = bytearray(0xA8)
    header[:4] = b"\x7f\xf7\x17\x41"
    struct.pack_into("<4I", header, 0x58, *[begin] * 4)
    struct.pack_into("<I", header, 0x7C, 3)
    return bytes(header) + content + struct.pack(f"<{SLOTS}I", *offsets) + blocks


ELEMENTS = {"dim": {8: 5, 14: NONE}, "p": {8: 5, 11: 0}, "q": {8: 5, 11: 1}}
SCALARS = {"one": {6: 5, 11: 1}, "Two words": {6: 5, 11: 2}}


def test_series_have_the_times_at_which_they_have_values(tmp_path: Path) -> None:
    found = read_vdf(tmp_path, vdf(SCALARS)).series
    assert {name: [part.tolist() for part in s] for name, s in found.items()} == {
        "one": [[20, 30], [1, 1]],
        "two words": [[20, 30], [2, 2]],
    }


def test_arrays_have_the_elements_that_the_file_lists(tmp_path: Path) -> None:
    content = vdf({**SCALARS, **ELEMENTS, "x": {6: ARRAY, 11: 3}})
    found = read_vdf(tmp_path, content).series
    assert {name: s[1][0] for name, s in found.items()} == {
        "one": 1,
        "two words": 2,
        "x[p]": 3,
        "x[q]": 4,
    }


@pytest.mark.parametrize(
    "others",
    [{"y": {6: 5, 11: 4}}, {"z": {8: 5, 11: 7}}],
    ids=["shares a slot", "elements that do not count from 0"],
)
def test_an_array_that_is_not_certain_is_refused_by_name(
    tmp_path: Path, others: Mapping[str, Mapping[int, int]]
) -> None:
    (tmp_path / "a.vdf").write_bytes(
        vdf({**SCALARS, **ELEMENTS, "x": {6: ARRAY, 11: 3}, **others})
    )
    reader = Reader(Source(tmp_path / "m.mdl", "x"), 0, "x")
    files = DataFiles(tmp_path, {}, ("a",))
    with pytest.raises(InputFileError, match=r"a\.vdf: 'x' cannot be read .* as \.dat"):
        files.external(reader, ["x[p]", "x[q]"])
    assert len(files.external(reader, ["one"])) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"SQLite",
        b"\x7f\xf7\x17\x53" + bytes(400),
        vdf(SCALARS)[:-25],
        vdf({})[:90],
    ],
)
def test_a_file_that_is_no_vdf_of_a_known_form_is_refused(
    tmp_path: Path, content: bytes
) -> None:
    with pytest.raises(InputFileError, match=r"form not known.*\.dat or CSV"):
        read_vdf(tmp_path, content)


def test_a_damaged_vdf_is_read_or_refused_but_never_fails(tmp_path: Path) -> None:
    whole = vdf({**SCALARS, **ELEMENTS, "x": {6: ARRAY, 11: 3}})
    draws = np.random.default_rng(1)
    for _ in range(2000):
        content = bytearray(whole)
        for at in draws.integers(0x50, len(whole), 3):
            content[at] = draws.integers(256)
        try:
            read_vdf(tmp_path, bytes(content))
        except InputFileError:
            continue


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the public models are not here")
@pytest.mark.parametrize(
    "name", ["level_vs_aux/x_is_aux", "subscripts/subscripts", "lookups/lookup_ex"]
)
def test_a_run_that_vensim_wrote_is_the_run_of_its_model(name: str) -> None:
    path = SAMPLES / f"{name}.vdf"
    ours = cqsim.run(cqsim.read_model(path.with_suffix(".mdl"))).to_frame()
    theirs = read_vdf(path, path.read_bytes()).series
    compared = {str(column): str(column).lower() for column in ours}
    found = {name: theirs[key][1] for name, key in compared.items() if key in theirs}
    assert found
    for name, values in found.items():
        np.testing.assert_allclose(ours[name][: len(values)], values, 1e-5)


CONSTANTS = (
    BESIDE / "tseyanglim+CovidGlobal" / "Initial Submission (20200803) Version"
    "/Vensim Files/TestFraction/CovidModelInputs - ConstantData.vdf"
)


@pytest.mark.skipif(not CONSTANTS.is_file(), reason="the public models are not here")
def test_imported_data_of_a_published_model_are_read() -> None:
    found = read_vdf(CONSTANTS, CONSTANTS.read_bytes())
    times, values = found.series["dataconstants[usa]"]
    assert (times[0], values[0]) == (1, np.float32(331_002_651))
    assert not found.uncertain
