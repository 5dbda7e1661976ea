from collections.abc import Callable
from pathlib import Path

import pytest

from cqsim.case.load import read_scenario
from cqsim.case.overrides import overridden
from cqsim.errors import CqsimError, InputFileError

Write = Callable[..., str]


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
    chosen = overridden(
        scenario, ["Birth_Rate[outer]=0.02", "birth rate[fuling] = 0.03"]
    )
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
        overridden(read_scenario(write()), [text])


@pytest.mark.parametrize(
    "text",
    ["death rate=0.01", "birth rate[fuling]=0.008", "moving rate[outer]=0.01"],
)
def test_a_setting_that_changes_nothing_is_said(write: Write, text: str) -> None:
    (note,) = overridden(read_scenario(write()), [text]).notes
    assert (
        note == f'--set "{text}" changes nothing: this is the value that holds anyway'
    )


def test_a_setting_that_changes_something_is_not_remarked_on(write: Write) -> None:
    settings = ["death rate=0.02", "birth rate[fuling]=0.009", "moving rate=0.01"]
    assert overridden(read_scenario(write()), settings).notes == ()


def test_a_constant_that_feeds_nothing_is_said(write: Write, towns: Path) -> None:
    model = towns / "towns.mdl"
    text = model.read_text(encoding="utf-8")
    idle = "idle=\n\t1\n\t~\t1\n\t~\t.\n\t|\n\nINITIAL TIME="
    model.write_text(text.replace("INITIAL TIME=", idle), encoding="utf-8")
    (note,) = overridden(read_scenario(write()), ["idle=2"]).notes
    assert "nothing in the model depends on 'idle'" in note
