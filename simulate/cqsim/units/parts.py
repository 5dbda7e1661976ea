"""Parts of an expression that a rule of units looks at as a whole."""

from cqsim.language.syntax import Binary, Expression, Number, Unary

TERMS = ("+", "-")
"""The operators between the terms of a sum."""


def terms(node: Expression) -> tuple[Expression, ...]:
    """Return the terms of a sum, from left to right, without their signs."""
    if isinstance(node, Binary) and node.operator in TERMS:
        return (*terms(node.left), *terms(node.right))
    return (node,)


def plain_number(node: Expression) -> float | None:
    """Return the value of an expression of written numbers, None of any other."""
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Unary):
        value = plain_number(node.operand)
        return None if value is None else -value
    if isinstance(node, Binary) and node.operator in ("*", "/"):
        left, right = plain_number(node.left), plain_number(node.right)
        if left is None or right is None or right == 0:
            return None
        return left * right if node.operator == "*" else left / right
    return None
