"""The public test models: our numbers are theirs and PySD's, or the file is refused.

The models are those of SDXorg's test-models. `CQSIM_TEST_MODELS` says where they are,
or they lie in `shared/test-models` beside the project; without them nothing is tested.
"""

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import cqsim
from cqsim.engine.simulation import run_many
from numpy.typing import NDArray

from cqsim.compile.ir import Constant, System, shape_of
from cqsim.errors import CqsimError
from cqsim.model import lower
from cqsim.model.lower.source import key_of

BESIDE = Path(__file__).parents[2].parent / "shared" / "test-models"
FOLDER = Path(os.environ.get("CQSIM_TEST_MODELS", BESIDE))
MODELS = sorted(
    path for pattern in ("*.mdl", "*.xmile", "*.stmx") for path in FOLDER.rglob(pattern)
)
REFUSED = {
    "Query_file.mdl": "RANDOM",
    "test_dynamic_final_time.mdl": "FINAL TIME",
    "test_get_constants.mdl": "no such file",
}
"""What is refused though PySD may run it: two Vensim files, and one without data."""

CONTROLS = ("initial_time", "final_time", "time_step", "saveper")
Series = Mapping[str, NDArray[np.float64]]

pytestmark = pytest.mark.skipif(not MODELS, reason="the test models are not there")


def label(column: str) -> str:
    """Return a column's name as Vensim compares names."""
    column = column.strip()
    if not column.endswith("]") or "[" not in column:
        return key_of(column)
    name, _, inside = column.rpartition("[")
    elements = ",".join(key_of(part) for part in inside[:-1].split(","))
    return f"{key_of(name)}[{elements}]"


def ours(system: System) -> tuple[NDArray[np.float64], dict[str, NDArray[np.float64]]]:
    found = run_many(system, [{}]).run(0)
    frame = found.to_frame()
    return found.times, {label(name): frame[name].to_numpy() for name in frame}


def expected(path: Path) -> pd.DataFrame | None:
    for name, separator in (("output.tab", "\t"), ("output.csv", ",")):
        file = path.parent / name
        if not file.exists():
            continue
        raw = file.read_bytes()
        encoding = "utf-8" if _is_utf8(raw) else "latin-1"
        frame = pd.read_csv(file, sep=separator, encoding=encoding, index_col=0)
        # Vensim writes a constant once, in the first row.
        numbers: pd.DataFrame = frame.apply(pd.to_numeric, errors="coerce").ffill()
        return numbers
    return None


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def lowered(path: Path) -> System:
    known = REFUSED.get(path.name)
    if known is not None:
        with pytest.raises(CqsimError, match=known):
            cqsim.run(lower.read(path))
        pytest.skip(f"refused by name: {known}")
    if path.suffix == ".mdl":
        return lower.read(path)
    try:
        return lower.read(path)
    except CqsimError as refusal:
        pytest.skip(f"refused by name: {refusal}")


@pytest.mark.parametrize(
    "path", MODELS, ids=lambda p: f"{p.parent.name}-{p.suffix[1:]}"
)
def test_the_published_series_are_ours(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CQSIM_CACHE", str(tmp_path / "cache"))
    system = lowered(path)
    times, series = ours(system)
    frame = expected(path)
    if frame is None:
        pytest.skip("no output is published")
    for column in frame.columns:
        if label(column) not in series:
            continue
        wanted = frame[column].to_numpy()
        found = np.interp(frame.index.to_numpy(), times, series[label(column)])
        scale = np.nanmax(np.abs(wanted), initial=0.0)
        # The files hold six digits.
        near = np.isclose(found, wanted, rtol=1e-4, atol=1e-3 * scale + 1e-12)
        assert (near | np.isnan(wanted)).all(), column


@pytest.mark.parametrize(
    "path", MODELS, ids=lambda p: f"{p.parent.name}-{p.suffix[1:]}"
)
def test_an_ensemble_gives_what_a_single_run_gives(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CQSIM_CACHE", str(tmp_path / "cache"))
    system = lowered(path)
    single = run_many(system, [{}]).run(0)
    samples = {}
    for name, variable in system.variables.items():
        if not isinstance(variable, Constant) or name in system.structural:
            continue
        if key_of(name) not in CONTROLS and name[0] != "#":
            own = np.array(variable.values).reshape(shape_of(variable.axes))
            samples[name] = np.stack([own] * 17)
    ensemble = run_many(
        system, samples or [{}] * 17, threads=1, lanes=16, check_ranges=False
    )
    for name, wanted in single.values.items():
        found = ensemble.values[name]
        assert np.array_equal(found[0], wanted, equal_nan=True), name
        assert np.array_equal(found[16], wanted, equal_nan=True), name
