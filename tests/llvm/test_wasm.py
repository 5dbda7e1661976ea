"""A module for WebAssembly gives the numbers of the native one."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from cqsim.compile.expr import Along, Index, IrCall, Numbers, Value
from cqsim.compile.ir import Auxiliary, Block, Constant, System
from cqsim.compile.lower import read_system
from cqsim.compile.schedule import AREAS, Schedule, schedule
from cqsim.compile.simplify import simplify
from cqsim.errors import StatedError
from cqsim.llvm.module import WASM, emit_module
from cqsim.llvm.native import compile_native
from cqsim.llvm.wasm import data_end, to_wasm
from models import auxiliary, axis, call, constant, system
from running import Floats, Times, areas_of, simulate

SCRIPT = """
const {files, pages, places, prepare, integrate} = JSON.parse(process.argv[1]);
const fs = require('fs');
const memory = new WebAssembly.Memory({initial: pages});
const stack = new WebAssembly.Global({value: 'i32', mutable: true}, pages * 65536);
const env = {__linear_memory: memory, __stack_pointer: stack};
for (const name of Object.getOwnPropertyNames(Math)) env[name] = Math[name];
const code = fs.readFileSync(files.code);
WebAssembly.instantiate(code, {env}).then(({instance}) => {
  new Uint8Array(memory.buffer).set(fs.readFileSync(files.memory), places.areas);
  instance.exports.prepare(...prepare);
  const [pointers, counts, reals] = integrate;
  instance.exports.integrate(...pointers, ...counts.map(BigInt), ...reals);
  const out = new Uint8Array(memory.buffer, places.out, places.size);
  fs.writeFileSync(files.out, out);
});
"""
_STACK = 2**20


def in_node(program: Schedule, times: Times, folder: Path) -> Floats:
    """Return (time, row) as the program gives them in Node."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not installed")
    text = emit_module(program, 1, WASM)
    code = to_wasm(text, ["prepare", "integrate"])
    areas = areas_of(program, compile_native(emit_module(program, 1)), times, 1)
    start = data_end(code)
    at, pointers = start, []
    for name in AREAS:
        pointers.append(at)
        at += areas[name].nbytes
    size = 8 * (times.steps + 1) * program.rows
    files = {name: str(folder / name) for name in ("code", "memory", "out")}
    Path(files["code"]).write_bytes(code)
    memory = b"".join(areas[name].tobytes() for name in AREAS)
    Path(files["memory"]).write_bytes(memory)
    shared, uniform = (pointers[list(AREAS).index(n)] for n in ("shared", "uniform"))
    asked = {
        "files": files,
        "pages": -(-(at + size + _STACK) // 65536),
        "places": {"areas": start, "out": at, "size": size},
        "prepare": [shared, uniform, times.begin, times.step],
        "integrate": [
            [*pointers, at],
            [1, times.steps, 1, 0],
            [times.begin, times.step],
        ],
    }
    subprocess.run([node, "-e", SCRIPT, json.dumps(asked)], check=True)
    found = np.frombuffer(Path(files["out"]).read_bytes())
    return found.reshape(times.steps + 1, program.rows)[:, :-1]


def worst(found: Floats, wanted: Floats) -> float:
    """Return the largest difference, as a share of the largest value of its row."""
    size = np.maximum(abs(wanted).max(axis=0), 1e-300)
    return float((abs(found - wanted) / size).max())


def test_the_shipped_model_runs_in_a_page(folder: Path, tmp_path: Path) -> None:
    model = simplify(read_system(folder / "metro.mdl"))
    outputs = [name for name in model.variables if not name.startswith("#")]
    times = Times(steps=15 * 8, step=0.125, begin=2020.0)
    found = in_node(schedule(model, outputs, []), times, tmp_path)
    wanted = simulate(
        model, outputs, {}, steps=times.steps, step=times.step, begin=times.begin
    )[0]
    assert np.isfinite(wanted).all()
    assert worst(found, wanted) < 1e-9


def test_mathematics_and_lists_agree_with_native_code(tmp_path: Path) -> None:
    mixed, each = Along("n", (2, 0, 3, 1)), Along("n", (0, 1, 2, 3))
    product = IrCall("multiply", (Numbers("n", (1, 2, 7, 9)), Value("v", (mixed,))))
    four = axis("d", 4)
    functions = ("exp", "log", "sin", "cos", "tan", "arctan", "tanh", "sqrt", "floor")
    model: System = system(
        constant("x", 1.7),
        *(auxiliary(name, call(name, "x")) for name in functions),
        auxiliary("power", call("power", "x", 2.3)),
        Constant("v", (four,), (1, 2, 3, 4)),
        Auxiliary(
            "w", (four,), (Block((Index("n", four.elements),), (each,), product),)
        ),
        auxiliary("draw", call("draw", 3, 1, 4, 1)),
    )
    outputs = [*functions, "power", "w", "draw"]
    found = in_node(schedule(model, outputs, []), Times(steps=2), tmp_path)
    wanted = simulate(model, outputs, {}, steps=2)[0]
    np.testing.assert_allclose(found, wanted, rtol=1e-14)
    assert (found[:, -1] == wanted[:, -1]).all()


def test_what_only_scipy_has_is_refused_by_name() -> None:
    model = system(auxiliary("y", call("ndtri", 0.3)))
    text = emit_module(schedule(model, ["y"], []), 1, WASM)
    with pytest.raises(StatedError, match="WebAssembly has no ndtri"):
        to_wasm(text, ["integrate"])
