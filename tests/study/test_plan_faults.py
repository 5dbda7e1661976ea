"""A plan of sampling or scoring that would leave a part of itself undone is refused."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from cqsim.case.case import Case
from cqsim.credibility.skill_plan import read_skill_plan, refuse_unscored
from cqsim.errors import FaultsError
from cqsim.study.checked import NameContext
from cqsim.study.evidence import ObservedQuantities
from cqsim.study.fit_plan import FitPlan
from cqsim.tomlfile import load, read_document

MODEL = Path(__file__).parents[2] / "model"
PLACED = r"\.toml:\d+:\d+: "
STANDS = 'stands_for = { chongqing = "cq21" }'


@pytest.fixture(scope="module")
def known() -> NameContext:
    plan, case = read_skill_plan(MODEL / "skill.toml"), Case.load(MODEL)
    observed = ObservedQuantities.of(case, plan.grades, plan.deflator)
    return NameContext(case.model, observed)


@pytest.fixture(scope="module")
def sampling(known: NameContext) -> Callable[[Path], None]:
    def refused(path: Path) -> None:
        load(read_document(path), FitPlan, known)

    return refused


@pytest.fixture(scope="module")
def scoring(known: NameContext) -> Callable[[Path], None]:
    return partial(refuse_unscored, known=known)


def planted(tmp_path: Path, name: str, old: str, new: str) -> Path:
    """Return a copy of a shipped plan in which one text is another."""
    text = (MODEL / name).read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / name
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def test_the_shipped_plans_are_not_refused(
    sampling: Callable[[Path], None], scoring: Callable[[Path], None]
) -> None:
    sampling(MODEL / "calibration.toml")
    scoring(MODEL / "skill.toml")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("seed = 2010", "seed = -1", "posterior.seed = -1"),
        ("design = 480", "design = 209", "19 free constants need 210 runs"),
        ("particles = 1024", "particles = 40", "2 chains need 42"),
        ('"depreciation rate"', '"depreciation rat"', "mean 'depreciation rate'"),
        ('"depreciation rate"', '"base moving rate"', "'base moving rate' already"),
        ('"depreciation rate"', '"migration pull"', "fitted to the censuses"),
        (
            '"depreciation rate"',
            '"relative fertility"',
            r"'relative fertility\[.*is not one number",
        ),
        ('"depreciation rate"', '"census year 2010"', "gives .* no range"),
        ('id = "deaths"', 'id = "births"', "evidence 'births' already"),
        ('"births[region]"', '"birth[region]"', "mean 'births'"),
        (
            '"births[region]"',
            '"births[region] +"',
            "a name is missing before the end",
        ),
        ('"births[region]"', '"births[regio]"', "no range or element 'regio'"),
        ('observed = "birth_rate"', 'observed = "birth_rat"', "mean 'birth_rate'"),
        ('places = ["chongqing"]', 'places = ["chongqin"]', "mean 'chongqing'"),
        (STANDS, "", "the model holds no area 'chongqing'"),
        (STANDS, STANDS.replace("cq21", "cq2"), "no scope 'cq2'"),
        ("[[2010, 0.890], [2020", "[[2010, 0.890], [2010", "stand_in do not rise"),
        ("years = [2012, 2014", "years = [2010, 2014", "no growth for 2010"),
        ("years = [2012, 2014", "years = [2090, 2014", "no 'gdp_growth_real' for 2090"),
    ],
)
def test_a_wrong_plan_of_a_posterior_is_refused_where_it_is_wrong(
    tmp_path: Path, sampling: Callable[[Path], None], old: str, new: str, words: str
) -> None:
    with pytest.raises(FaultsError, match=PLACED + f".*{words}"):
        sampling(planted(tmp_path, "calibration.toml", old, new))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("jump_off = 2020", "jump_off = 2019", "no run starts there"),
        ("origins = [2020, 2021]", "origins = [2020, 2023]", "origin 2023"),
        ("line_from = 2010", "line_from = 22010", "after the jump-off"),
        ("D = 0.03", "E = 0.03", "grades are A, B, C, D, here A, B, C, E"),
        ('nominal = "gdp"', 'nominal = "gdpp"', "no variable 'gdpp'"),
        ('growth = "gdp_', 'growth = "gdpp_', "no variable 'gdpp_growth_real'"),
        ('["last year of', '["lst year of', "mean 'last year of observed"),
        ('id = "gdp"', 'id = "population"', "series 'population' already"),
        ('"resident_population"', '"residents"', "no variable 'residents'"),
        ('places = ["metro",', 'places = ["metr",', "mean 'metro'"),
        ('places = "regions"', 'places = "region"', "no area 'region'"),
        ('observed_denominator = "resident_population"', "", "go together"),
        ('["population_by_region"', '["population_by_regio"', "no check of skill"),
    ],
)
def test_a_wrong_plan_of_scores_is_refused_where_it_is_wrong(
    tmp_path: Path, scoring: Callable[[Path], None], old: str, new: str, words: str
) -> None:
    with pytest.raises(FaultsError, match=PLACED + f".*{words}"):
        scoring(planted(tmp_path, "skill.toml", old, new))
