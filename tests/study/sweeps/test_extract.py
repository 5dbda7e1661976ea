from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cqsim.case.scenario import read_scenario
from cqsim.errors import FaultsError
from cqsim.study.disk import StoreError
from cqsim.study.execute import SweepOptions, run_sweep
from cqsim.study.extract import extracted
from cqsim.study.job import SweepJob, job_of
from cqsim.study.results import SweepResults
from cqsim.study.sweep import read_sweep

Planned = Callable[..., SweepJob]


@pytest.mark.parametrize("run", [0, 41])
def test_an_extracted_run_is_the_stored_one_to_the_bit(
    stored: SweepResults, run: int
) -> None:
    path, same = extracted(stored.folder, run)
    assert same
    drawn = stored.inputs.loc[run, "death rate"]
    assert read_scenario(str(path)).settings["death rate"] == drawn


def test_an_extracted_run_of_the_shipped_model_is_the_stored_one(
    tmp_path: Path,
) -> None:
    sweep = tmp_path / "few.toml"
    sweep.write_text(
        'id = "few"\ntitle = { zh = "少", en = "Few" }\ndesign = "random"\nsize = 3\n'
        'bases = ["delayed"]\n'
        'input = [ { constant = "long run fertility" }, { lever = "rail" }, '
        '{ lever = "rail", part = "start", place = "outer", '
        'distribution = "discrete", values = [2024, 2027] }, '
        '{ lever = "coal", part = "ramp" }, '
        '{ constant = "migration pull", apply = "factor", low = 0.9, high = 1.1 } ]\n',
        encoding="utf-8",
    )
    run_sweep(job_of(read_sweep(str(sweep))), tmp_path / "out", SweepOptions())
    assert extracted(tmp_path / "out", 2)[1]


def test_a_run_at_the_end_of_a_range_is_extracted(
    planned: Planned, tmp_path: Path
) -> None:
    high = float(np.nextafter(20, 21))
    assert 0.01 * high > 0.2, "a hair above the end of the range of the death rate"
    body = (
        'design = "grid"\ninput = [ { constant = "death rate", apply = "factor", '
        f"low = 1, high = {high!r}, levels = 2 }} ]\n"
    )
    run_sweep(planned(body), tmp_path / "end", SweepOptions())
    path, same = extracted(tmp_path / "end", 1)
    assert same
    assert read_scenario(str(path)).settings["death rate"] == 0.2


def test_a_run_that_is_not_there_is_not_extracted(stored: SweepResults) -> None:
    with pytest.raises(StoreError, match="Its runs are 0 to 59"):
        extracted(stored.folder, 60)


def test_a_changed_model_gives_no_extract(stored: SweepResults, towns: Path) -> None:
    text = (towns / "towns.mdl").read_text(encoding="utf-8")
    changed = text.replace("0.01\n", "0.02\n", 1)
    (towns / "towns.mdl").write_text(changed, encoding="utf-8")
    with pytest.raises(FaultsError, match=r"towns\.mdl has changed"):
        extracted(stored.folder, 0)
