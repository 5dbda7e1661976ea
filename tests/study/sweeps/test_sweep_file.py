import json
from collections.abc import Callable
from pathlib import Path
from shutil import copy

import numpy as np
import pytest

from cqsim.case.case import Case
from cqsim.errors import FaultsError, InputFileError
from cqsim.model.resolve import read_model
from cqsim.resources import data_folder
from cqsim.study.posterior import run_id_of
from cqsim.study.sweep import read_sweep
from cqsim.study.sweep_schema import SweepFile, sweep_json_schema

Write = Callable[..., Path]
SHIPPED = sorted(
    path.stem for path in (data_folder("scenarios") / "sweeps").glob("*.toml")
)


def faults(path: Path) -> str:
    with pytest.raises(FaultsError) as caught:
        read_sweep(str(path))
    return str(caught.value)


def small(*inputs: str, design: str = "random", more: str = "") -> str:
    listed = "".join(f"    {{ {each} }},\n" for each in inputs)
    return f'design = "{design}"\nsize = 8\ninput = [\n{listed}]\n{more}'


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_sweep_fits_the_model(name: str) -> None:
    sweep = read_sweep(name)
    assert sweep.id == name
    assert sweep.runs > 100


def test_five_sweeps_are_shipped_with_their_schema_and_comments() -> None:
    assert SHIPPED == ["ageing", "grid", "levers", "posterior", "uncertainty"]
    for name in SHIPPED:
        text = (data_folder("scenarios") / "sweeps" / f"{name}.toml").read_text("utf-8")
        assert text.startswith("#:schema ./sweep.schema.json\n")
        assert text.count("\n# ") >= 2


def test_the_committed_schema_of_sweeps_is_that_of_the_model() -> None:
    committed = data_folder("scenarios") / "sweeps" / "sweep.schema.json"
    schema = sweep_json_schema(read_model(data_folder("model") / "metro.mdl"))
    remedy = f"run cqsim schema --sweep > {committed}"
    assert json.loads(committed.read_text("utf-8")) == schema, remedy


def test_every_key_of_a_sweep_is_described_in_both_languages() -> None:
    schema = sweep_json_schema(read_model(data_folder("model") / "metro.mdl"))
    tables = {"sweep": schema, **schema["definitions"]}
    for table, its in tables.items():
        for key, value in its["properties"].items() if table != "Text" else ():
            zh, slash, en = value["description"].partition(" / ")
            assert slash, (table, key)
            assert any(c >= "\u4e00" for c in zh), (table, key)
            assert en.isascii(), (table, key)


def test_the_schema_knows_the_names_that_a_sweep_may_use() -> None:
    schema = sweep_json_schema(read_model(data_folder("model") / "metro.mdl"))
    own = {name: its["properties"] for name, its in schema["definitions"].items()}
    for name in SHIPPED:
        sweep = read_sweep(name)
        for given in sweep.inputs:
            known = own["Input"]["lever" if given.lever else "constant"]["enum"]
            assert (given.lever or given.constant) in known
        for key in ("indicators", "scopes", "variables"):
            names = set(getattr(sweep.record, key))
            assert names <= set(own["Record"][key]["items"]["enum"])
    assert "null" not in json.dumps(schema)


def test_the_policy_space_holds_every_lever_within_floor_and_ceiling() -> None:
    sweep = read_sweep("levers")
    known = sweep.bases[0].known_levers
    assert {given.lever for given in sweep.inputs} == set(known)
    for given in sweep.inputs:
        ends = (given.distribution.low, given.distribution.high)
        assert ends == (known[given.lever].floor, known[given.lever].ceiling)


def test_all_faults_of_a_file_are_said_at_once_with_their_place(write: Write) -> None:
    text = faults(
        write(
            """
design = "sobol"
size = 100
sed = 4
input = [
    { constant = "deth rate" },
    { constant = "death rate", high = 0.9 },
    { lever = "service_access", place = "central" },
    { constant = "moving rate", low = 0.09, high = 0.01 },
    { constant = "birth rate", distribution = "normal" },
]
[record]
indicators = ["peeple"]
"""
        )
    )
    for place, what in (
        (":8:1:", "no key 'sed'"),
        (":7:8:", "no power of two"),
        (":10:18:", "did you mean 'death rate'"),
        (":11:39:", "outside [0, 0.2]"),
        (":12:41:", "does not reach 'central'"),
        (":13:39:", "not below high"),
        (":14:47:", "needs its deviation"),
        (":17:15:", "'people'"),
    ):
        assert any(
            place in line and what.casefold() in line.casefold()
            for line in text.splitlines()
        ), (place, what, text)


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ('lever = "service_access", high = 0.9', "floor and ceiling of the lever"),
        (
            'lever = "service_access", part = "start", '
            'distribution = "discrete", values = [2021, 2030]',
            "allows",
        ),
        ('constant = "birth rate", apply = "factor", low = 1, high = 90', "become"),
        ('constant = "birth rate", apply = "factor", high = 1', "low is missing"),
        ('constant = "death rate", lever = "service_access"', "either"),
        ('constant = "death rate", part = "start"', "a constant has no start"),
        ('constant = "death rate", mode = 0.1', "uniform distribution has no mode"),
        ('constant = "births"', "the model computes it"),
        ('lever = "service_access", part = "start"', "is a year"),
        (
            'constant = "service access start", apply = "offset", '
            'distribution = "discrete", values = [1]',
            "is a year",
        ),
        ('constant = "birth rate", place = "rome"', "no place 'rome'"),
        ('constant = "death rate", distribution = "discrete"', "needs its values"),
        (
            'constant = "death rate", distribution = "discrete", values = [0.1, 0.3]',
            "outside [0, 0.2]",
        ),
        (
            'constant = "death rate", distribution = "triangular", mode = 0.3',
            "the mode 0.3 is outside",
        ),
    ],
)
def test_an_input_that_does_not_fit_is_refused(
    write: Write, given: str, what: str
) -> None:
    assert what in faults(write(small(given)))


