import pytest

from cqsim.errors import CqsimError
from cqsim.language.syntax import Call, Definition, Number, Reference, names_in
from xmile_text import SPECS, by_name, read

FARM = """<model name="farm"><variables>
<aux name="water" access="input"><eqn>{Enter equation}</eqn></aux>
<stock name="crop" access="output"><eqn>1</eqn><inflow>grow</inflow></stock>
<flow name="grow"><eqn>water/2 + TIME</eqn></flow></variables></model>"""
RAIN = "<aux name='rain'><eqn>4</eqn></aux>"


def refusal(variables: str, **parts: str) -> str:
    with pytest.raises(CqsimError) as caught:
        read(variables, **parts)
    return str(caught.value)


def names(definition: Definition) -> list[str]:
    """Return the names in the value of a definition."""
    assert definition.value is not None
    return names_in(definition.value)


@pytest.mark.parametrize(
    ("to", "source"),
    [
        ("water", "rain"),
        ("farm.water", ".rain"),
        ("farm.water", "rain"),
        (".farm.water", ".rain"),
    ],
)
def test_a_connection_gives_an_input_the_values_of_a_variable(
    to: str, source: str
) -> None:
    module = f"<module name='farm'><connect to='{to}' from='{source}'/></module>"
    water = by_name(read(module + RAIN, after=FARM))["farm.water"]
    assert water.value == Reference(0, 0, "rain")
    assert (water.element, water.module) == ("aux", "farm")


MODULE = "<module name='farm'><connect to='water' from='rain'/></module>" + RAIN


def test_names_in_a_module_have_its_path() -> None:
    found = by_name(read(MODULE, after=FARM))
    assert list(found) == ["rain", "farm.water", "farm.crop", "farm.grow"]
    assert names(found["farm.grow"]) == ["farm.water", "TIME"]
    assert found["farm.crop"].inflows == ("farm.grow",)
    assert names(found["farm.crop"]) == ["INTEG", "farm.grow"]


def test_a_variable_of_a_module_is_named_with_a_dot() -> None:
    text = MODULE + "<aux name='seen'><eqn>farm.crop*10</eqn></aux>"
    assert names(by_name(read(text, after=FARM))["seen"]) == ["farm.crop"]


def test_one_model_can_be_several_modules() -> None:
    text = """<module name="north" model="farm">
    <connect to="water" from="rain"/></module>
    <module name="south" model="farm">
    <connect to="water" from="north.crop"/></module>"""
    found = by_name(read(text + RAIN, after=FARM))
    assert found["north.water"].value == Reference(0, 0, "rain")
    assert found["south.water"].value == Reference(0, 0, "north.crop")
    assert names(found["south.grow"]) == ["south.water", "TIME"]


def test_modules_stand_within_modules() -> None:
    county = """<model name="county"><variables><module name="farm">
    <connect to="farm.water" from="county rain"/></module>
    <aux name="county rain"><eqn>farm.crop + .rain</eqn></aux></variables></model>"""
    found = by_name(read("<module name='county'/>" + RAIN, after=county + FARM))
    assert found["county.farm.water"].value == Reference(0, 0, "county.county rain")
    assert names(found["county.county rain"]) == ["county.farm.crop", "rain"]
    assert found["county.farm.crop"].module == "county.farm"


def test_names_with_signs_are_quoted_part_by_part() -> None:
    after = """<model name="a"><variables><aux name="in/out"><eqn>1</eqn></aux>
    </variables></model><model name="b"><variables><aux name="ghost/of"/>
    </variables></model>"""
    text = """<module name="a"/><module name="b">
    <connect to='b."ghost/of"' from='a."in/out"'/></module>"""
    found = by_name(read(text, after=after))
    assert found["b.ghost/of"].value == Reference(0, 0, "a.in/out")


def test_the_same_connection_can_stand_in_both_modules() -> None:
    connect = "<connect to='south.water' from='north.crop'/>"
    text = f"""<module name="north" model="farm">{connect}
    <connect to="water" from="rain"/></module>
    <module name="south" model="farm">{connect}</module>"""
    assert "south.water" in by_name(read(text + RAIN, after=FARM))


def test_an_outer_variable_can_be_an_input() -> None:
    text = """<module name="farm"><connect to=".seen" from="farm.crop"/>
    <connect to="farm.water" from=".rain"/></module>
    <aux name="seen" access="input"><eqn>farm</eqn></aux>"""
    found = by_name(read(text + RAIN, after=FARM))
    assert found["seen"].value == Reference(0, 0, "farm.crop")


def test_an_input_without_a_connection_keeps_its_equation() -> None:
    farm = FARM.replace("{Enter equation}", "7")
    found = by_name(read("<module name='farm'/>", after=farm))
    assert found["farm.water"].value == Number(0, 0, 7.0)


