"""Units of registries and tables beside the model."""

from pathlib import Path
from shutil import copytree

import pytest

from cqsim.case.unit_check import check_units


@pytest.fixture
def changed(metro: Path, tmp_path: Path) -> Path:
    return copytree(metro, tmp_path / "model")


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_shipped_tables_agree_with_the_model(metro: Path) -> None:
    check = check_units(metro / "metro.mdl")
    assert check.findings == ()
    assert check.table_units > 200


PLANTED = {
    "levers.toml": ('unit = "1/year"', 'unit = "%/year"', "relocation"),
    "indicators.toml": ("scale = 1e-4", "scale = 1e-3", "resident_population"),
    "targets.toml": ('unit = "days/year"', 'unit = "days"', "indicator"),
    "initial/provenance.csv": (
        "energy_use_2010.csv,*,10^4 tce",
        "energy_use_2010.csv,*,tce",
        "energy",
    ),
    "observed/variables.csv": (
        "10^4 persons,persons,10000",
        "10^4 persons,persons,1000",
        "ledger",
    ),
}


@pytest.mark.parametrize("file", PLANTED)
def test_a_unit_of_a_table_that_does_not_fit_is_found(file: str, changed: Path) -> None:
    old, new, named = PLANTED[file]
    change(changed / file, old, new)
    findings = check_units(changed / "metro.mdl").findings
    assert findings
    assert all(f"{file}:" in finding.place for finding in findings)
    assert any(named in str(finding) for finding in findings)


def test_a_unit_that_the_registry_lacks_is_named_with_the_nearest(
    changed: Path,
) -> None:
    change(changed / "levers.toml", 'unit = "kW10k"', 'unit = "kW10"')
    (finding, *_) = check_units(changed / "metro.mdl").findings
    assert "'kW10' is not a unit of the registry. Did you mean 'kW10k'" in str(finding)
