from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from pandas.errors import Pandas4Warning

import cqsim
from cqsim.errors import CqsimError, InputFileError

SMALL = Path(__file__).parents[1] / "reference" / "small"
TINY = """{UTF-8}
growth= %s
	~	1/year [0,10]
	~	%s
	|
Stock= INTEG(growth*Stock, 1)
	~	kg
	~	What grows.
	|
double= 2*Stock
	~	kg
	~	Twice as much.
	|
INITIAL TIME= 0
	~	year
	~	.
	|
FINAL TIME= 4
	~	year
	~	.
	|
TIME STEP= 0.5
	~	year
	~	.
	|
SAVEPER= 1
	~	year
	~	.
	|
"""


def tiny(folder: Path, growth: str = "0.1", meaning: str = "How fast.") -> Path:
    path = folder / "tiny.mdl"
    path.write_text(TINY % (growth, meaning), encoding="utf-8")
    return path


def test_every_variable_is_what_pysd_itself_gives(towns: Path) -> None:
    import pysd

    frame = cqsim.run(towns).to_frame()
    with pytest.warns(Pandas4Warning, match="inplace"):
        own = pysd.read_vensim(str(towns)).run()
    own = own.drop(columns=["FINAL TIME", "INITIAL TIME", "SAVEPER", "TIME STEP"])
    assert set(frame.columns) == set(own.columns)
    assert frame.index.name == "time"
    wanted = own[frame.columns].to_numpy()
    np.testing.assert_allclose(frame.to_numpy(), wanted, rtol=1e-12)


def test_nothing_is_written_beside_the_model(towns: Path) -> None:
    before = {path: path.read_bytes() for path in towns.parent.rglob("*.*")}
    cqsim.run(towns)
    assert {path: path.read_bytes() for path in towns.parent.rglob("*.*")} == before


def test_variables_have_named_axes_and_units(towns: Path) -> None:
    population = cqsim.run(towns)["population"]
    assert population.dims == ("time", "region", "settlement")
    assert population.attrs == {"units": "person", "long_name": "Population"}
    assert population.sel(time=2020, region="fuling", settlement="urban") == 700_000.0


def test_people_who_move_are_the_same_on_both_sides(towns: Path) -> None:
    result = cqsim.run(towns, {"moving rate": 0.1, "service access": {"outer": 0.5}})
    leaving, coming = result.values["departures"], result.values["arrivals"]
    np.testing.assert_allclose(leaving.sum(axis=1), coming.sum(axis=1), rtol=1e-12)


def test_a_run_leaves_nothing_behind_for_the_next(towns: Path) -> None:
    first = cqsim.run(towns).to_frame()
    other = cqsim.run(towns, {"death rate": 0.2}).to_frame()
    again = cqsim.run(towns).to_frame()
    assert first.equals(again)
    assert not first.equals(other)


def test_a_ring_sets_its_regions_and_leaves_the_rest(towns: Path) -> None:
    rates = cqsim.run(towns, {"Birth_Rate": {"outer": 0.05}}).values["birth rate"][0]
    assert rates.tolist() == [0.006, 0.05, 0.05]


def test_a_constant_on_two_axes_is_set_by_both(towns: Path) -> None:
    settings = {"initial people": {"fuling,rural": 5.0, "central": 7.0}}
    people = cqsim.run(towns, settings)["Population"].sel(time=2020)
    assert people.values.tolist() == [[7.0, 7.0], [700_000.0, 5.0], [1.4e6, 1.8e6]]


def test_a_run_starts_and_ends_when_it_is_told(towns: Path) -> None:
    result = cqsim.run(towns, start=2010, until=2012, step=0.5)
    assert result.times.tolist() == [2010.0, 2011.0, 2012.0]


def test_euler_s_steps_are_as_many_as_the_step_says(tmp_path: Path) -> None:
    model = tiny(tmp_path)
    coarse = cqsim.run(model, step=1).values["Stock"][-1]
    fine = cqsim.run(model, step=0.5).values["Stock"][-1]
    assert coarse == pytest.approx(1.1**4, rel=1e-12)
    assert fine == pytest.approx(1.05**8, rel=1e-12)


