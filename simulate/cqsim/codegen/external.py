"""Functions of the libraries of C and SciPy that a program calls, a lane at a time."""

import ctypes
import ctypes.util
import re
import sys
from collections.abc import Iterable

from cqsim.codegen.assembly import Assembly, Kind
from cqsim.compile.ir import EXTERNAL

#: Functions of C's mathematical library, and how many numbers each takes.
LIBRARY = {
    "pow": 2,
    **dict.fromkeys(("sin", "cos", "tan", "asin", "acos", "atan"), 1),
    **dict.fromkeys(("sinh", "cosh", "tanh", "erfc"), 1),
}

#: What SciPy's functions are called in a program.
_SCIPY = "scipy_"

_CALLED = re.compile(rf"@({'|'.join(LIBRARY)}|{_SCIPY}\w+)\(")


def declarations() -> list[str]:
    """Return the declarations of all functions of libraries."""
    lines = [_declared(name, count) for name, count in LIBRARY.items()]
    return lines + [
        _declared(_SCIPY + name, count, ", i32") for name, count in EXTERNAL.items()
    ]


def _declared(name: str, count: int, more: str = "") -> str:
    return f"declare double @{name}({', '.join(['double'] * count)}{more})"


def lane_by_lane(kind: Kind) -> Iterable[list[str]]:
    """Yield functions that call a library's for each lane in turn."""
    for name, count in LIBRARY.items():
        yield _wrapped(kind, name, name, count, "")
    for name, count in EXTERNAL.items():
        # Cython's functions ask whether to look for an override; there is none.
        yield _wrapped(kind, name, _SCIPY + name, count, ", i32 0")


def _wrapped(kind: Kind, name: str, symbol: str, count: int, more: str) -> list[str]:
    to = Assembly()
    arguments = [f"%a{n}" for n in range(count)]
    total = "poison"
    for lane in range(kind.width):
        parts = arguments
        if kind.width > 1:
            parts = [
                to.let(f"extractelement {kind.real} {argument}, i64 {lane}")
                for argument in arguments
            ]
        given = ", ".join(f"double {part}" for part in parts)
        # LLVM must not replace a call by what it knows of C's function of that name.
        one = to.let(f"call double @{symbol}({given}{more}) nobuiltin")
        if kind.width == 1:
            total = one
        else:
            total = to.let(
                f"insertelement {kind.real} {total}, double {one}, i64 {lane}"
            )
    given = ", ".join(f"{kind.real} {argument}" for argument in arguments)
    title = f"@lanes_{name}{kind.suffix}({given})"
    head = f"define internal {kind.real} {title} noinline cold {{"
    return [head, "entry:", *to.lines, f"  ret {kind.real} {total}", "}"]


def addresses(text: str) -> dict[str, int]:
    """Return where the library functions are that a program calls, by their names."""
    return {
        name: _scipy_address(name.removeprefix(_SCIPY))
        if name.startswith(_SCIPY)
        else _library_address(name)
        for name in set(_CALLED.findall(text))
    }


def _library_address(name: str) -> int:
    if sys.platform == "win32":
        library = ctypes.CDLL("ucrtbase")
    else:
        library = ctypes.CDLL(ctypes.util.find_library("m") or None)
    return ctypes.cast(getattr(library, name), ctypes.c_void_p).value or 0


def _scipy_address(name: str) -> int:
    """Return where the variant of a function lies that takes doubles only."""
    from scipy.special import cython_special

    text_of = ctypes.pythonapi.PyCapsule_GetName
    text_of.restype, text_of.argtypes = ctypes.c_char_p, [ctypes.py_object]
    pointer_of = ctypes.pythonapi.PyCapsule_GetPointer
    pointer_of.restype = ctypes.c_void_p
    pointer_of.argtypes = [ctypes.py_object, ctypes.c_char_p]
    wanted = f"double ({'double, ' * EXTERNAL[name]}int __pyx_skip_dispatch)"
    for key, capsule in cython_special.__pyx_capi__.items():
        signature = text_of(capsule)
        if re.fullmatch(rf"(__pyx_fuse_\d+)?{name}", key) and (
            signature == wanted.encode()
        ):
            return int(pointer_of(capsule, signature))
    message = f"SciPy has no function {name} of doubles"
    raise ImportError(message)
