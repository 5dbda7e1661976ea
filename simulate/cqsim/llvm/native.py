"""From LLVM source to machine code, and from machine code to functions."""

import threading
from dataclasses import dataclass
from typing import Any, Literal

from cqsim.llvm.library import addresses, called_library

Opt = Literal[0, 3]

_LOCK = threading.Lock()
_READY: dict[Opt, Any] = {}
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
        return NativeCode(_compile(_machine(opt), text, opt), called_library(text))


def _machine(opt: Opt) -> Any:
    """Return LLVM's description of this processor."""
    if opt not in _READY:
        import llvmlite.binding as llvm

        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        target = llvm.Target.from_default_triple()
        features = llvm.get_host_cpu_features().flatten()
        _READY[opt] = target.create_target_machine(
            cpu=llvm.get_host_cpu_name(), features=features, opt=opt, jit=True
        )
    return _READY[opt]


def processor() -> str:
    """Return the code generator and the processor that machine code is for."""
    import llvmlite
    import llvmlite.binding as llvm

    features = llvm.get_host_cpu_features().flatten()
    name = f"{llvm.get_default_triple()} {llvm.get_host_cpu_name()} {features}"
    return f"{llvmlite.__version__} {name}"


FEATURES = ("avx2", "avx512f", "fma", "sve")
"""What of a processor decides how arithmetic is carried out, and so its last bits."""


def code_generator() -> str:
    """Return what makes machine code, for which kind of processor: bits hang on it."""
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

    machine = _machine(0)
    for name, address in addresses(library).items():
        llvm.add_symbol(name, address)
    empty = llvm.parse_assembly("")
    empty.triple = machine.triple
    engine = llvm.create_mcjit_compiler(empty, _fresh_machine())
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return engine


def _fresh_machine() -> Any:
    import llvmlite.binding as llvm

    target = llvm.Target.from_default_triple()
    return target.create_target_machine(opt=3, jit=True)
