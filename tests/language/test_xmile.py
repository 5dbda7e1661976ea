from xml.sax.saxutils import escape

import pytest

from cqsim.errors import CqsimError
from cqsim.language.builtins import builtin
from cqsim.language.syntax import (
    ArrayLiteral,
    Binary,
    Call,
    LookupTable,
    Number,
    Reference,
    canonical,
    walk,
)
from cqsim.language.xmile import parse_xmile
from xmile_text import PATH, SPECS, by_name, read, text_of, xmile

STOCK = """
<stock name="tank"><eqn>10</eqn><inflow>fill</inflow><outflow>drain 1</outflow>
<outflow>spill</outflow></stock>
<flow name="fill"><eqn>1</eqn></flow><flow name="drain 1"><eqn>2</eqn></flow>
<flow name="spill"><eqn>3</eqn></flow>"""
ARRAY = (
    """<dimensions><dim name="age" size="3"/>
<dim name="sex"><elem name="f"/><elem name="m"/></dim></dimensions>"""
    + SPECS
)


def refusal(variables: str, **parts: str) -> str:
    with pytest.raises(CqsimError) as caught:
        read(variables, **parts)
    return str(caught.value)


# Stocks and flows.


def test_a_stock_integrates_its_inflows_less_its_outflows() -> None:
    tank = by_name(read(STOCK))["tank"]
    assert tank.source.text == 'INTEG(fill - "drain 1" - spill, 10)'
    assert isinstance(tank.value, Call)
    assert tank.value.function == "INTEG"
    assert text_of(tank, tank.value.arguments[0]) == 'fill - "drain 1" - spill'
    assert tank.value.arguments[1] == Number(0, 0, 10.0)
    assert tank.inflows == ("fill",)
    assert tank.outflows == ("drain 1", "spill")


def test_the_initial_value_of_a_stock_keeps_its_line_and_column() -> None:
    tank = by_name(read(STOCK))["tank"]
    assert isinstance(tank.value, Call)
    assert tank.source.position(tank.value.arguments[1].start) == (4, 25)


def test_a_stock_without_flows_stays() -> None:
    stock = read("<stock name='s'><eqn>1</eqn></stock>").definitions[0]
    assert stock.source.text == "INTEG(0, 1)"


def test_a_stock_with_outflows_only_loses_them() -> None:
    text = """<stock name='s'><eqn>1</eqn><outflow>a</outflow></stock>
    <flow name='a'><eqn>1</eqn></flow>"""
    assert read(text).definitions[0].source.text == "INTEG(- a, 1)"


def test_a_multiplier_multiplies_what_enters_the_stock() -> None:
    text = """<stock name='s'><eqn>0</eqn><inflow>a</inflow></stock>
    <flow name='a'><eqn>10</eqn><multiplier>3</multiplier></flow>"""
    definitions = by_name(read(text))
    assert definitions["s"].source.text == "INTEG(a * (3), 0)"
    assert definitions["a"].value == Number(0, 0, 10.0)


def test_a_flow_that_is_not_there_is_refused_by_name() -> None:
    said = refusal("<stock name='s'><eqn>1</eqn><inflow>rain</inflow></stock>")
    assert "the flow 'rain' of 's' is not in the model" in said


@pytest.mark.parametrize(
    ("option", "before", "expected"),
    [
        ("<non_negative/>", "", True),
        ("", "", False),
        ("", "<behavior><non_negative/></behavior>", True),
        ("", "<behavior><stock><non_negative/></stock></behavior>", True),
        ("", "<behavior><flow><non_negative/></flow></behavior>", False),
        (
            "<non_negative>false</non_negative>",
            "<behavior><non_negative/></behavior>",
            False,
        ),
    ],
)
def test_a_stock_is_non_negative_where_it_or_the_file_says_so(
    option: str, before: str, expected: bool
) -> None:
    text = f"<stock name='s'><eqn>1</eqn>{option}</stock>"
    assert read(text, before=SPECS + before).definitions[0].non_negative is expected


