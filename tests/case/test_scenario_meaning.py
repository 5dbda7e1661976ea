from collections.abc import Callable
from pathlib import Path

import pytest

from cqsim.case.scenario import read_scenario
from cqsim.errors import CqsimError, FaultsError, InputFileError

Write = Callable[..., str]
TOWNS = ("yuzhong", "fuling", "guangan")


def test_a_scenario_sets_constants_by_the_names_of_the_model(write: Write) -> None:
    scenario = read_scenario(write("[constants]\nDeath_Rate = 0.02\n"))
    assert scenario.settings == {"death rate": 0.02}


def test_a_region_beats_its_ring_whatever_their_order(write: Write) -> None:
    body = "[constants]\n'birth rate' = { fuling = 0.02, outer = 0.03 }\n"
    scenario = read_scenario(write(body))
    assert scenario.settings["birth rate"] == {"fuling": 0.02, "guangan": 0.03}


def test_a_part_of_two_axes_names_all_places_of_the_other(write: Write) -> None:
    body = "[constants]\n'initial people' = { urban = 1, 'fuling,urban' = 2 }\n"
    scenario = read_scenario(write(body))
    assert scenario.settings["initial people"] == {
        "yuzhong,urban": 1.0,
        "fuling,urban": 2.0,
        "guangan,urban": 1.0,
    }


def test_a_lever_moves_its_constants_where_it_reaches(write: Write) -> None:
    body = "[levers.service_access]\nvalue = 0.5\nstart = 2024\nramp = 3\n"
    scenario = read_scenario(write(body))
    assert scenario.settings == {
        "service access": {"fuling": 0.5, "guangan": 0.5},
        "service access start": 2024.0,
        "service access ramp": 3,
    }


def test_a_scenario_has_what_it_extends_under_its_own(write: Write) -> None:
    write(
        "[time]\nend = 2030\nstep = 0.5\n[constants]\n'death rate' = 0.02\n"
        "'birth rate' = { central = 0.01, outer = 0.02 }\n"
        "[levers.service_access]\nvalue = 0.5\nstart = 2024\n",
        name="below.toml",
    )
    body = (
        "extends = 'below.toml'\n[time]\nend = 2031\n"
        "[constants]\n'birth rate' = { outer = 0.03 }\n"
        "[levers.service_access]\nvalue = 0.4\n"
    )
    scenario = read_scenario(write(body))
    assert (scenario.id, scenario.end, scenario.step) == ("mine", 2031, 0.5)
    assert scenario.settings["death rate"] == 0.02
    assert scenario.settings["birth rate"] == {
        "fuling": 0.03,
        "guangan": 0.03,
        "yuzhong": 0.01,
    }
    assert scenario.settings["service access start"] == 2024.0
    assert scenario.settings["service access"] == {"fuling": 0.4, "guangan": 0.4}
    assert [path.name for path in scenario.files] == ["below.toml", "mine.toml"]


BELOW = """id = "below"
title = { zh = "下", en = "Below" }
model = "towns.mdl"
"""
SET = "[constants]\n'service access' = 0.2"
PULLED = "[levers.service_access]\nvalue = 0.4"
ABOVE = "extends = 'below.toml'\n"


@pytest.mark.parametrize(
    ("below", "above", "values"),
    [
        ("0.01", "{ fuling = 0.03 }", (0.01, 0.03, 0.01)),
        ("{ outer = 0.02 }", "{ fuling = 0.03 }", (None, 0.03, 0.02)),
        ("{ fuling = 0.03 }", "{ outer = 0.02 }", (None, 0.02, 0.02)),
        ("{ outer = 0.02, yuzhong = 0.01 }", "0.04", (0.04, 0.04, 0.04)),
    ],
)
def test_what_a_scenario_does_not_name_stays_as_its_base_has_it(
    write: Write, below: str, above: str, values: tuple[float | None, ...]
) -> None:
    write(f"[constants]\n'birth rate' = {below}\n", "below.toml", BELOW)
    path = write(f"{ABOVE}[constants]\n'Birth_rate' = {above}\n")
    amount = read_scenario(path).settings["birth rate"]
    found = amount if isinstance(amount, dict) else dict.fromkeys(TOWNS, amount)
    assert tuple(found.get(town) for town in TOWNS) == values


@pytest.mark.parametrize(
    ("below", "above", "values"),
    [
        (PULLED, "value = { fuling = 0.5 }", (0.5, 0.4)),
        (SET, "value = { fuling = 0.5 }", (0.5, 0.2)),
        (SET, "value = 0.5", (0.5, 0.5)),
    ],
)
def test_a_lever_lies_over_what_its_base_sets(
    write: Write, below: str, above: str, values: tuple[float, ...]
) -> None:
    write(f"{below}\n", "below.toml", BELOW)
    scenario = read_scenario(write(f"{ABOVE}[levers.service_access]\n{above}\n"))
    amount = scenario.settings["service access"]
    assert isinstance(amount, dict)
    assert tuple(amount[town] for town in ("fuling", "guangan")) == values
    assert amount.get("yuzhong") == (0.2 if below == SET else None)


