"""A syntax tree as Vensim text; reading the text gives the same tree."""

import re
from collections.abc import Iterator

from cqsim.language.expression import MISSING
from cqsim.language.syntax import (
    ArrayLiteral,
    Binary,
    Call,
    Definition,
    Dimension,
    Expression,
    LookupTable,
    Macro,
    Number,
    Reference,
    SourceModel,
    String,
    Subscript,
    Unary,
)

_BINDING = {":OR:": 1, ":AND:": 2, "+": 5, "-": 5, "*": 6, "/": 6, "^": 8}
_BINDING |= dict.fromkeys(("=", "<>", "<", ">", "<=", ">="), 4)
_NOT, _SIGN, _ATOM = 3, 7, 9
_PLAIN = re.compile(r"""[^\W\d](?:[\w$'&. ]*[\w$'&])?""")


def text_of(node: Expression) -> str:
    """Return an expression as text, with no more parentheses than it needs."""
    return _text(node, 0)


def _text(node: Expression, around: int) -> str:
    """Return the text of an operand of what binds as tightly as `around`."""
    text, binding = _bound(node)
    return f"({text})" if binding < around else text


def _bound(node: Expression) -> tuple[str, int]:
    """Return the text of a node, and how tightly its outermost operator binds."""
    match node:
        case Binary(operator=operator, left=left, right=right):
            binding = _BINDING[operator]
            power = operator == "^"
            blank = "" if operator in "*/^" else " "
            first = _text(left, binding + power)
            second = _text(right, binding + (not power))
            return f"{first}{blank}{operator}{blank}{second}", binding
        case Unary(operator=operator, operand=operand):
            binding = _SIGN if operator == "-" else _NOT
            blank = " " if operator != "-" else ""
            inner = _text(operand, binding)
            if operator == "-" and isinstance(operand, Number):
                inner = f"({inner})"
            return f"{operator}{blank}{inner}", binding
        case Number(value=value):
            return number_text(value), _SIGN if value < 0 else _ATOM
        case _:
            return _atom(node), _ATOM


def number_text(value: float) -> str:
    """Return the shortest text that is read as the same number."""
    if value == MISSING:
        return ":NA:"
    text = repr(value)
    return text.removesuffix(".0")


def _atom(node: Expression) -> str:
    match node:
        case String(value=value):
            return f"'{value}'"
        case Reference(name=name, subscripts=subscripts):
            return name_text(name) + _bracketed(subscripts)
        case Call(function=function, subscripts=subscripts):
            inner = ", ".join(_argument(a) for a in node.arguments)
            outputs = ", ".join(map(name_text, node.outputs))
            inner = f"{inner} : {outputs}" if outputs else inner
            return f"{name_text(function)}{_bracketed(subscripts)}({inner})"
        case LookupTable():
            return _points(node)
        case ArrayLiteral(rows=rows):
            lines = (", ".join(map(number_text, row)) for row in rows)
            return "; ".join(lines) + ";"
        case _:
            return text_of(node)


def _argument(node: Expression) -> str:
    return f"({_points(node)})" if isinstance(node, LookupTable) else text_of(node)


def _points(table: LookupTable) -> str:
    pairs = (f"({number_text(x)},{number_text(y)})" for x, y in table.points)
    return ", ".join(pairs)


def name_text(name: str) -> str:
    """Return a name, in quotes where Vensim needs them."""
    if name[:1] == '"' or _PLAIN.fullmatch(name):
        return name
    return f'"{name}"'


def _bracketed(subscripts: tuple[Subscript, ...]) -> str:
    if not subscripts:
        return ""
    inner = (
        text_of(s.expression) if s.expression is not None else str(s)
        for s in subscripts
    )
    return f"[{', '.join(inner)}]"


def print_model(model: SourceModel) -> str:
    """Return a model as the text of a Vensim file, without a sketch."""
    parts = ["{UTF-8}"]
    parts += [_macro(macro) for macro in model.macros]
    parts += [_dimension(dimension) for dimension in model.dimensions]
    parts += _grouped(model)
    return "\n".join(parts) + "\n"


def _grouped(model: SourceModel) -> Iterator[str]:
    current = ""
    notes = {group.name: group.documentation for group in model.groups}
    for definition in model.definitions:
        if definition.group != current:
            current = definition.group
            yield f"****\n.{current}\n****~ {notes.get(current, '')} |"
        yield _definition(definition)


def _definition(definition: Definition) -> str:
    left = name_text(definition.name)
    if definition.subscripts:
        left += f"[{', '.join(definition.subscripts)}]"
    if definition.exceptions:
        holes = ", ".join(f"[{', '.join(names)}]" for names in definition.exceptions)
        left += f" :EXCEPT: {holes}"
    left += f" {definition.keyword} " if definition.keyword else ""
    right = _right(definition)
    return f"{left}{right} ~ {definition.unit} ~ {definition.documentation} |"


def _right(definition: Definition) -> str:
    if definition.value is None:
        return ""
    if definition.operator == "(":
        return f"({text_of(definition.value)})"
    return f" {definition.operator} {text_of(definition.value)}"


def _dimension(dimension: Dimension) -> str:
    members = (
        text_of(dimension.members)
        if isinstance(dimension.members, Call)
        else ", ".join(dimension.members)
    )
    mappings = ", ".join(
        f"({m.dimension}: {', '.join(m.elements)})" if m.elements else m.dimension
        for m in dimension.mappings
    )
    arrow = f" -> {mappings}" if mappings else ""
    text = dimension.documentation
    return f"{name_text(dimension.name)} : {members}{arrow} ~ ~ {text} |"


def _macro(macro: Macro) -> str:
    inner = ", ".join(map(name_text, macro.parameters))
    outputs = ", ".join(map(name_text, macro.outputs))
    head = f"{name_text(macro.name)}({inner}{f' : {outputs}' if outputs else ''})"
    body = "\n".join(_definition(definition) for definition in macro.body)
    return f":MACRO: {head}\n{body}\n:END OF MACRO:"