def test_a_flow_can_be_non_negative() -> None:
    flow = read("<flow name='f'><eqn>1</eqn><non_negative/></flow>").definitions[0]
    assert (flow.element, flow.non_negative) == ("flow", True)


@pytest.mark.parametrize("option", ["queue", "oven", "isee:oven"])
def test_queues_and_ovens_are_refused_by_name(option: str) -> None:
    said = refusal(f"<stock name='Line'><eqn>0</eqn><{option}/></stock>")
    assert "'Line' is a" in said
    assert "not run" in said


# Equations.


@pytest.mark.parametrize("equation", ["", "???", "{later}", "{a {b} c} {d}", " \n "])
def test_a_variable_without_an_equation_is_refused_by_name(equation: str) -> None:
    said = refusal(f"<aux name='a b'><eqn>{equation}</eqn></aux>")
    assert "'a b' has no equation" in said


def test_a_comment_beside_an_equation_is_passed_over() -> None:
    definition = read("<aux name='a'><eqn>{one} 1 {two}</eqn></aux>").definitions[0]
    assert definition.value == Number(0, 0, 1.0)


def test_a_fault_in_an_equation_has_its_line_and_a_caret() -> None:
    said = refusal("\n<aux name='a'><eqn>\n 1 + * 2</eqn></aux>")
    assert said.startswith("model.xmile:5:")
    *_, line, caret = said.split("\n")
    assert line[caret.index("^")] == "*"


def test_a_fault_in_an_initial_value_shows_the_file_s_own_text() -> None:
    said = refusal("<stock name='s'><eqn>1 + )</eqn></stock>")
    assert said.split("\n")[1].strip() == "1 + )"


def test_all_faults_of_a_file_are_told_together() -> None:
    said = refusal(
        "<aux name='a'><eqn>1 +</eqn></aux>\n<aux name='b'/>\n"
        "<stock name='c'><eqn>0</eqn><queue/></stock>"
    )
    assert said.count("model.xmile:") == 3


def test_a_name_defined_twice_is_refused_with_both_lines() -> None:
    said = refusal(
        "<aux name='A b'><eqn>1</eqn></aux>\n<aux name='a_B'><eqn>2</eqn></aux>"
    )
    assert said.startswith("model.xmile:4:")
    assert "line 3" in said


def test_an_initial_equation_holds_at_the_start_only() -> None:
    text = "<aux name='a'><eqn>b</eqn><init_eqn>5</init_eqn></aux>"
    definition = read(text).definitions[0]
    assert definition.source.text == "ACTIVE INITIAL(b, 5)"
    expected = (Reference(0, 0, "b"), Number(0, 0, 5.0))
    assert definition.value == Call(0, 0, "ACTIVE INITIAL", expected)


def test_names_are_shown_on_one_line() -> None:
    text = r"""<stock name="Sick\nPeople (all)"><eqn>8</eqn>
    <outflow>"get\nwell"</outflow></stock>
    <flow name="get\nwell"><eqn>"Sick\nPeople (all)"/2</eqn></flow>"""
    assert list(by_name(read(text))) == ["Sick People (all)", "get well"]


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("<units>person</units>", "person"),
        ("<units>person</units><range min='0' max='9'/>", "person [0, 9]"),
        ("<range min='0'/>", "[0, ?]"),
        ("<scale min='0' max='9'/>", ""),
    ],
)
def test_a_unit_holds_its_range(text: str, unit: str) -> None:
    assert read(f"<aux name='a'><eqn>1</eqn>{text}</aux>").definitions[0].unit == unit


def test_documentation_and_group_are_kept() -> None:
    model = read(
        "<aux name='a b'><eqn>1</eqn><doc> What it is. </doc></aux>"
        "<group name='Farm'><doc>Fields</doc><entity name='a_b'/></group>"
    )
    definition = model.definitions[0]
    assert (definition.documentation, definition.group) == ("What it is.", "Farm")
    assert model.groups[0].documentation == "Fields"


VENSIM = "<header><product>Vensim</product></header>" + SPECS


