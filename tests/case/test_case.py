from pathlib import Path
from shutil import copytree

import pytest

from cqsim.case.case import Case
from cqsim.case.scenario import read_scenario, read_scenarios
from cqsim.errors import CqsimError, FaultsError, InputFileError
from cqsim.resources import data_folder


def changed(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_case_is_that_of_the_nearest_file_above(towns: Path) -> None:
    (towns / "deep" / "er").mkdir(parents=True)
    assert Case.load(towns / "deep" / "er").folder == towns
    assert Case.load(towns / "towns.mdl").about.id == "towns"


def test_without_such_a_file_it_is_the_shipped_one(tmp_path: Path) -> None:
    assert Case.load(tmp_path).model_path == Case.load(data_folder("model")).model_path


def test_a_loose_model_in_the_working_folder_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "loose.mdl").write_text("", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert Case.load().model_path == Case.load(data_folder("model")).model_path


def test_the_model_may_have_any_name(towns: Path) -> None:
    (towns / "towns.mdl").rename(towns / "mine.mdl")
    changed(towns / "case.toml", 'model = "towns.mdl"', 'model = "mine.mdl"')
    assert Case.load(towns).model_path == towns / "mine.mdl"
    assert Case.load(towns).complete().regions == ("yuzhong", "fuling", "guangan")


def test_a_copy_of_a_model_alone_takes_the_only_file(tmp_path: Path) -> None:
    folder = Path(copytree(data_folder("model"), tmp_path / "model"))
    old = Case.load().model_path.name
    (folder / old).rename(folder / "mine.mdl")
    assert Case.load(folder).model_path == folder / "mine.mdl"
    (folder / "other.mdl").write_text("", encoding="utf-8")
    with pytest.raises(InputFileError, match=r"several models: mine\.mdl, other\.mdl"):
        Case.load(folder)


def test_scopes_are_those_of_the_files(towns: Path) -> None:
    case = Case.load(towns)
    assert case.whole == "metro"
    assert case.boundaries == ("metro", "cq21", "central")
    assert case.parts == ("central", "fulcrum", "northern")
    assert case.table_scopes == ("metro", "central", "fulcrum", "northern")
    parts = [region for part in case.parts for region in case.scopes[part]]
    assert sorted(parts) == sorted(case.regions) == sorted(case.scopes[case.whole])


def test_the_parts_of_the_shipped_case_make_up_the_whole_without_overlap() -> None:
    case = Case.load()
    parts = [region for part in case.parts for region in case.scopes[part]]
    assert sorted(parts) == sorted(case.regions)
    assert case.areas == ("chongqing",)


def test_a_missing_register_is_empty(towns: Path) -> None:
    for name in ("targets.toml", "indicators.toml", "levers.toml"):
        (towns / name).unlink()
    case = Case.load(towns).complete()
    assert not case.targets
    assert not case.levers
    with pytest.raises(InputFileError, match=r"levers\.toml: cqsim x needs this file"):
        case.needed("levers.toml", "cqsim x")


def test_targets_of_a_scenario_stand_after_those_of_the_register(towns: Path) -> None:
    body = """id = "mine"
title = { zh = "我", en = "Mine" }
[targets.more]
indicator = "people"
year = 2030
at_least = 1.0
"""
    (towns / "mine.toml").write_text(body, encoding="utf-8")
    case = read_scenario(str(towns / "mine.toml")).case
    assert list(case.targets)[-1] == "more"
    assert case.targets["more"].evidence == "analyst"
    assert case.targets["more"].scope == "metro"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("base = 2020", "base = 2030", r"case\.toml:\d+:\d+: .*in this order"),
        ("own = true", "own = false", r"one class with own = true"),
        ('clause = "T[0-9]{3}"', 'clause = "T[0-9"', r"be a regular expression"),
        ("plan_end", "plan_ends", r"Did you mean .*'plan_end'"),
        ("known_until = 2022\n", "", r"'years\.known_until' is missing"),
        ('"analyst"', '"plan-numeric"', r"classes with different ids"),
    ],
)
def test_a_fault_of_the_case_is_named_with_its_place(
    towns: Path, old: str, new: str, message: str
) -> None:
    changed(towns / "case.toml", old, new)
    with pytest.raises(FaultsError, match=message):
        Case.load(towns)


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("regions.csv", "fuling,fulcrum\n", "", r"no row for fuling, which the model"),
        ("regions.csv", "fuling", "fulin", r"no row for fuling"),
        ("indicators.toml", "urban population", "urban peple", r"no variable"),
        ("levers.toml", 'scope = ["outer"]', 'scope = ["outr"]', r"no place 'outr'"),
    ],
)
def test_a_register_that_does_not_fit_the_model_is_refused(
    towns: Path, name: str, old: str, new: str, message: str
) -> None:
    changed(towns / name, old, new)
    with pytest.raises(CqsimError, match=message):
        Case.load(towns).complete()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("own = true", "", r"case\.toml:1:1: the file should have one class with own"),
        ("outlook = ", "outlook = 1999 # ", r"\[years\] should have base, .* in this"),
    ],
)
def test_what_a_table_lacks_as_a_whole_is_said_of_the_table(
    towns: Path, old: str, new: str, said: str
) -> None:
    changed(towns / "case.toml", old, new)
    with pytest.raises(FaultsError, match=said) as caught:
        Case.load(towns)
    assert "= a table" not in str(caught.value)


@pytest.mark.parametrize(
    "name", ["targets.toml", "levers.toml", "scopes.csv", "regions.csv"]
)
def test_a_folder_in_place_of_a_register_is_not_taken_for_none(
    towns: Path, name: str
) -> None:
    (towns / name).unlink()
    (towns / name).mkdir()
    with pytest.raises(InputFileError, match=rf"{name}: this is a folder"):
        Case.load(towns).complete()


def test_a_source_that_the_case_does_not_list_is_named(towns: Path) -> None:
    _ = Case.load(towns).targets
    head = "source_id,kind,title,publisher,date,address\n"
    (towns / "sources.csv").write_text(f"{head}analyze,analyst,x,,,\n", "utf-8")
    with pytest.raises(FaultsError, match=r"toml:19:12: .*no source 'analyst'\. Did"):
        _ = Case.load(towns).targets


def test_scenarios_of_one_model_share_what_is_read_of_its_case() -> None:
    one, other = read_scenarios(["baseline", "plan"])
    assert one.model is other.model
    assert one.case.levers is other.case.levers
    assert one.case.indicators is other.case.indicators
