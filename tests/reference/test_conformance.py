"""The public test models: an ensemble gives what a single run gives.

The models are those of SDXorg's test-models. `CQSIM_TEST_MODELS` says where they are,
or they lie in `shared/test-models` beside the project; without them nothing is tested.
"""

import os
from pathlib import Path

import numpy as np
import pytest

import cqsim
from cqsim.compile.ir import Constant, System, shape_of
from cqsim.compile.lower import read_system
from cqsim.engine.settings import samples_of
from cqsim.engine.simulation import run_many
from cqsim.errors import CqsimError
from cqsim.language.syntax import canonical

BESIDE = Path(__file__).parents[2].parent / "shared" / "test-models"
FOLDER = Path(os.environ.get("CQSIM_TEST_MODELS", BESIDE))
MODELS = sorted(
    path for pattern in ("*.mdl", "*.xmile", "*.stmx") for path in FOLDER.rglob(pattern)
)
REFUSED = {
    "test_get_constants.mdl": "no such file",
}

CONTROLS = ("initial_time", "final_time", "time_step", "saveper")

pytestmark = pytest.mark.skipif(not MODELS, reason="the test models are not there")


def lowered(path: Path) -> System:
    known = REFUSED.get(path.name)
    if known is not None:
        with pytest.raises(CqsimError, match=known):
            cqsim.run(read_system(path))
        pytest.skip(f"refused by name: {known}")
    if path.suffix == ".mdl":
        return read_system(path)
    try:
        return read_system(path)
    except CqsimError as refusal:
        pytest.skip(f"refused by name: {refusal}")


@pytest.mark.parametrize(
    "path", MODELS, ids=lambda p: f"{p.parent.name}-{p.suffix[1:]}"
)
def test_an_ensemble_gives_what_a_single_run_gives(path: Path) -> None:
    system = lowered(path)
    samples = {}
    for name, variable in system.variables.items():
        if not isinstance(variable, Constant) or name in system.structural:
            continue
        if canonical(name) not in CONTROLS and name[0] != "#":
            own = np.array(variable.values).reshape(shape_of(variable.axes))
            samples[name] = np.stack([own] * 17)
    table = samples_of(system, samples or [{}] * 17, check_ranges=False)
    ensemble = run_many(system, table, threads=1, lanes=16)
    for run in (0, 16):
        for name, wanted in run_many(system, table.row(run)).values.items():
            found = ensemble.values[name][run]
            assert np.array_equal(found, wanted[0], equal_nan=True), name
