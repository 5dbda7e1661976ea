"""From LLVM's language to a WebAssembly module, with nothing but llvmlite.

LLVM emits a relocatable object, which is a module already: sections in order, indices
and addresses filled in as if data lay from address 0. Two things are left to do: leave
out what is for a linker, and add which functions are exported.

A module imports from `env` its memory `__linear_memory`, the global `__stack_pointer`,
and those functions of C's mathematical library that it calls (`pow`, `sin`, `erfc` and
so on; a name is what JavaScript's `Math` calls it too, but for `erfc`). Processors of
WebAssembly have no fused multiply-add, so its numbers agree with native ones to about
1e-12, not to the bit.
"""

import re
from collections.abc import Iterator, Sequence

from cqsim.errors import StatedError
from cqsim.llvm.native import SCIPY

_MAGIC = b"\x00asm\x01\x00\x00\x00"

# Kinds of sections, in the order in which a module has them.
_BEFORE_EXPORTS = (1, 2, 3, 4, 5, 13, 6)
_EXPORTS = 7
_AFTER_EXPORTS = (8, 9, 12, 10, 11)
_DATA = 11


def to_wasm(text: str, exports: Sequence[str]) -> bytes:
    """Return a module whose functions `exports` JavaScript can call.

    Parameters
    ----------
    text
        A module of one lane, emitted for the target WASM.

    Raises
    ------
    StatedError
        If the module calls a function that only SciPy has.
    """
    import llvmlite.binding as llvm

    missing = re.search(rf"^declare double @{SCIPY}(\w+)", text, re.MULTILINE)
    if missing:
        what = f"a page cannot run this model: WebAssembly has no {missing[1]}"
        raise StatedError(what, "Leave out what is drawn or computed by it.")
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    triple = "wasm32-unknown-unknown"
    target = llvm.Target.from_triple(triple)
    machine = target.create_target_machine(opt=3, features="+bulk-memory")
    module = llvm.parse_assembly(text)
    module.triple = triple
    module.data_layout = str(machine.target_data)
    module.verify()
    options = llvm.create_pipeline_tuning_options(speed_level=2)
    options.loop_unrolling = False
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)
    return _linked(bytes(machine.emit_object(module)), exports)


def data_end(module: bytes) -> int:
    """Return the first address after a module's own constants, on a multiple of 64.

    Memory from there on is the caller's.
    """
    end = 0
    for kind, body in _sections(module):
        if kind == _DATA:
            count, at = _number(body, 0)
            for _ in range(count):
                # Flags 0, then `i32.const ADDRESS end`, then the bytes.
                start, at = _number(body, at + 2)
                size, at = _number(body, at + 1)
                end, at = max(end, start + size), at + size
    return -(-end // 64) * 64


def _linked(relocatable: bytes, exports: Sequence[str]) -> bytes:
    """Return a relocatable object as a module."""
    found = list(_sections(relocatable))
    linking = next(body for kind, body in found if not kind and body[1:8] == b"linking")
    indices = dict(_functions(linking))
    entries = [
        _vector(name.encode()) + b"\x00" + _leb(indices[name]) for name in exports
    ]
    exported = (_EXPORTS, _leb(len(exports)) + b"".join(entries))
    before = [section for section in found if section[0] in _BEFORE_EXPORTS]
    after = [section for section in found if section[0] in _AFTER_EXPORTS]
    sections = [*before, exported, *after]
    return _MAGIC + b"".join(bytes([kind]) + _vector(body) for kind, body in sections)


def _sections(module: bytes) -> Iterator[tuple[int, bytes]]:
    at = len(_MAGIC)
    while at < len(module):
        size, start = _number(module, at + 1)
        yield module[at], module[start : start + size]
        at = start + size


# The section `linking` of the tool conventions of WebAssembly, version 2: a version,
# then subsections, of which number 8 is the symbol table.
_SYMBOL_TABLE = 8
_FUNCTION, _DATA_SYMBOL, _SECTION_SYMBOL = 0, 1, 3
_UNDEFINED, _EXPLICIT_NAME = 0x10, 0x40


def _functions(linking: bytes) -> Iterator[tuple[str, int]]:
    """Yield name and index of each function that the symbol table defines."""
    _, at = _number(linking, 8)
    while at < len(linking):
        kind = linking[at]
        size, at = _number(linking, at + 1)
        if kind == _SYMBOL_TABLE:
            yield from _symbols(linking, at)
        at += size


def _symbols(table: bytes, at: int) -> Iterator[tuple[str, int]]:
    count, at = _number(table, at)
    for _ in range(count):
        kind = table[at]
        flags, at = _number(table, at + 1)
        defined = not flags & _UNDEFINED
        if kind == _DATA_SYMBOL:
            # A name, and where it lies if it is defined.
            length, at = _number(table, at)
            at = _skipped(table, at + length, 3 if defined else 0)
        elif kind == _SECTION_SYMBOL:
            at = _skipped(table, at, 1)
        else:
            index, at = _number(table, at)
            if defined or flags & _EXPLICIT_NAME:
                length, at = _number(table, at)
                if kind == _FUNCTION and defined:
                    yield table[at : at + length].decode(), index
                at += length


def _skipped(data: bytes, at: int, count: int) -> int:
    """Return where some numbers end."""
    for _ in range(count):
        _, at = _number(data, at)
    return at


def _number(data: bytes, at: int) -> tuple[int, int]:
    """Return an unsigned LEB128 number and where the next thing begins."""
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        shift, at = shift + 7, at + 1
        if byte < 128:
            return value, at


def _leb(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def _vector(body: bytes) -> bytes:
    return _leb(len(body)) + body
