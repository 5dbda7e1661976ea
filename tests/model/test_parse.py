import pytest
from hypothesis import given
from hypothesis import strategies as st

from cqsim.model.expression import (
    Array,
    Call,
    Negation,
    Node,
    Number,
    Operation,
    Reference,
    Table,
    Text,
)
from cqsim.model.parse import ExpressionFault, parse_expression, parse_table
from cqsim.model.variables import canonical

names = st.sampled_from(
    ["births", "Floor area", "人口", "net_flow", '"a (b) [c]"', "Guang'an share"]
)
numbers = st.floats(0, 1e9, allow_nan=False).map(Number)
references = st.builds(
    Reference,
    names,
    st.lists(st.sampled_from(["region", "age!"]), max_size=2).map(tuple),
)


def grown(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    operators = st.sampled_from(["+", "-", "*", "/", "^", ":AND:", "<=", "<>"])
    functions = st.sampled_from(["MAX", "IF THEN ELSE", "INTEG", "my macro"])
    return st.one_of(
        st.builds(Operation, operators, inner, inner),
        st.builds(Negation, st.sampled_from(["-", ":NOT:"]), inner.filter(not_number)),
        st.builds(Call, functions, st.lists(inner, min_size=1, max_size=3).map(tuple)),
    )


def not_number(node: Node) -> bool:
    return not isinstance(node, Number)


trees = st.recursive(st.one_of(numbers, references), grown, max_leaves=12)


def written(node: Node) -> str:
    """Write a tree with every parenthesis."""
    match node:
        case Number(value=value):
            return repr(value)
        case Reference(name=name, subscripts=subscripts):
            return name + (f"[{', '.join(subscripts)}]" if subscripts else "")
        case Negation(operator=operator, operand=operand):
            return f"({operator} ({written(operand)}))"
        case Operation(operator=operator, left=left, right=right):
            return f"(({written(left)}) {operator}\n\t\t({written(right)}))"
        case Call(function=function, arguments=arguments):
            return f"{function}({', '.join(map(written, arguments))})"
    raise TypeError(node)


@given(trees)
def test_a_written_tree_is_read_back(tree: Node) -> None:
    assert parse_expression(written(tree)) == tree


@given(st.text(alphabet="ab人 _\"()[]1+-*/^,;'.:!~", max_size=30))
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    place = 0
    try:
        parse_expression(text)
    except ExpressionFault as fault:
        place = fault.offset
    assert 0 <= place <= len(text)


@given(st.text(alphabet="aB _人", min_size=1).filter(lambda t: t.strip(" _")))
def test_the_canonical_name_is_its_own_canonical_name(name: str) -> None:
    assert canonical(canonical(name)) == canonical(name)
    assert canonical(name.upper().replace(" ", "_")) == canonical(name)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("a + b * c", "a + (b * c)"),
        ("a - b - c", "(a - b) - c"),
        ("a ^ b ^ c", "a ^ (b ^ c)"),
        ("-a ^ b", "-(a ^ b)"),
        ("-a * b", "(-a) * b"),
        ("a / -b", "a / (-b)"),
        ("a < b + c", "a < (b + c)"),
        ("a :AND: b :OR: c", "(a :AND: b) :OR: c"),
        (":NOT: a = b", ":NOT: (a = b)"),
        ("2^-1", "2^(-1)"),
    ],
)
def test_operators_bind_as_in_vensim(text: str, same: str) -> None:
    assert parse_expression(text) == parse_expression(same)


def test_rows_of_numbers_are_an_array() -> None:
    assert parse_expression("1, -2; 3, 4e2;") == Array(((1.0, -2.0), (3.0, 400.0)))


def test_the_drawing_range_of_a_lookup_is_not_a_point() -> None:
    table = Table(((0.0, 1.0), (2.0, -3.0)))
    assert parse_table("[(0,0)-(10,10)],(0,1),(2,-3)") == table
    assert parse_table("0, 2, 1, -3") == table
    inline = parse_expression("WITH LOOKUP(x, ([(0,0)-(9,9)],(0,1),(2,-3)))")
    assert inline == Call("WITH LOOKUP", (Reference("x"), table))


def test_a_file_name_is_text() -> None:
    call = parse_expression("GET DIRECT CONSTANTS('a b.csv', ',', 'B2*')")
    assert isinstance(call, Call)
    assert call.arguments == (Text("a b.csv"), Text(","), Text("B2*"))


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        ("", 0, "ends too early"),
        ("a + ", 3, "ends too early"),
        ("(a", 2, "'\\)' is missing at the end"),
        ("a b(c d", 7, "'\\)' is missing"),
        ("a[1]", 2, "'1' is not a subscript"),
        ("a ) b", 2, "'\\)' cannot stand here"),
        ('"a', 0, "not closed"),
        ("1, a", 3, "only numbers"),
        ("1, 2,", 5, "after the last"),
    ],
)
def test_a_fault_says_where_and_what(text: str, place: int, what: str) -> None:
    with pytest.raises(ExpressionFault, match=what) as caught:
        parse_expression(text)
    assert caught.value.offset == place