def test_years_may_be_listed(write: Write) -> None:
    given = 'lever = "service_access", part = "start", distribution = "discrete", '
    sweep = read_sweep(str(write(small(given + "values = [2023, 2024]"))))
    assert sweep.inputs[0].distribution.high == 2024


def test_a_constant_that_decides_on_structure_is_refused(
    write: Write, towns: Path
) -> None:
    model = towns / "towns.mdl"
    text = model.read_text(encoding="utf-8")
    order = "order of delay= 3\n\t~\t1 [1,9]\n\t~\tHow many levels.\n\t|\n\n"
    slow = (
        "slow moving rate[region]=\n\tDELAY N(moving rate[region], 2, moving "
        "rate[region], order of delay)\n\t~\t1/year\n\t~\tLate.\n\t|\n\n"
    )
    model.write_text(text.replace("{UTF-8}\n", "{UTF-8}\n" + order + slow, 1), "utf-8")
    text = faults(write(small('constant = "order of delay"')))
    assert "decides how many levels a delay has" in text


def test_two_inputs_may_not_set_the_same_place(write: Write) -> None:
    one = 'constant = "birth rate", place = "outer", id = "a"'
    other = 'constant = "birth rate", place = "fuling", id = "b"'
    assert "set the same constant" in faults(write(small(one, other)))


@pytest.mark.parametrize(
    ("record", "what"),
    [
        ("indicators = ['people']\nyears = [2077]", "no run saves 2077"),
        ("targets = false", "nothing of a run is recorded"),
        ("variables = ['TIME STEP']", "no variable 'TIME STEP'"),
        ("scopes = ['rome']", "no scope 'rome'"),
    ],
)
def test_what_cannot_be_recorded_is_refused(
    write: Write, record: str, what: str
) -> None:
    text = small('constant = "death rate"', more=f"[record]\n{record}\n")
    assert what in faults(write(text))


@pytest.mark.parametrize("pairs", [["death rate", "death rate"], ["death rate", "a"]])
def test_each_pair_is_correlated_once(write: Write, pairs: list[str]) -> None:
    one, other = (f'"{name}"' for name in pairs)
    more = "".join(
        f"[[correlation]]\nbetween = [{pair}]\nvalue = 0.4\n"
        for pair in (f"{one}, {other}", f"{other}, {one}")
    )
    inputs = ('constant = "death rate"', 'constant = "moving rate", id = "a"')
    assert "each pair of two inputs once" in faults(write(small(*inputs, more=more)))


def test_correlations_that_contradict_each_other_are_refused(write: Write) -> None:
    inputs = [
        f'constant = "moving rate", place = "{town}", id = "{town}"'
        for town in ("yuzhong", "fuling", "guangan")
    ]
    pairs = (("yuzhong", "fuling", 0.9), ("fuling", "guangan", 0.9))
    more = "".join(
        f'[[correlation]]\nbetween = ["{a}", "{b}"]\nvalue = {value}\n'
        for a, b, value in (*pairs, ("yuzhong", "guangan", -0.9))
    )
    assert "contradict" in faults(write(small(*inputs, more=more)))


def test_a_grid_takes_no_size_and_no_curved_distribution(write: Write) -> None:
    given = 'constant = "death rate", distribution = "triangular"'
    text = faults(write(small(given, design="grid")))
    assert "as many points as its levels" in text
    assert "uniform and discrete inputs only" in text


def test_bases_of_different_times_do_not_go_together(
    write: Write, towns: Path, body: str
) -> None:
    (towns / "late.toml").write_text(
        'id = "late"\ntitle = { zh = "晚", en = "Late" }\nextends = "base.toml"\n'
        "[time]\nend = 2030\n",
        encoding="utf-8",
    )
    text = faults(write(body, '["base.toml", "late.toml"]'))
    assert "another time" in text


