"""Reading what the printer wrote gives the same tree."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cqsim.errors import CqsimError
from cqsim.language.expression import parse_text
from cqsim.language.syntax import (
    Binary,
    Call,
    Expression,
    Number,
    Reference,
    Subscript,
    Unary,
)
from cqsim.language.vensim import parse_vensim
from printing import print_model, text_of

MODELS = sorted((Path(__file__).parents[1] / "conformance").rglob("*.mdl"))
SHIPPED = Path(__file__).parents[2] / "model" / "metro.mdl"

names = st.sampled_from(["a", "b c", '"x+y"', "人口", "max price"])
subscripts = st.builds(
    lambda name, is_bound: Subscript(0, 0, name, is_bound),
    st.sampled_from(["r", "c1"]),
    st.booleans(),
)
numbers = st.floats(0, 1e300, allow_nan=False).map(lambda v: Number(0, 0, v))
references = st.builds(
    lambda name, places: Reference(0, 0, name, tuple(places)),
    names,
    st.lists(subscripts, max_size=2),
)


def unary(operator: str, operand: Expression) -> Expression:
    if operator == "-" and isinstance(operand, Number):
        return Number(0, 0, -operand.value)
    return Unary(0, 0, operator, operand)  # type: ignore[arg-type]


def grown(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    operators = st.sampled_from(
        ["+", "-", "*", "/", "^", "=", "<>", "<", ">=", ":AND:", ":OR:"]
    )
    return st.one_of(
        st.builds(lambda o, a, b: Binary(0, 0, o, a, b), operators, inner, inner),
        st.builds(unary, st.sampled_from(["-", ":NOT:"]), inner),
        st.builds(
            lambda name, given: Call(0, 0, name, tuple(given)),
            names,
            st.lists(inner, max_size=3),
        ),
    )


trees: st.SearchStrategy[Expression] = st.recursive(
    st.one_of(numbers, references), grown, max_leaves=20
)


@given(trees)
def test_a_printed_expression_is_read_as_the_same_tree(tree: Expression) -> None:
    assert parse_text(text_of(tree)) == tree


@pytest.mark.parametrize("path", [SHIPPED, *MODELS], ids=lambda path: path.name)
def test_a_printed_model_is_read_as_the_same_tree(path: Path) -> None:
    try:
        found = parse_vensim(path, path.read_bytes())
    except CqsimError:
        pytest.skip("the text is refused")
    again = parse_vensim(path, print_model(found).encode())
    assert again.definitions == found.definitions
    assert again.dimensions == found.dimensions
    assert again.macros == found.macros
