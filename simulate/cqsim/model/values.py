"""The values of constants: in the text, or in the CSV files beside the model."""

import csv
import re
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from cqsim.errors import InputFileError
from cqsim.language.syntax import (
    ArrayLiteral,
    Binary,
    Call,
    Expression,
    Number,
    String,
    Unary,
    canonical,
)
from cqsim.model.model import Equation, Model, Variable
from cqsim.textfile import read_text

_CELL = re.compile(r"^(?P<column>[A-Za-z]+)(?P<row>\d+)(?P<down>\*?)$")
_OPERATORS = {"+", "-", "*", "/", "^"}


@dataclass(frozen=True, slots=True)
class ConstantValue:
    """One number of a constant: for which elements, and where it is written."""

    elements: tuple[str, ...]
    value: float
    file: Path
    line: int


def constant_values(model: Model, variable: Variable) -> list[ConstantValue]:
    """Return the numbers of a constant, in the order of its subscripts' elements.

    Raises
    ------
    InputFileError
        A CSV file that the constant reads is missing, outside the model's folder,
        too short, or holds text where a number belongs.
    """
    values: dict[tuple[str, ...], ConstantValue] = {}
    for equation in variable.equations:
        for value in _equation_values(model, variable, equation):
            values[value.elements] = value
    return list(values.values())


def _equation_values(
    model: Model, variable: Variable, equation: Equation
) -> list[ConstantValue]:
    """Return the numbers of one equation of a constant."""
    places = [
        place
        for place in product(*(model.elements(s) for s in equation.subscripts))
        if not any(_within(model, place, e) for e in equation.excepted)
    ]
    if equation.tree is None:
        return []
    if isinstance(equation.tree, Call):
        cells = _read_cells(model, variable, equation, equation.tree)
        file = _file(model, variable, equation.tree)
        numbers = [(file, line, value) for line, value in cells]
    else:
        flat = _numbers(equation.tree, len(places))
        numbers = [(model.path, equation.line, value) for value in flat]
    if len(numbers) != len(places):
        what = (
            f"{variable.name}: {len(numbers)} numbers for "
            f"{len(places)} elements of [{', '.join(equation.subscripts)}]"
        )
        remedy = "Give one number an element."
        raise InputFileError(model.path, equation.line, what, remedy)
    return [
        ConstantValue(place, value, file, line)
        for place, (file, line, value) in zip(places, numbers, strict=True)
    ]


def _within(model: Model, place: tuple[str, ...], excepted: tuple[str, ...]) -> bool:
    """Whether an exception's subscripts cover the place."""
    return all(
        canonical(element) in {canonical(e) for e in model.elements(subscript)}
        for element, subscript in zip(place, excepted, strict=True)
    )


def _numbers(tree: Expression, count: int) -> list[float]:
    """Return the numbers of an array, or one number for all elements."""
    if isinstance(tree, ArrayLiteral):
        return [value for row in tree.rows for value in row]
    return [_evaluate(tree)] * count


def _evaluate(tree: Expression) -> float:
    """Return the value of a right side of plain numbers."""
    match tree:
        case Number(value=value):
            return value
        case Unary(operand=operand):
            return -_evaluate(operand)
        case Binary(operator=operator, left=left, right=right) if (
            operator in _OPERATORS
        ):
            return _calculate(operator, _evaluate(left), _evaluate(right))
        case _:
            return float("nan")


def _calculate(operator: str, left: float, right: float) -> float:
    """Return the result of one operation on two numbers."""
    if operator == "/" and right == 0:
        return float("nan")
    results = {
        "+": lambda: left + right,
        "-": lambda: left - right,
        "*": lambda: left * right,
        "/": lambda: left / right,
        "^": lambda: float(left**right),
    }
    return results[operator]()


def constant_file(model: Model, variable: Variable) -> Path | None:
    """Return the CSV file that a constant reads, or None."""
    for equation in variable.equations:
        if isinstance(equation.tree, Call):
            return _file(model, variable, equation.tree)
    return None


def _file(model: Model, variable: Variable, call: Call) -> Path:
    """Return the file that a call reads; it must be in the model's folder."""
    argument = call.arguments[0] if call.arguments else None
    if not isinstance(argument, String):
        what = f"{variable.name}: {call.function} names no file"
        remedy = "Write GET DIRECT CONSTANTS('file.csv', ',', 'B2*')."
        raise InputFileError(model.path, variable.line, what, remedy)
    folder = model.path.parent.resolve()
    file = (folder / argument.value).resolve()
    if not file.is_relative_to(folder):
        what = f"{variable.name}: '{argument.value}' is outside the model's folder"
        remedy = "Put the file beside the model."
        raise InputFileError(model.path, variable.line, what, remedy)
    return model.path.parent / argument.value


def _read_cells(
    model: Model, variable: Variable, equation: Equation, call: Call
) -> list[tuple[int, float]]:
    """Return line and value of the cells that a constant reads, row by row."""
    file = _file(model, variable, call)
    texts = [a.value if isinstance(a, String) else "" for a in call.arguments]
    cell = _CELL.match(texts[2]) if len(texts) == 3 else None
    if cell is None:
        what = f"{variable.name}: {call.function} needs file, separator and a cell"
        remedy = "Write GET DIRECT CONSTANTS('file.csv', ',', 'B2*')."
        raise InputFileError(model.path, equation.line, what, remedy)
    separator = {"\\t": "\t"}.get(texts[1], texts[1])
    rows = _rows(file, separator)
    shape = [n for n in (len(model.elements(s)) for s in equation.subscripts) if n > 1]
    first = int(cell["row"]), _column(cell["column"])
    return [
        (row, _cell(file, rows, row, column, variable.name))
        for row, column in _places(first, shape, bool(cell["down"]))
    ]


def _places(
    first: tuple[int, int], shape: list[int], is_transposed: bool
) -> list[tuple[int, int]]:
    """Return the cells of a block, in the order of the elements.

    One subscript runs along a row, or down a column with `*`. Of two, the first runs
    down and the second along, or the other way round with `*`.
    """
    row, column = first
    if len(shape) > 2:
        return []
    outer, inner = (*([1] * (2 - len(shape))), *shape)
    places = product(range(outer), range(inner))
    if is_transposed:
        return [(row + j, column + i) for i, j in places]
    return [(row + i, column + j) for i, j in places]


def _rows(file: Path, separator: str) -> list[list[str]]:
    """Return the cells of a CSV file."""
    return list(csv.reader(read_text(file).splitlines(), delimiter=separator))


def _column(letters: str) -> int:
    """Return the number of a column, A being 1."""
    number = 0
    for letter in letters.upper():
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


def _cell(file: Path, rows: list[list[str]], row: int, column: int, name: str) -> float:
    """Return the number in a cell."""
    try:
        text = rows[row - 1][column - 1]
    except IndexError:
        what = f"{name} reads row {row}, column {column}, which is not there"
        raise InputFileError(file, row, what, "Add the missing number.") from None
    try:
        return float(text)
    except ValueError:
        what = f"{name} reads '{text}' where a number belongs"
        raise InputFileError(file, row, what, "Write a number.") from None