def test_a_file_that_vensim_exported_has_vensim_s_equations() -> None:
    text = """<stock name='to'><eqn>to =\n DELAY1(my rate, 2)</eqn></stock>
    <aux name='my_rate'><eqn>IF_THEN_ELSE(Time>1:AND:Time<5, 2, :NA:)</eqn></aux>"""
    model = read(text.replace("<5", "&lt;5"), before=VENSIM)
    delay = by_name(model)["to"]
    assert delay.element == "aux"
    assert delay.source.text == "DELAY1(my rate, 2)"
    assert delay.source.position(0) == (4, 2)


@pytest.mark.parametrize(
    ("equation", "vensim", "own"),
    [
        ("PULSE(5, 1)", "pulse", "xmile pulse"),
        ("INT(5.5)", "integer", "xmile int"),
        ("5 mod 3", "modulo", "xmile mod"),
    ],
)
def test_functions_are_vensim_s_in_a_file_that_it_exported(
    equation: str, vensim: str, own: str
) -> None:
    text = f"<aux name='a'><eqn>{equation}</eqn></aux>"
    for before, name in ((VENSIM, vensim), (SPECS, own)):
        value = read(text, before=before).definitions[0].value
        assert isinstance(value, Call)
        row = builtin(canonical(value.function), "xmile")
        assert row is not None
        assert row.name == name


def test_the_method_that_vensim_writes_into_all_its_exports_is_not_taken() -> None:
    before = VENSIM.replace("<sim_specs>", "<sim_specs method='RK4'>")
    model = read("<aux name='a'><eqn>1</eqn></aux>", before=before)
    assert model.settings.method is None


def test_a_step_is_read_as_vensim_exports_it() -> None:
    before = VENSIM.replace("<dt>1", "<dt> TIME_STEP=0.5")
    model = read("<aux name='a'><eqn>1</eqn></aux>", before=before)
    assert model.settings.step == 0.5


@pytest.mark.parametrize(
    ("equation", "meant"),
    [
        ("1 = 2 < 3", "1 = (2 < 3)"),
        ("NOT 1 > 2", "(NOT 1) > 2"),
        ("-2^2", "-(2^2)"),
        ("1 OR 0 AND 0", "1 OR (0 AND 0)"),
        ("7 MOD 4*2", "(7 MOD 4)*2"),
        (
            "IF 1 THEN 2 ELSE IF 3 THEN 4 ELSE 5+6",
            "IF 1 THEN 2 ELSE (IF 3 THEN 4 ELSE (5+6))",
        ),
    ],
)
def test_operators_hold_as_xmile_says(equation: str, meant: str) -> None:
    text = "<aux name='a'><eqn>{}</eqn></aux><aux name='b'><eqn>{}</eqn></aux>"
    first, second = read(text.format(*map(escape, (equation, meant)))).definitions
    assert first.value == second.value


# Arrays.


def test_a_dimension_has_elements_or_numbers() -> None:
    dimensions = read("<aux name='a'><eqn>1</eqn></aux>", before=ARRAY).dimensions
    assert [d.members for d in dimensions] == [("1", "2", "3"), ("f", "m")]


@pytest.mark.parametrize("size", ["0", "", "1000000000", "nan"])
def test_a_dimension_of_a_wrong_size_is_refused(size: str) -> None:
    before = f"<dimensions><dim name='d' size='{size}'/></dimensions>{SPECS}"
    assert "elements" in refusal("<aux name='a'><eqn>1</eqn></aux>", before=before)


def test_an_equation_for_all_elements_has_the_dimensions() -> None:
    text = """<aux name='a'><dimensions><dim name='age'/><dim name='sex'/></dimensions>
    <eqn>b*2</eqn></aux>"""
    definition = read(text, before=ARRAY).definitions[0]
    assert definition.subscripts == definition.dimensions == ("age", "sex")


