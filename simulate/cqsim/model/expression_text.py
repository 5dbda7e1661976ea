"""An expression as one line of text, as a modeller would write it."""

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

_BINDING = {":OR:": 1, ":AND:": 2, "+": 5, "-": 5, "*": 6, "/": 6, "^": 8}
_BINDING |= dict.fromkeys(("=", "<>", "<", ">", "<=", ">="), 4)
_NEGATION = 7


def text_of(node: Node) -> str:
    """Return an expression as text, with no more parentheses than it needs."""
    return _text(node, 0)


def _text(node: Node, around: int) -> str:
    """Return the text of a part of an operation that binds as tightly as `around`."""
    match node:
        case Operation(operator=operator):
            text, binding = _operation(node), _BINDING[operator]
        case Negation(operator=operator, operand=operand):
            text, binding = f"{operator}{_text(operand, _NEGATION)}", _NEGATION
        case _:
            return _atom(node)
    return f"({text})" if binding < around else text


def _operation(node: Operation) -> str:
    binding = _BINDING[node.operator]
    closer = node.operator in ("-", "/")
    left = _text(node.left, binding + (node.operator == "^"))
    right = _text(node.right, binding + closer)
    blank = "" if node.operator in "*/^" else " "
    return f"{left}{blank}{node.operator}{blank}{right}"


def _atom(node: Node) -> str:
    match node:
        case Number(value=value):
            return f"{value:g}"
        case Text(value=value):
            return f"'{value}'"
        case Reference(name=name, subscripts=subscripts):
            return name + _bracketed(subscripts)
        case Call(function=function, arguments=arguments, subscripts=subscripts):
            inner = ", ".join(_text(a, 0) for a in arguments)
            return f"{function}{_bracketed(subscripts)}({inner})"
        case Table():
            return "(points)"
        case Array():
            return "numbers"
        case _:
            return ""


def _bracketed(subscripts: tuple[str, ...]) -> str:
    return f"[{', '.join(subscripts)}]" if subscripts else ""
