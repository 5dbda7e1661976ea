"""From LLVM source to machine code, and from machine code to functions."""

import ctypes
import re
import sys
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from cqsim.compile.expr import EXTERNAL

Opt = Literal[0, 3]

SCIPY = "scipy_"
"""The prefix of the names of SciPy's functions in a program."""

_LOCK = threading.Lock()
_LOADED: dict[bytes, Any] = {}


@dataclass(frozen=True, slots=True)
class NativeCode:
    """Machine code for this processor, and the library functions that it calls."""

    code: bytes
    library: tuple[str, ...]

    def address(self, function: str) -> int:
        """Return where a function is in this process, loaded if it is not yet."""
        with _LOCK:
            if self.code not in _LOADED:
                _LOADED[self.code] = _engine(self.code, self.library)
            return int(_LOADED[self.code].get_function_address(function))


def compile_native(text: str, opt: Opt = 3) -> NativeCode:
    """Return the machine code of a program in LLVM's assembly language.

    Parameters
    ----------
    opt
        3 for code that runs fast, 0 for code that is soon there: a single run does not
        repay the optimiser's time. The bits of the results are the same.
    """
    with _LOCK:
        return NativeCode(_compile(_machine(opt), text, opt), _called(text))


@cache
def _target() -> Any:
    """Return LLVM's target for this kind of processor, ready for use."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple()


@cache
def _machine(opt: Opt) -> Any:
    """Return LLVM's description of this processor."""
    import llvmlite.binding as llvm

    features = llvm.get_host_cpu_features().flatten()
    name = llvm.get_host_cpu_name()
    return _target().create_target_machine(
        cpu=name, features=features, opt=opt, jit=True
    )


@cache
def processor() -> str:
    """Return the code generator and the processor that machine code is for."""
    import llvmlite
    import llvmlite.binding as llvm

    features = llvm.get_host_cpu_features().flatten()
    name = f"{llvm.get_default_triple()} {llvm.get_host_cpu_name()} {features}"
    return f"{llvmlite.__version__} {name}"


FEATURES = ("avx2", "avx512f", "fma", "sve")
"""The features of a processor on which the last bits of arithmetic depend."""


def code_generator() -> str:
    """Return the code generator and processor, on which the last bits depend."""
    import platform

    import llvmlite
    import llvmlite.binding as llvm

    has = llvm.get_host_cpu_features()
    kind = "+".join([platform.machine(), *(f for f in FEATURES if has.get(f))])
    number = ".".join(map(str, llvm.llvm_version_info))
    return f"llvmlite {llvmlite.__version__} (LLVM {number}), {kind}"


def _compile(machine: Any, text: str, opt: Opt) -> bytes:
    import llvmlite.binding as llvm

    module = llvm.parse_assembly(text)
    module.verify()
    if opt == 0:
        return bytes(machine.emit_object(module))
    options = llvm.create_pipeline_tuning_options(speed_level=2)
    options.loop_vectorization = False
    options.slp_vectorization = False
    options.loop_unrolling = False
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)
    return bytes(machine.emit_object(module))


def _engine(code: bytes, library: tuple[str, ...]) -> Any:
    import llvmlite.binding as llvm

    for name, address in _addresses(library).items():
        llvm.add_symbol(name, address)
    # The engine takes its machine away: it can't be one of those that compile.
    machine = _target().create_target_machine(opt=3, jit=True)
    empty = llvm.parse_assembly("")
    empty.triple = machine.triple
    engine = llvm.create_mcjit_compiler(empty, machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return engine


def _called(text: str) -> tuple[str, ...]:
    """Return the names of the library functions that a program calls."""
    return tuple(re.findall(r"^declare double @(\w+)\(", text, re.MULTILINE))


def _addresses(names: Iterable[str]) -> dict[str, int]:
    """Return where library functions are, by their names."""
    return {
        name: _scipy_address(name.removeprefix(SCIPY))
        if name.startswith(SCIPY)
        else _library_address(name)
        for name in names
    }


def _library_address(name: str) -> int:
    # Python itself is linked with C's mathematical library, but on Windows.
    library = ctypes.CDLL("ucrtbase" if sys.platform == "win32" else None)
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
