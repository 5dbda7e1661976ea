from collections.abc import Callable

import pytest

from cqsim.case.scenario import read_scenario
from cqsim.errors import FaultsError, InputFileError

Write = Callable[..., str]

# What a file says after its first three lines, and what must be said of it.
FAULTS = {
    "an unknown key": ("colour = 1\n", r"mine.toml:4:1: there is no key 'colour'"),
    "a key nearly right": (
        "[time]\nstrat = 2020\n",
        r"mine.toml:5:1: .*'strat'.*Did you mean 'start'",
    ),
    "an unknown constant": (
        "[constants]\n'deth rate' = 0.1\n",
        r"mine.toml:5:1: the model has no constant 'deth rate'. Did you mean 'death",
    ),
    "a variable that is computed": (
        "[constants]\nPopulation = 1\n",
        r":5:1: 'Population' is a stock: the model computes it",
    ),
    "a time among constants": (
        "[constants]\n'TIME STEP' = 1\n",
        r":5:1: 'TIME STEP' is a time of the run.*Set the start, end or step",
    ),
    "a value out of range": (
        "[constants]\n'death rate' = 0.3\n",
        r":5:16: constants.death rate = 0.3 is outside \[0, 0.2\] 1/year",
    ),
    "text where a number belongs": (
        "[constants]\n'death rate' = '0.1'\n",
        r":5:16: constants.death rate must be a number, not the text '0.1'",
    ),
    "true where a number belongs": (
        "[constants]\n'death rate' = true\n",
        r":5:16: constants.death rate must be a number, not true",
    ),
    "no number": (
        "[constants]\n'death rate' = nan\n",
        r":5:16: constants.death rate must be a finite number, not nan",
    ),
    "an unknown region": (
        "[constants]\n'birth rate' = { yuzong = 0.01 }\n",
        r":5:18: 'birth rate\[region\]' has no place 'yuzong'. Did you mean 'yuzhong'",
    ),
    "a region of a plain constant": (
        "[constants]\n'death rate' = { fuling = 0.01 }\n",
        r":5:18: 'death rate' has one value, and none for 'fuling'",
    ),
    "one region out of range": (
        "[constants]\n'birth rate' = { outer = 0.01, fuling = 7 }\n",
        r":5:41: constants.birth rate.fuling = 7 is outside \[0, 0.1\] 1/year",
    ),
    "text in a table": (
        "[constants]\n'birth rate' = { outer = 'x' }\n",
        r":5:26: constants.birth rate.outer must be a number",
    ),
    "an empty table": ("[constants]\n'birth rate' = {}\n", r":5:16: .* empty table"),
    "an unknown lever": (
        "[levers.service_acess]\nvalue = 0.5\n",
        r":4:9: there is no lever 'service_acess'. Did you mean 'service_access'",
    ),
    "a lever over its ceiling": (
        "[levers]\nservice_access = { value = 0.9 }\n",
        r":5:28: levers.service_access.value = 0.9 is outside \[0, 0.8\] 1",
    ),
    "a lever's constant over the ceiling": (
        "[constants]\n'service access' = 0.9\n",
        r":5:20: .*0.9 is outside \[0, 0.8\] 1, floor and ceiling of the lever",
    ),
    "a lever where it does not reach": (
        "[levers.service_access.value]\ncentral = 0.5\n",
        r":5:1: the lever service_access does not reach 'central'",
    ),
    "a lever before its time": (
        "[levers.service_access]\nstart = 2022\n",
        r":5:9: levers.service_access.start = 2022 is outside \[2023, 2060\] year",
    ),
    "a ramp out of range": (
        "[levers.service_access]\nramp = 0\n",
        r":5:8: levers.service_access.ramp = 0 is outside \[1, 20\] year",
    ),
    "a lever that sets nothing": (
        "[levers.service_access]\n",
        r":4:9: levers.service_access sets nothing",
    ),
    "a lever and its constant": (
        "[constants]\n'service access' = 0.1\n[levers.service_access]\nvalue = 0.2\n",
        r":5:1: 'service access' is set here and by levers.service_access",
    ),
    "an end before the start": (
        "[time]\nstart = 2020\nend = 2020\n",
        r":6:7: time.end = 2020 is not after time.start = 2020",
    ),
    "a start that the model lacks": (
        "[time]\nstart = 2005\n",
        r":5:9: time.start = 2005 is outside \[2010, 2020\]",
    ),
    "a year in quotes": (
        "[time]\nend = '2030'\n",
        r":5:7: time.end must be a whole number, not the text '2030'",
    ),
    "half a year": ("[time]\nend = 2030.5\n", r":5:7: time.end .*whole number"),
    "a step that is no power of two": (
        "[time]\nstep = 0.1\n",
        r":5:8: time.step = 0.1: it should be 1, 0.5, 0.25",
    ),
    "a table that is a number": ("levers = 3\n", r":4:10: levers must be a table"),
    "no TOML": ("x = = 3\n", r"mine.toml:4:5: this is not TOML"),
    "a key twice": ("[time]\nend = 2030\nend = 2031\n", r":6:11: this is not TOML"),
    "a string without end": ("x = 'a", r":4:7: this is not TOML"),
    "a base that is not there": (
        "extends = 'nowhere'\n",
        r":4:11: extends: there is no scenario file .*nowhere",
    ),
    "itself as base": (
        "extends = 'mine.toml'\n",
        r":4:11: extends: .* in a ring: mine.toml → mine.toml",
    ),
}


