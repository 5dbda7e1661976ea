import pytest

from cqsim.errors import CqsimError
from cqsim.language.syntax import Conveyor, Number, Reference
from xmile_text import by_name, read, text_of

BELT = """<stock name="belt"><eqn>30</eqn><inflow>on</inflow><outflow>off</outflow>
<outflow>lost</outflow><conveyor><len>3</len></conveyor><non_negative/></stock>
<flow name="on"><eqn>6</eqn></flow><flow name="off"/>
<flow name="lost"><eqn>0.1</eqn><leak/></flow>"""


def refusal(variables: str) -> str:
    with pytest.raises(CqsimError) as caught:
        read(variables)
    return str(caught.value)


def conveyor(variables: str) -> Conveyor:
    found = by_name(read(variables))["belt"].conveyor
    assert found is not None
    return found


def test_a_conveyor_has_a_transit_time_and_leaks() -> None:
    found = conveyor(BELT)
    assert found == Conveyor(Number(0, 0, 3.0), leaks=(("lost", Number(0, 0, 0.1)),))


def test_a_conveyor_s_parts_lie_in_its_text() -> None:
    belt = by_name(read(BELT))["belt"]
    assert belt.conveyor is not None
    assert belt.source.text == "INTEG(on - off - lost, 30), len: 3, lost: 0.1"
    assert text_of(belt, belt.conveyor.leaks[0][1]) == "0.1"
    assert belt.value is not None
    assert text_of(belt, belt.value) == "INTEG(on - off - lost, 30)"


def test_what_a_conveyor_moves_has_no_value_of_its_own() -> None:
    found = by_name(
        read(BELT.replace('<flow name="off"/>', '<flow name="off"><eqn>0</eqn></flow>'))
    )
    assert found["off"].value is None
    assert found["lost"].value is None
    assert found["on"].value == Number(0, 0, 6.0)


def test_a_conveyor_is_not_non_negative() -> None:
    assert by_name(read(BELT))["belt"].non_negative is False


def test_capacity_limit_and_exponential_leakage_are_read() -> None:
    text = BELT.replace("<conveyor>", "<conveyor exponential_leak='true'>")
    text = text.replace("</len>", "</len><capacity>9</capacity><in_limit>on</in_limit>")
    found = conveyor(text)
    assert found.capacity == Number(0, 0, 9.0)
    assert found.inflow_limit == Reference(0, 0, "on")
    assert found.is_exponential


def test_outflows_after_the_first_leak_where_none_says_so() -> None:
    text = BELT.replace("<eqn>0.1</eqn><leak/>", "<eqn>0.1</eqn>")
    assert conveyor(text).leaks[0][0] == "lost"


def test_a_leak_can_hold_its_share() -> None:
    text = BELT.replace("<eqn>0.1</eqn><leak/>", "<leak>0.2</leak>")
    assert conveyor(text).leaks[0][1] == Number(0, 0, 0.2)


@pytest.mark.parametrize(
    "option", ["<arrest>0</arrest>", "<sample>1</sample>", "<arrest/>", "<sample/>"]
)
def test_a_condition_that_never_acts_is_taken(option: str) -> None:
    conveyor(BELT.replace("</len>", f"</len>{option}"))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("</len>", "</len><arrest>on</arrest>", "<arrest> that acts"),
        ("</len>", "</len><sample>0</sample>", "<sample> that acts"),
        ("<len>3</len>", "", "no transit time"),
        ("<conveyor>", "<conveyor discrete='true'>", "discrete conveyor"),
        ("<leak/>", "<leak/><leak_integers/>", "whole units"),
        ('name="lost"', 'name="lost" leak_start="0.5"', "part of the conveyor"),
        ('name="on"', 'name="on" isee:spreadflow="even"', "spreads over"),
        (
            'name="off"/>',
            'name="off"><leak>0.1</leak></flow>',
            "one outflow at its end",
        ),
        ("<eqn>0.1</eqn>", "", "what share"),
    ],
)
def test_what_is_not_run_of_a_conveyor_is_refused(
    old: str, new: str, said: str
) -> None:
    assert said in refusal(BELT.replace(old, new))


def test_a_discrete_conveyor_that_starts_empty_is_taken() -> None:
    text = BELT.replace("<conveyor>", "<conveyor discrete='true'>")
    conveyor(text.replace("<eqn>30</eqn>", "<eqn>0</eqn>"))
