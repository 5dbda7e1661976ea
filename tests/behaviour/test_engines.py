"""The compiled run is PySD's run, and help comes at once."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import cqsim
from cqsim.engine.simulation import run
from cqsim.resources import data_folder

HELP = "from cqsim.cli import main; main()"
MOST_SECONDS = 0.3
"""Of process time; far less is usual."""


@pytest.mark.slow
def test_every_variable_of_two_years_is_pysds_to_nine_digits() -> None:
    model = data_folder("model") / "metro.mdl"
    ours = run(model, until=2022)
    theirs = run(model, until=2022, engine="pysd")
    assert set(ours.values) >= set(theirs.values)
    for name, wanted in theirs.values.items():
        found = ours.values[name].reshape(wanted.shape)
        scale = max(float(np.abs(wanted).max()), 1e-9)
        assert np.abs(found - wanted).max() <= 1e-9 * scale, name


def test_help_costs_less_than_a_third_of_a_second() -> None:
    source = str(Path(cqsim.__file__).parents[1])
    spent = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [sys.executable, "-c", HELP, "--help"],
            capture_output=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONPATH": source},
            check=True,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert "calibrate" in done.stdout
        spent.append(
            after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        )
    assert min(spent) < MOST_SECONDS