@pytest.mark.parametrize(("body", "said"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_named_with_its_place_and_remedy(
    write: Write, body: str, said: str
) -> None:
    with pytest.raises(FaultsError, match=said):
        read_scenario(write(body))


def test_all_faults_of_a_file_are_said_at_once_in_its_order(write: Write) -> None:
    path = write(
        "colour = 1\n[time]\nend = 'x'\n"
        "[constants]\n'deth rate' = 1\n'death rate' = 9\n"
        "[levers.nothing]\nvalue = 1\n"
    )
    with pytest.raises(FaultsError) as caught:
        read_scenario(path)
    places = [
        line.removeprefix(path + ":").split(" ")[0] for line in caught.value.args[0]
    ]
    assert places == ["4:1:", "6:7:", "8:1:", "9:16:", "10:9:"]


def test_columns_count_characters_not_bytes(write: Write) -> None:
    path = write("summary = { zh = '重庆', en = 3 }\n")
    with pytest.raises(FaultsError, match=r"mine.toml:4:29: summary.en must be text"):
        read_scenario(path)


def test_what_is_missing_is_asked_for(write: Write) -> None:
    path = write(head="", body='title = { zh = "一" }\n')
    with pytest.raises(FaultsError) as caught:
        read_scenario(path)
    assert "'id' is missing. Add 'id' to the file" in str(caught.value)
    assert ":1:1: 'title.en' is missing. Add 'en'" in str(caught.value)


def test_a_file_that_is_not_there_is_named(write: Write) -> None:
    with pytest.raises(InputFileError, match=r"none.toml: there is no such sc"):
        read_scenario("none.toml")


def test_a_model_that_is_not_there_is_a_fault_of_its_line(write: Write) -> None:
    path = write(head='id = "x"\ntitle = { zh = "x", en = "x" }\nmodel = "no.mdl"\n')
    with pytest.raises(FaultsError, match=r"mine.toml:3:9: model: there is no model"):
        read_scenario(path)


def test_scenarios_that_extend_each_other_in_a_ring_are_refused(write: Write) -> None:
    write("extends = 'b.toml'\n", name="a.toml")
    write("extends = 'c.toml'\n", name="b.toml")
    path = write("extends = 'a.toml'\n", name="c.toml")
    with pytest.raises(FaultsError, match=r"ring: c.toml → a.toml → b.toml → c.toml"):
        read_scenario(path)


def test_a_fault_of_the_base_is_said_with_the_base_s_name(write: Write) -> None:
    write("[constants]\nnothing = 1\n", name="base2.toml")
    path = write("extends = 'base2.toml'\n")
    with pytest.raises(FaultsError, match=r"base2.toml:5:1: .*no constant 'nothing'"):
        read_scenario(path)