def test_a_constant_lies_over_the_lever_of_its_base(write: Write) -> None:
    write("[levers.service_access]\nvalue = 0.4\n", "below.toml", BELOW)
    path = write(f"{ABOVE}[constants]\n'service access' = {{ yuzhong = 0.1 }}\n")
    scenario = read_scenario(path)
    assert scenario.settings["service access"] == {
        "yuzhong": 0.1,
        "fuling": 0.4,
        "guangan": 0.4,
    }
    assert not scenario.levers


def test_a_target_with_another_end_than_in_the_base_is_one_message(
    write: Write,
) -> None:
    own = "[targets.mine]\nindicator = 'urban_share'\nyear = 2030\n"
    write(f"{own}at_least = 70.0\n", "below.toml", BELOW)
    path = write(f"{ABOVE}{own}at_most = 90.0\n")
    with pytest.raises(FaultsError, match=r"mine\.toml:5:10: .*at_least and at_most"):
        read_scenario(path)


def test_a_base_brings_its_model_from_its_own_folder(write: Write, towns: Path) -> None:
    (towns / "more").mkdir()
    head = 'id = "child"\ntitle = { zh = "子", en = "Child" }\n'
    path = write("extends = '../base.toml'\n", name="more/child.toml", head=head)
    assert read_scenario(path).model.path == towns / "towns.mdl"


def test_a_scenario_in_gb18030_is_read(write: Write, towns: Path) -> None:
    path = write("summary = { zh = '綦江与璧山', en = 'two' }\n")
    text = Path(path).read_text(encoding="utf-8")
    Path(path).write_bytes(text.encode("gb18030"))
    assert read_scenario(path).summary["zh"] == "綦江与璧山"


def test_bytes_of_another_encoding_are_refused_not_garbled(write: Write) -> None:
    path = Path(write())
    path.write_bytes(path.read_bytes() + "# départ éà".encode("latin-1"))
    with pytest.raises(InputFileError, match=r"mine.toml:4: .*neither UTF-8 nor GB180"):
        read_scenario(str(path))


def test_text_in_utf_16_is_refused(write: Write) -> None:
    path = Path(write())
    path.write_bytes(path.read_text(encoding="utf-8").encode("utf-16"))
    with pytest.raises(InputFileError, match="Save the file as UTF-8"):
        read_scenario(str(path))


def test_the_command_line_sets_a_region_over_the_rest(write: Write) -> None:
    scenario = read_scenario(write("[constants]\n'birth rate' = 0.01\n"))
    settings = ["Birth_Rate[outer]=0.02", "birth rate[fuling] = 0.03"]
    chosen = scenario.with_overrides(settings)
    assert chosen.settings["birth rate"] == {
        "yuzhong": 0.01,
        "fuling": 0.03,
        "guangan": 0.02,
    }
    assert scenario.settings == {"birth rate": 0.01}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("death rate", "this is not a setting"),
        ("death rate=", "'' is not a finite number"),
        ("death rate=lots", "'lots' is not a finite number"),
        ("death rate=nan", "'nan' is not a finite number"),
        ("death rate=0_1", "'0_1' is not a finite number"),
        ("deth rate=0.1", "no constant 'deth rate'. Did you mean 'death rate'"),
        ("Population=3", "is a stock"),
        ("death rate=9", r"9 is outside \[0, 0.2\] 1/year"),
        ("service access=0.9", r"0.9 is outside \[0, 0.8\] 1, floor and ceiling"),
        ("death rate[fuling]=0.1", "has one value"),
        ("birth rate[fulin]=0.01", "Did you mean 'fuling'"),
        ("birth rate[]=0.01", "has no place ''"),
    ],
)
def test_a_wrong_setting_is_refused(write: Write, text: str, said: str) -> None:
    with pytest.raises(CqsimError, match=said):
        read_scenario(write()).with_overrides([text])


@pytest.mark.parametrize(
    "text",
    ["death rate=0.01", "birth rate[fuling]=0.008", "moving rate[outer]=0.01"],
)
def test_a_setting_that_changes_nothing_is_said(write: Write, text: str) -> None:
    (note,) = read_scenario(write()).with_overrides([text]).notes
    assert (
        note == f'--set "{text}" changes nothing: this is the value that holds anyway'
    )


def test_a_setting_that_changes_something_is_not_remarked_on(write: Write) -> None:
    settings = ["death rate=0.02", "birth rate[fuling]=0.009", "moving rate=0.01"]
    assert read_scenario(write()).with_overrides(settings).notes == ()


def test_a_constant_that_feeds_nothing_is_said(write: Write, towns: Path) -> None:
    model = towns / "towns.mdl"
    text = model.read_text(encoding="utf-8")
    idle = "idle=\n\t1\n\t~\t1\n\t~\t.\n\t|\n\nINITIAL TIME="
    model.write_text(text.replace("INITIAL TIME=", idle), encoding="utf-8")
    (note,) = read_scenario(write()).with_overrides(["idle=2"]).notes
    assert "nothing in the model depends on 'idle'" in note