def test_each_element_has_an_equation_of_its_own() -> None:
    text = """<stock name='a'>
    <dimensions><dim name='age'/><dim name='sex'/></dimensions>
    <element subscript='1, f'><eqn>1</eqn></element>
    <element subscript="2,m"><eqn>2</eqn></element><inflow>b</inflow></stock>
    <flow name='b'><eqn>1</eqn></flow>"""
    first, second, _ = read(text, before=ARRAY).definitions
    assert (first.subscripts, second.subscripts) == (("1", "f"), ("2", "m"))
    assert second.source.text == "INTEG(b, 2)"
    assert second.dimensions == ("age", "sex")


def test_a_dimension_s_element_is_a_subscript_or_its_place() -> None:
    text = "<aux name='a'><eqn>b[sex.m, age.2] + sex.M</eqn></aux>"
    value = read(text, before=ARRAY).definitions[0].value
    assert isinstance(value, Binary)
    assert isinstance(value.left, Reference)
    assert [one.name for one in value.left.subscripts] == ["m", "2"]
    assert value.right == Number(0, 0, 2.0)


@pytest.mark.parametrize("array", ["b", "b[*, sex]"])
def test_a_transpose_is_refused_by_name(array: str) -> None:
    said = refusal(f"<aux name='a'><eqn>{array}' + 1</eqn></aux>", before=ARRAY)
    assert "the transpose b' is not run" in said


def test_an_element_that_lacks_a_dimension_is_refused() -> None:
    text = """<aux name='a'><dimensions><dim name='age'/><dim name='sex'/></dimensions>
    <element subscript='1'><eqn>1</eqn></element></aux>"""
    assert "'1' is no element of 'a'" in refusal(text, before=ARRAY)


def test_an_array_can_have_one_equation_after_another() -> None:
    text = """<aux name='a'><dimensions><dim name='sex'/><dim name='age'/></dimensions>
    <eqn>1</eqn><eqn>2</eqn><eqn>3</eqn><eqn>b</eqn><eqn>5</eqn><eqn>6</eqn></aux>"""
    definitions = read(text, before=ARRAY).definitions
    assert [d.subscripts for d in definitions[2:4]] == [("f", "3"), ("m", "1")]
    assert definitions[3].value == Reference(0, 0, "b")


@pytest.mark.parametrize(
    "dimensions", ["", "<dimensions><dim name='age'/></dimensions>"]
)
def test_too_many_equations_are_refused(dimensions: str) -> None:
    text = f"<aux name='a'>{dimensions}<eqn>1</eqn><eqn>2</eqn></aux>"
    assert "'a' has 2 equations" in refusal(text, before=ARRAY)


def test_numbers_of_an_array_can_stand_in_one_equation() -> None:
    text = """<aux name='a'><dimensions><dim name='sex'/><dim name='sex'/></dimensions>
    <eqn>1, 2; 3, 4;</eqn></aux>"""
    definition = read(text, before=ARRAY).definitions[0]
    assert definition.value == ArrayLiteral(0, 0, ((1.0, 2.0), (3.0, 4.0)))


# Graphical functions.


def table_of(gf: str) -> LookupTable:
    value = read(f"<aux name='a'><eqn>TIME</eqn>{gf}</aux>").definitions[0].value
    assert isinstance(value, Call)
    assert value.function == "WITH LOOKUP"
    table = value.arguments[1]
    assert isinstance(table, LookupTable)
    return table


@pytest.mark.parametrize(
    "gf",
    [
        "<gf><xscale min='0' max='4'/><ypts>5,6,7</ypts></gf>",
        "<gf><xpts>0,2,4</xpts><ypts> 5 , 6\n,7 </ypts></gf>",
        "<gf><xpts sep=';'>0;2;4</xpts><ypts sep='|'>5|6|7</ypts></gf>",
        "<gf><xscale min='0' max='9'/><xpts>0,2,4</xpts><ypts>5,6,7</ypts></gf>",
    ],
)
def test_a_graphical_function_has_points(gf: str) -> None:
    assert table_of(gf).points == ((0.0, 5.0), (2.0, 6.0), (4.0, 7.0))