def test_an_input_without_connection_and_equation_is_refused() -> None:
    said = refusal("<module name='farm'/>", after=FARM)
    assert "'farm.water' has no equation" in said
    assert "Connect" in said


def test_a_connection_of_what_is_not_there_is_refused() -> None:
    said = refusal(MODULE.replace("'rain'/", "'snow'/"), after=FARM)
    assert "the connection names 'snow'" in said


def test_two_sources_of_one_input_are_refused() -> None:
    two = MODULE.replace("</module>", "<connect to='water' from='farm.crop'/></module>")
    assert "is connected to 'rain' too" in refusal(two, after=FARM)


@pytest.mark.parametrize("attribute", ["", "resource='farm.xmile'"])
def test_a_module_without_a_model_is_refused(attribute: str) -> None:
    assert "the module 'farm'" in refusal(f"<module name='farm' {attribute}/>")


def test_a_model_that_no_module_uses_is_refused() -> None:
    assert "no <module> uses the model 'farm'" in refusal(RAIN, after=FARM)


def test_two_models_without_a_name_are_refused() -> None:
    after = "<model><variables/></model>"
    assert "two models have no name" in refusal(RAIN, after=after)


def test_a_module_with_a_time_of_its_own_is_refused() -> None:
    farm = FARM.replace("<variables>", SPECS + "<variables>")
    assert "has a time of its own" in refusal(MODULE, after=farm)


def test_a_module_within_itself_is_refused() -> None:
    loop = FARM.replace("<variables>", "<variables><module name='farm'/>")
    assert "contains itself" in refusal(MODULE, after=loop)


def test_modules_that_double_without_end_are_refused() -> None:
    doubling = "".join(
        f"<model name='m{n}'><variables><module name='a' model='m{n + 1}'/>"
        f"<module name='b' model='m{n + 1}'/></variables></model>"
        for n in range(30)
    )
    last = "<model name='m30'><aux name='x'><eqn>1</eqn></aux></model>"
    said = refusal("<module name='m0'/>", after=doubling + last)
    assert "more than 50000 variables and modules" in said


def test_a_name_of_the_outer_model_is_not_seen_in_a_module() -> None:
    farm = FARM.replace("water/2", "rain/2")
    assert names(by_name(read(MODULE, after=farm))["farm.grow"])[0] == "farm.rain"


def test_a_function_keeps_its_name_where_a_variable_has_it_too() -> None:
    farm = FARM.replace("water/2", "crop(2) + grow[crop]")
    grow = by_name(read(MODULE, after=farm))["farm.grow"]
    assert names(grow)[:2] == ["crop", "farm.grow"]


def test_a_graphical_function_of_a_module_can_be_called() -> None:
    table = "<gf name='effect'><xpts>0,1</xpts><ypts>0,1</ypts></gf>"
    farm = FARM.replace("<variables>", "<variables>" + table)
    farm = farm.replace("water/2", "effect(water)")
    assert names(by_name(read(MODULE, after=farm))["farm.grow"])[0] == "farm.effect"


def test_a_dimension_s_element_comes_before_a_variable_as_subscript() -> None:
    before = "<dimensions><dim name='d'><elem name='crop'/></dim></dimensions>" + SPECS
    farm = FARM.replace("water/2", "water[crop, grow]")
    value = by_name(read(MODULE, before=before, after=farm))["farm.grow"].value
    assert value is not None
    reference = next(n for n in [value.left] if isinstance(n, Reference))  # type: ignore[union-attr]
    assert [s.name for s in reference.subscripts] == ["crop", "farm.grow"]


def test_a_module_knows_whether_an_input_is_connected() -> None:
    farm = FARM.replace("water/2", "IF isModuleInput(water) THEN water ELSE crop")
    grow = by_name(read(MODULE, after=farm))["farm.grow"]
    assert "isModuleInput" not in names(grow)
    assert grow.value is not None
    unconnected = by_name(
        read("<module name='farm'/>", after=farm.replace("{Enter equation}", "1"))
    )["farm.grow"]
    conditions = [_condition(d) for d in (grow, unconnected)]
    assert conditions == [Number(0, 0, 1.0), Number(0, 0, 0.0)]


def _condition(definition: Definition) -> object:
    value = definition.value
    assert isinstance(value, Call)
    return value.arguments[0]


def test_an_equation_as_deep_and_long_as_allowed_is_renamed() -> None:
    deep = "(" * 60 + "water" + " + 1" * 400 + ")*1" * 60
    farm = FARM.replace("water/2", deep)
    assert "farm.water" in names(by_name(read(MODULE, after=farm))["farm.grow"])
