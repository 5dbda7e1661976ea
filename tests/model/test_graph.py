from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cqsim.model.graph import Branch, Graph, dependency_graph, tree_of
from cqsim.model.model import Model, flows_of
from cqsim.model.resolve import read_model
from printing import text_of


def test_causes_stand_in_the_order_of_the_equation(small: Model) -> None:
    graph = dependency_graph(small)
    assert graph.causes["residents"] == (
        "births",
        "deaths",
        "arrivals",
        "initial residents",
    )
    assert graph.uses["room"] == ("arrivals", "pull (jobs)")


def test_subscript_names_are_no_causes(small: Model) -> None:
    assert "region" not in dependency_graph(small).uses


def test_an_initial_value_is_marked_as_such(small: Model) -> None:
    initial = dependency_graph(small).initial_only
    assert initial == {("initial residents", "residents")}


def test_a_tree_goes_as_deep_as_asked(small: Model) -> None:
    graph = dependency_graph(small)
    assert tree_of(graph, "deaths", "causes", 1) == Branch(
        "deaths", (Branch("residents"), Branch("life span"))
    )
    second = tree_of(graph, "deaths", "causes").branches[0]
    assert [b.key for b in second.branches] == list(graph.causes["residents"])
    assert tree_of(graph, "birth rate", "uses", 1).branches == (Branch("births"),)


def test_a_knot_holds_all_that_act_on_each_other(small: Model) -> None:
    knots = dependency_graph(small).knots
    assert knots == [("arrivals", "births", "deaths", "pull (jobs)", "residents")]


def test_a_flow_has_the_sign_it_has_in_the_net_rate(small: Model) -> None:
    flows = flows_of(small.variables["residents"], small.variables)
    assert flows == {"births": "+", "deaths": "-", "arrivals": "+"}


def test_a_flow_between_elements_has_both_signs(tmp_path: Path) -> None:
    text = """old: b, c ~~| young: a, b -> old ~~|
    stock[old]= INTEG(ageing[young] - ageing[old]*share, 1) ~ m ~ S. |
    ageing[young]= stock[young] ~ m/year ~ F. | share= 1 ~ 1 ~ No flow. |"""
    (tmp_path / "m.mdl").write_text(text, encoding="utf-8")
    model = read_model(tmp_path / "m.mdl")
    assert flows_of(model.variables["stock"], model.variables) == {"ageing": "±"}


edges = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30)


@given(edges)
def test_knots_are_the_sets_that_reach_each_other(pairs: list[tuple[int, int]]) -> None:
    keys = [str(n) for n in range(10)]
    uses = {k: tuple(str(b) for a, b in pairs if str(a) == k and a != b) for k in keys}
    causes = {k: tuple(a for a in keys if k in uses[a]) for k in keys}
    knots = Graph(causes, uses).knots
    reach = {k: reached(uses, k) for k in keys}
    expected = {
        tuple(sorted(b for b in keys if b in reach[a] and a in reach[b]))
        for a in keys
        if a in reach[a]
    }
    assert set(knots) == expected


def reached(uses: dict[str, tuple[str, ...]], start: str) -> set[str]:
    found: set[str] = set()
    ahead = list(uses[start])
    while ahead:
        key = ahead.pop()
        if key not in found:
            found.add(key)
            ahead.extend(uses[key])
    return found


@pytest.mark.parametrize(
    "call",
    [
        "SAMPLE IF TRUE(Time > 1, 3, S)",
        "TREND(3, 4, S)",
        "NPV(3, 0.1, S, 1)",
        "DELAY FIXED(3, 2, S)",
    ],
)
def test_a_value_that_is_only_a_start_closes_no_loop(tmp_path: Path, call: str) -> None:
    (tmp_path / "m.mdl").write_text(f"k= {call} ~~|\nS= INTEG(k, 0) ~~|")
    graph = dependency_graph(read_model(tmp_path / "m.mdl"))
    assert graph.initial_only == {("s", "k")}
    assert graph.knots == []
    assert graph.states == {"k", "s"}


def test_xmile_says_itself_what_is_a_flow_and_what_a_stock(tmp_path: Path) -> None:
    boxes = """<stock name="s"><eqn>1</eqn><inflow>f</inflow></stock>
    <flow name="f"><eqn>2</eqn></flow><flow name="loose"><eqn>s</eqn></flow>
    <aux name="a"><eqn>s*1234567</eqn></aux>"""
    head = '<xmile xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">'
    clock = "<sim_specs><start>0</start><stop>1</stop><dt>1</dt></sim_specs>"
    text = f"{head}{clock}<model><variables>{boxes}</variables></model></xmile>"
    (tmp_path / "m.xmile").write_text(text, encoding="utf-8")
    model = read_model(tmp_path / "m.xmile")
    kinds = {key: model.variables[key].kind for key in ("s", "f", "loose", "a")}
    assert kinds == {"s": "stock", "f": "flow", "loose": "flow", "a": "auxiliary"}
    assert flows_of(model.variables["s"], model.variables) == {"f": "+"}
    tree = model.variables["a"].equations[0].value
    assert tree is not None
    assert text_of(tree) == "s*1234567"
