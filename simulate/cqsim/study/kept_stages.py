"""The stages of a sampler on file, from which an interrupted run goes on."""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cqsim.study.smc import Cloud

Floats = NDArray[np.float64]

ARRAYS = ("points", "likelihood", "prior")


def keep_stage(path: Path, cloud: Cloud) -> None:
    """Write a cloud whole: where its particles are and how it came there."""
    numbers = {"temperature": cloud.temperature, "scale": cloud.scale}
    numbers["evidence"] = cloud.evidence
    lists = {"acceptance": cloud.acceptance, "temperatures": cloud.temperatures}
    text = json.dumps({**numbers, **lists})
    arrays = {name: getattr(cloud, name) for name in ARRAYS}
    save_arrays(path, about=np.array(text), **arrays)


def load_stage(path: Path) -> Cloud:
    """Return a cloud that was kept."""
    with np.load(path) as saved:
        about = json.loads(str(saved["about"]))
        points, likelihood, prior = (saved[name] for name in ARRAYS)
    return Cloud(
        points,
        likelihood,
        prior,
        temperature=about["temperature"],
        scale=about["scale"],
        evidence=about["evidence"],
        acceptance=tuple(about["acceptance"]),
        temperatures=tuple(about["temperatures"]),
    )


def save_arrays(path: Path, **arrays: Floats) -> None:
    """Write arrays so that an interruption leaves the old file or the new one."""
    beside = path.with_suffix(".tmp.npz")
    np.savez(beside, **arrays)  # type: ignore[arg-type]
    beside.replace(path)