@pytest.mark.parametrize(
    ("attribute", "interpolation"),
    [
        ("", "continuous"),
        ("type='Extrapolate'", "extrapolate"),
        ("type='discrete'", "discrete"),
        ("discrete='true'", "discrete"),
        ("discrete='false'", "continuous"),
    ],
)
def test_a_graphical_function_has_a_type(attribute: str, interpolation: str) -> None:
    table = table_of(f"<gf {attribute}><xpts>0,1</xpts><ypts>0,1</ypts></gf>")
    assert table.interpolation == interpolation


@pytest.mark.parametrize(
    "gf",
    [
        "<gf><ypts>1,2</ypts></gf>",
        "<gf><xpts>1,2</xpts><ypts>1,2,3</ypts></gf>",
        "<gf><xpts>2,1</xpts><ypts>1,2</ypts></gf>",
        "<gf><xpts>1,x</xpts><ypts>1,2</ypts></gf>",
        "<gf><xpts>1,2</xpts><ypts>1,nan</ypts></gf>",
        "<gf><xpts>1,2</xpts></gf>",
        "<gf type='wavy'><xpts>1,2</xpts><ypts>1,2</ypts></gf>",
    ],
)
def test_a_wrong_graphical_function_is_refused(gf: str) -> None:
    assert "<gf>" not in refusal(f"<aux name='a'><eqn>TIME</eqn>{gf}</aux>")


@pytest.mark.parametrize("tag", ["aux", "gf"])
def test_a_graphical_function_alone_is_a_lookup(tag: str) -> None:
    points = "<xpts>0,1</xpts><ypts>0,1</ypts>"
    inner = points if tag == "gf" else f"<gf>{points}</gf>"
    definition = read(f"<{tag} name='a'>{inner}</{tag}>").definitions[0]
    assert definition.operator == "("
    assert isinstance(definition.value, LookupTable)


def test_each_element_can_have_a_graphical_function() -> None:
    text = """<aux name='a'><dimensions><dim name='sex'/></dimensions><eqn>TIME</eqn>
    <element subscript='f'><gf><xpts>0,1</xpts><ypts>0,1</ypts></gf></element>
    <element subscript='m'><eqn>2</eqn></element></aux>"""
    female, male = read(text, before=ARRAY).definitions
    assert isinstance(female.value, Call)
    assert male.value == Number(0, 0, 2.0)


# The file.


@pytest.mark.parametrize(
    ("specs", "method"),
    [
        ("method='RK4'", "rk4"),
        ("method='rk4, euler'", "rk4"),
        ("method='RK2'", "rk4"),
        ("method='gear, euler'", "euler"),
        ("", None),
    ],
)
def test_the_file_s_method_of_integration_is_read(specs: str, method: str) -> None:
    before = SPECS.replace("<sim_specs>", f"<sim_specs {specs}>")
    model = read("<aux name='a'><eqn>1</eqn></aux>", before=before)
    assert model.settings.method == method


def test_a_method_of_integration_that_is_not_run_is_refused_by_name() -> None:
    before = SPECS.replace("<sim_specs>", "<sim_specs method='gear'>")
    assert "'gear'" in refusal("<aux name='a'><eqn>1</eqn></aux>", before=before)


def test_the_settings_of_a_run_are_read() -> None:
    specs = """<sim_specs time_units="Years" isee:save_interval="2"><start>1</start>
    <stop>5</stop><dt reciprocal="true">4</dt></sim_specs>"""
    settings = read("<aux name='a'><eqn>1</eqn></aux>", before=specs).settings
    assert (settings.start, settings.stop, settings.step) == (1.0, 5.0, 0.25)
    assert (settings.save, settings.time_unit) == (2.0, "Years")


@pytest.mark.parametrize("before", ["", SPECS * 2, SPECS.replace("<dt>1</dt>", "")])
def test_missing_or_double_settings_are_refused(before: str) -> None:
    assert "sim_specs" in refusal("<aux name='a'><eqn>1</eqn></aux>", before=before)


def test_an_older_stella_file_is_read() -> None:
    content = b"""<xmile level="1" xmlns="http://www.systemdynamics.org/XMILE">
    <sim_specs><start>0</start><stop>2</stop><dt>1</dt><method>RK4</method></sim_specs>
    <model><stock name="Level"><eqn>1</eqn><inflow>grow</inflow></stock>
    <flow name="grow"><eqn>Level*1</eqn><display/></flow></model></xmile>"""
    model = parse_xmile(PATH, content)
    assert list(by_name(model)) == ["Level", "grow"]
    assert model.settings.method == "rk4"