ENGINES: tuple[Literal["compiled", "pysd"], ...] = ("compiled", "pysd")


@pytest.mark.parametrize("engine", ENGINES)
def test_progress_goes_up_to_the_whole(
    tmp_path: Path, engine: Literal["compiled", "pysd"]
) -> None:
    told: list[float] = []
    cqsim.run(tiny(tmp_path), progress=told.append, engine=engine)
    assert told == sorted(told)
    assert told[-1] == 1.0


@pytest.mark.parametrize(
    ("start", "until", "step", "said"),
    [
        (5, None, None, "there is no run from 5 to 4"),
        (None, 4, 0, "there is no run from 0 to 4 by 0"),
        (None, float("nan"), None, "the end of the run is nan"),
    ],
)
def test_times_that_do_not_go_together_are_refused(
    tmp_path: Path, start: float, until: float, step: float, said: str
) -> None:
    with pytest.raises(CqsimError, match=said):
        cqsim.run(tiny(tmp_path), start=start, until=until, step=step)


def test_a_run_that_diverges_says_where_it_began(tmp_path: Path) -> None:
    with pytest.raises(CqsimError, match=r"diverged: Stock is inf at 1, and 1 other"):
        cqsim.run(tiny(tmp_path), {"growth": 1e300}, check_ranges=False)


def test_a_division_by_zero_is_named(tmp_path: Path) -> None:
    path = tiny(tmp_path)
    text = path.read_text(encoding="utf-8").replace("2*Stock", "Stock/(Time-2)")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(
        CqsimError, match=r"tiny.mdl:\d+: 'double' cannot be comp.* 2 \(float"
    ):
        cqsim.run(path, engine="pysd")
    with pytest.raises(CqsimError, match="diverged: double is inf at 2"):
        cqsim.run(path)


def test_an_unknown_constant_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(CqsimError, match=r"no constant 'grwth'. Did you mean 'gr"):
        cqsim.run(tiny(tmp_path), {"grwth": 1})


def test_what_the_model_computes_cannot_be_set(tmp_path: Path) -> None:
    with pytest.raises(CqsimError, match="double: it is computed by an equation"):
        cqsim.run(tiny(tmp_path), {"double": 1})


def test_text_in_a_model_is_never_run(tmp_path: Path) -> None:
    trap = tmp_path / "trapped"
    meaning = f'""" + str(open(r"{trap}", "w")) + """'
    cqsim.run(tiny(tmp_path, meaning=meaning))
    assert not trap.exists()


def test_a_model_is_run_as_it_was_read(tmp_path: Path) -> None:
    model = cqsim.read_model(tiny(tmp_path))
    tiny(tmp_path, growth="0.2")
    assert cqsim.run(model).values["growth"][0] == 0.1
    with pytest.raises(InputFileError, match="has changed since it was read"):
        cqsim.run(model, engine="pysd")


def test_a_function_that_there_is_not_is_refused_with_file_and_line(
    tmp_path: Path,
) -> None:
    path = tiny(tmp_path)
    text = path.read_text(encoding="utf-8").replace("2*Stock", "NO SUCH(Stock)")
    path.write_text(text, encoding="utf-8")
    for engine in ENGINES:
        with pytest.raises(CqsimError, match=r"tiny.mdl:10: .*no function .*'NO SUCH'"):
            cqsim.run(path, engine=engine)


def test_both_engines_give_the_same_numbers(towns: Path) -> None:
    settings = {"death rate": 0.011}
    ours = cqsim.run(towns, settings).to_frame()
    theirs = cqsim.run(towns, settings, engine="pysd").to_frame()
    assert list(ours.columns) == list(theirs.columns)
    np.testing.assert_allclose(ours.to_numpy(), theirs.to_numpy(), rtol=1e-12)


def test_the_public_names_are_those_of_the_notebook(towns: Path) -> None:
    model = cqsim.read_model(str(towns))
    result = cqsim.run(model, {"death rate": 0.011})
    assert isinstance(result, cqsim.Runs)
    assert set(cqsim.__all__) <= set(dir(cqsim))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        cqsim.nothing  # noqa: B018
