import shutil
from pathlib import Path

import numpy as np
import pytest

from cqsim.case.case import Case
from cqsim.errors import FaultsError
from cqsim.resources import data_folder
from cqsim.study.calibrate import RECORD, fit_model, relative_miss, sum_onto

CENSUS = Path(__file__).parents[1] / "reference" / "census"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CENSUS, tmp_path / "model"))


def rewritten(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_the_fit_arrives_at_the_second_census(folder: Path) -> None:
    outcome = fit_model(Case.load(folder))
    assert outcome.settled
    fitted = outcome.table()
    assert fitted["observed"].tolist() == [110.0, 150.0, 420.0]
    np.testing.assert_allclose(fitted["simulated"], fitted["observed"], rtol=1e-6)


def test_the_fit_recovers_the_growth_that_made_the_second_census(folder: Path) -> None:
    planted = np.array([0.02, -0.03, 0.05])
    people = np.array([100.0, 200.0, 300.0])
    for _ in range(40):
        people = people + 0.25 * (people * planted + 1.0)
    numbers = ", ".join(repr(float(value)) for value in people)
    rewritten(folder / "metro.mdl", "110, 150, 420", numbers)
    fitted = fit_model(Case.load(folder)).table()
    np.testing.assert_allclose(fitted["value"], planted, atol=1e-6)


def test_a_constant_does_not_leave_its_range_to_fit(folder: Path) -> None:
    rewritten(folder / "metro.mdl", "110, 150, 420", "110, 150, 999")
    fitted = fit_model(Case.load(folder)).table()
    assert fitted["value"][2] == 0.1
    assert fitted["miss, %"][2] < -5


def test_fitting_again_changes_no_byte(folder: Path) -> None:
    first = fit_model(Case.load(folder)).file_texts()
    for name, text in first.items():
        (folder / name).write_text(text, encoding="utf-8")
    assert fit_model(Case.load(folder)).file_texts() == first


def test_the_shipped_constants_are_those_that_their_run_makes() -> None:
    """Values and record: `cqsim calibrate` gives the same bytes."""
    shipped = data_folder("model")
    outcome = fit_model(Case.load(shipped))
    assert outcome.settled
    made = {**outcome.file_texts(), RECORD: outcome.record_text(shipped)}
    for name, text in made.items():
        assert (shipped / name).read_text(encoding="utf-8") == text, name


def test_a_sum_keeps_the_axes_in_the_order_that_is_asked_for() -> None:
    array = np.arange(2 * 3 * 4.0).reshape(2, 3, 4)
    kept = sum_onto(array, ["region", "settlement", "stage"], ["stage", "region"])
    np.testing.assert_array_equal(kept, array.sum(axis=1).T)
    of_runs = sum_onto(array, ["settlement", "stage"], ["stage"])
    np.testing.assert_array_equal(of_runs, array.sum(axis=1))


def test_a_constant_along_two_axes_is_a_table_of_its_own() -> None:
    folder = data_folder("model")
    text = (folder / "initial" / "calibrated_pull.csv").read_text(encoding="utf-8")
    head, *rows = text.splitlines()
    assert head == "region,studying,starting,family,later"
    assert len(rows) == 22


def test_the_run_of_a_fit_is_another_when_its_input_is(folder: Path) -> None:
    before = fit_model(Case.load(folder)).record_text(folder)
    rewritten(folder / "metro.mdl", "110, 150, 420", "110, 151, 420")
    after = fit_model(Case.load(folder)).record_text(folder)
    ids = [text.splitlines()[1].split(",")[3] for text in (before, after)]
    assert ids[0] != ids[1]


def test_a_relative_constant_keeps_its_weighted_mean_at_one(folder: Path) -> None:
    rewritten(
        folder / "calibration.toml",
        'rule = "growth"\ngain = 0.9',
        'rule = "factor"\ngain = 0.1\nmean_one = true',
    )
    rewritten(folder / "metro.mdl", "1/year [-0.1,0.1]", "1/year [0,5]")
    rewritten(folder / "metro.mdl", "People[town]*growth[town]", "growth[town]")
    text = "town,growth\nhill,1\nplain,1\nharbour,1\n"
    (folder / "initial" / "growth.csv").write_text(text, encoding="utf-8")
    rewritten(folder / "calibration.toml", "rounds = 60", "rounds = 3")
    fitted = fit_model(Case.load(folder)).table()
    mean = float(np.average(fitted["value"], weights=fitted["observed"]))
    assert mean == pytest.approx(1.0, abs=1e-12)


def test_a_place_with_nothing_observed_has_no_miss() -> None:
    simulated, observed = np.array([5.0, 11.0]), np.array([0.0, 10.0])
    assert relative_miss(simulated, observed).tolist() == pytest.approx([0.0, 0.1])


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('rule = "growth"', 'rule = "guess"', r"calibration.toml:\d+:\d+: .*rule"),
        ("gain = 0.9", 'gain = "much"', r"calibration.toml:\d+:\d+: .*gain"),
        ("along", "alongside", r"calibration.toml:\d+:\d+: .*alongside"),
        ('along = "town"', 'along = "village"', r":\d+:\d+: .*not .* along 'village'"),
        ('initial/growth.csv"', '../../x.csv"', r":\d+:\d+: .*from '../../x.csv'"),
        ("end = 2020", "end = 2005", r":\d+:\d+: "),
        ('variable = "', 'variable = "no ', r":\d+:\d+: there is no variable 'no "),
        ('variable = "People', 'variable = "growth', r":\d+:\d+: .*same in every run"),
        ("gain = 0.9", "gain = 0", r":\d+:\d+: gain = 0 moves nothing"),
        (
            "gain = 0.9",
            "gain = 1\nmean_one = true",
            r":\d+:\d+: mean_one has no effect",
        ),
    ],
)
def test_a_wrong_plan_is_refused_with_its_place(
    folder: Path, old: str, new: str, words: str
) -> None:
    rewritten(folder / "calibration.toml", old, new)
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    with pytest.raises(FaultsError, match=words):
        fit_model(Case.load(folder))
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before


def test_a_plan_for_a_constant_that_is_not_there_offers_the_nearest(
    folder: Path,
) -> None:
    rewritten(folder / "calibration.toml", '"growth"\nfile', '"groth"\nfile')
    with pytest.raises(FaultsError, match=r"toml:\d+:\d+: .*Did you mean 'growth'"):
        fit_model(Case.load(folder))
