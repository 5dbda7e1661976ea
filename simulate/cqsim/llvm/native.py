"""From LLVM source to machine code in this process, kept between processes.

The machine code is kept beside other emitted files under the hash of its source and of
the processor it is for, with a checksum before it: what is damaged is made again.
"""

import threading
from hashlib import sha256
from typing import Any, Literal

from cqsim.emitted import cache_folder, write_once
from cqsim.llvm.library import addresses

Opt = Literal[0, 3]

_LOCK = threading.Lock()
_READY: dict[Opt, Any] = {}
_LOADED: dict[str, Any] = {}


def load_native(text: str, function: str = "integrate", opt: Opt = 3) -> int:
    """Return the address of a function of a program in LLVM's assembly language.

    Parameters
    ----------
    opt
        3 for code that runs fast, 0 for code that is soon there: a single run does not
        repay the optimiser's time. The bits of the results are the same.
    """
    with _LOCK:
        machine = _machine(opt)
        key = sha256(f"{_version()} O{opt}\n{text}".encode()).hexdigest()[:32]
        if key not in _LOADED:
            _LOADED[key] = _engine(machine, key, text, opt)
        return int(_LOADED[key].get_function_address(function))


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


def _version() -> str:
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


def _object_code(machine: Any, key: str, text: str, opt: Opt) -> bytes:
    folder = cache_folder()
    write_once(folder, f"cqsim_{key}.ll", text.encode())
    path = folder / f"cqsim_{key}.o"
    try:
        kept = path.read_bytes()
        if sha256(kept[32:]).digest() == kept[:32]:
            return kept[32:]
    except OSError:
        pass
    code = _compile(machine, text, opt)
    write_once(folder, path.name, sha256(code).digest() + code)
    return code


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


def _engine(machine: Any, key: str, text: str, opt: Opt) -> Any:
    import llvmlite.binding as llvm

    code = _object_code(machine, key, text, opt)
    for name, address in addresses(text).items():
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