def test_a_prefix_of_all_elements_does_not_hide_the_variables() -> None:
    content = xmile("<aux name='a'><eqn>1</eqn></aux>").decode()
    prefixed = (
        content.replace("</", "</x:").replace("<", "<x:").replace("<x:/x:", "</x:")
    )
    assert list(by_name(parse_xmile(PATH, prefixed.encode()))) == ["a"]


def test_styles_and_views_are_no_part_of_the_model() -> None:
    model = read(
        "<aux name='y'><eqn>1</eqn></aux><isee:dependencies/>",
        before=SPECS + "<style><module color='blue'/></style>",
        after="<isee:prefs><module name='z'/></isee:prefs>",
    )
    assert list(by_name(model)) == ["y"]


@pytest.mark.parametrize(
    "variables", ["", "<group name='g'/>", "<isee:aux name='a'><eqn>1</eqn></isee:aux>"]
)
def test_a_file_without_variables_is_refused(variables: str) -> None:
    assert "no variables" in refusal(variables)


def test_an_unknown_tag_among_the_variables_is_refused() -> None:
    assert "<sink> among the variables" in refusal("<sink name='a'/>")


def test_a_variable_without_a_name_is_refused() -> None:
    assert "the <aux> has no name" in refusal("<aux><eqn>1</eqn></aux>")


def test_unit_synonyms_are_read() -> None:
    units = """<model_units><unit name="Years"><alias>yr</alias></unit>
    <unit name="share"><eqn>1</eqn></unit><unit name="m2"/></model_units>"""
    model = read("<aux name='a'><eqn>1</eqn></aux>", before=SPECS + units)
    assert model.unit_synonyms == (("Years", "yr"), ("Dmnl", "share"))


def test_a_macro_has_parameters_and_an_equation_of_its_name() -> None:
    macro = """<macro name="grown"><parm>x</parm><parm>rate</parm><eqn>x*more</eqn>
    <variables><aux name="more"><eqn>1+rate</eqn></aux></variables></macro>"""
    model = read("<aux name='a'><eqn>grown(2, 3)</eqn></aux>", after=macro)
    found = model.macros[0]
    assert (found.name, found.parameters) == ("grown", ("x", "rate"))
    assert [definition.name for definition in found.body] == ["grown", "more"]


def test_the_last_parameters_of_a_macro_may_have_defaults() -> None:
    macro = """<macro name='m'><parm>x</parm><parm{}>y</parm><parm{}>z</parm>
    <eqn>x</eqn></macro>"""
    aux = "<aux name='a'><eqn>1</eqn></aux>"
    given = " default='x * 2'", " default='3'"
    found = read(aux, after=macro.format(*given)).macros[0]
    assert [type(tree).__name__ for tree in found.defaults] == ["Binary", "Number"]
    assert "no default, and one before" in refusal(
        aux, after=macro.format(given[0], "")
    )


def test_a_macro_with_a_time_of_its_own_is_refused() -> None:
    macro = f"<macro name='m'><parm>x</parm><eqn>x</eqn>{SPECS}</macro>"
    said = refusal("<aux name='a'><eqn>1</eqn></aux>", after=macro)
    assert "time of its own" in said


def test_every_node_lies_within_its_text() -> None:
    for definition in read(STOCK).definitions:
        assert definition.value is not None
        for node in walk(definition.value):
            assert 0 <= node.start < node.end <= len(definition.source.text)


def test_an_apostrophe_and_blanks_can_stand_in_a_name() -> None:
    definition = read(
        "<aux name='a'><eqn>farms'_size + my lake</eqn></aux>"
    ).definitions[0]
    expected = (Reference(0, 0, "farms'_size"), Reference(0, 0, "my lake"))
    assert definition.value == Binary(0, 0, "+", *expected)