def test_a_posterior_names_constants_of_the_model(write: Write, towns: Path) -> None:
    (towns / "draws.csv").write_text("death rate,magic\n0.1,2\n0.2,x\n")
    body = 'design = "random"\nsize = 4\nposterior = "draws.csv"\n'
    text = faults(write(body))
    assert "no constant 'magic'" in text
    (towns / "draws.csv").write_text("death rate\n0.1\n0.3\n")
    assert "sets 'death rate' to 0.3, outside [0, 0.2]" in faults(write(body))
    (towns / "draws.csv").write_text("death rate,magic\n0.1,2\n0.2,x\n")
    text = faults(write(body))
    assert "finite numbers" in text


@pytest.mark.parametrize(
    ("draws", "what"),
    [
        ("death rate,weight\n0.1,0\n0.2,0\n", "all weights are 0"),
        ("death rate,weight\n0.1,1\n0.2,-1\n", "a weight is negative"),
        ("weight\n1\n2\n", "no column is a constant"),
    ],
)
def test_draws_that_say_nothing_are_refused(
    write: Write, towns: Path, draws: str, what: str
) -> None:
    (towns / "draws.csv").write_text(draws)
    text = faults(write('design = "random"\nsize = 4\nposterior = "draws.csv"\n'))
    assert "draws.csv" in text
    assert what in text


BODY = 'design = "random"\nsize = 4\nposterior = "mine_draws.csv"\n'


@pytest.mark.parametrize(
    ("beside", "more", "weighed"),
    [
        (None, "", False),
        ("NOW", "", True),
        ("NOW", 'input = [ { constant = "moving rate" } ]\n', False),
        ("another", "", False),
    ],
)
def test_only_a_whole_posterior_that_says_it_is_of_this_model_gives_probabilities(
    write: Write, towns: Path, beside: str | None, more: str, weighed: bool
) -> None:
    (towns / "metro.mdl").write_bytes((towns / "towns.mdl").read_bytes())
    copy(data_folder("model") / "ledger.toml", towns)
    (towns / "mine_draws.csv").write_text("death rate\n0.01\n0.02\n", "utf-8")
    if beside is not None:
        row = beside.replace("NOW", run_id_of(Case.load(towns)))
        text = f"constant,run_id\ndeath rate,{row}\n"
        (towns / "mine.csv").write_text(text, encoding="utf-8")
    sweep = read_sweep(str(write(BODY + more)))
    assert sweep.is_probability == weighed
    assert bool(sweep.notes) == (beside != "NOW")
    assert all("cqsim calibrate --posterior" in note for note in sweep.notes)


def test_the_shipped_posterior_is_run_in_equal_parts_and_says_what_it_is_from() -> None:
    sweep = read_sweep("posterior")
    assert sweep.posterior is not None
    current = sweep.posterior.provenance.run_id == run_id_of(
        Case.load(data_folder("model"))
    )
    assert sweep.is_probability == current
    assert bool(sweep.notes) != current
    points = sweep.design.points(0, sweep.points)
    rows = sweep.posterior.rows(points[:, 0])
    found, counts = np.unique(rows, axis=0, return_counts=True)
    # A particle that was drawn twice counts twice.
    draws, times = np.unique(sweep.posterior.draws, axis=0, return_counts=True)
    np.testing.assert_array_equal(found, draws)
    assert counts.tolist() == (5 * times).tolist()
    assert times.sum() == len(sweep.posterior.draws)


VALUES = (
    *("3", "-1", "inf", "true", "2024-01-01", '"x"', '""', "[]", '["x"]', "[1]"),
    *("{}", "{ a = 1 }", "[{}]", "[{ a = 1 }]", '{ years = 1, targets = "x" }'),
    *('[{ constant = "death rate", low = "x" }]', '[{ between = ["a", 1] }]'),
)


@pytest.mark.parametrize("key", [*SweepFile.model_fields, "sed"])
def test_any_value_of_a_key_is_read_or_refused_with_its_place(
    towns: Path, key: str
) -> None:
    given = {
        "id": '"mine"',
        "title": '{ zh = "我的", en = "Mine" }',
        "bases": '["base.toml"]',
        "design": '"random"',
        "size": "4",
        "input": '[{ constant = "death rate" }]',
    }
    path = towns / "sweep.toml"
    for value in VALUES:
        lines = (f"{name} = {text}\n" for name, text in {**given, key: value}.items())
        path.write_text("".join(lines), encoding="utf-8")
        said = f"{path}:"
        try:
            read_sweep(str(path))
        except FaultsError as error:
            said = str(error)
        assert said.startswith(f"{path}:"), (value, said)


def test_a_sweep_that_is_not_there_is_named() -> None:
    with pytest.raises(InputFileError, match=r"no such sweep file\. Those of the case"):
        read_sweep("nowhere")
