"""Check the units of every equation of a model.

From the leaves upwards each part gets a unit, once, or none where nothing is known of
it. Then the unit that each place asks for is carried downwards, and compared. Where
terms of a sum differ, the term at fault is the one that does not have the unit that is
asked for, or else the odd one out.
"""

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import product

from cqsim.language.builtins import Builtin
from cqsim.language.expression import folded
from cqsim.language.syntax import (
    Binary,
    Call,
    Expression,
    Number,
    Reference,
    String,
    Unary,
    canonical,
    children,
    terms_of,
    walk,
)
from cqsim.model.graph import function_of
from cqsim.model.model import Model, Variable, is_plain
from cqsim.model.values import DataEquation, files_of
from cqsim.units.registry import PURE, Unit, UnitNameError, Units

_POWERS = ("^", "power", "sqrt", "xmile rootn")
_COMPARISONS = ("=", "<>", "<", ">", "<=", ">=")
_RULES = {"+": "x>x", "-": "x>x", "*": "?>?", "/": "?>?", "^": "?,1>?"}
_RULES |= dict.fromkeys(_COMPARISONS, "x>1")
_RULES |= dict.fromkeys((":AND:", ":OR:", ":NOT:"), "1>1")
_OPERATORS = {sign: Builtin(sign, 1, 2, rule) for sign, rule in _RULES.items()}
#: What the terms and sides that have one unit are called.
_ALIKE = dict.fromkeys(_COMPARISONS, "what it is compared with")
_ALIKE |= dict.fromkeys(("+", "-"), "the other terms")

RequiredUnit = tuple[Expression, Unit | None]


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A part of an equation, the unit that it has, and the one that it should have."""

    part: Expression
    found: Unit
    wanted: Unit
    why: str


@dataclass(frozen=True, slots=True)
class Known:
    """The units of a model that are declared, before its equations are checked.

    Attributes
    ----------
    declared
        The units of the variables by canonical name; those without one are missing.
    time
        The unit of time.
    axes
        The units of the x axes of lookups, where they have one.
    """

    model: Model
    units: Units
    declared: Mapping[str, Unit]
    time: Unit
    axes: Mapping[str, Unit]


def check_equation(
    tree: Expression, declared: Unit | None, known: Known
) -> tuple[Unit | None, list[Mismatch]]:
    """Return the unit of a right side, and the smallest parts at fault, in order."""
    check = _Check(known)
    for node in reversed([*walk(tree)]):
        check.found[id(node)] = check.unit(node)
    check.compare(tree, declared, "the unit declared for the variable")
    waiting: list[RequiredUnit] = [(tree, declared)]
    while waiting:
        waiting.extend(check.required(*waiting.pop()))
    return check.found[id(tree)], _smallest(check.mismatches)


def _smallest(mismatches: list[Mismatch]) -> list[Mismatch]:
    """Return the mismatches without those of a part around another at fault."""
    parts = [mismatch.part for mismatch in mismatches]
    around = {
        id(part)
        for part, inner in product(parts, parts)
        if part is not inner and part.start <= inner.start and inner.end <= part.end
    }
    kept = [mismatch for mismatch in mismatches if id(mismatch.part) not in around]
    return sorted(kept, key=lambda mismatch: mismatch.part.start)


@dataclass(slots=True)
class _Check:
    """The check of one equation: the unit of each part by `id`, and what differs."""

    known: Known
    found: dict[int, Unit | None] = field(default_factory=dict)
    mismatches: list[Mismatch] = field(default_factory=list)

    def _units(self, parts: Iterable[Expression]) -> list[Unit | None]:
        return [self.found[id(part)] for part in parts]

    def _row(self, node: Expression) -> Builtin | None:
        """Return what the operator or function of a part does with units."""
        match node:
            case Binary(operator=operator):
                return _OPERATORS[operator]
            case Unary(operator=operator):
                return _OPERATORS[operator]
            case Call():
                return function_of(node, self.known.model)
            case _:
                return None

    # Upwards: the unit that a part has.

    def unit(self, node: Expression) -> Unit | None:
        """Return the unit of a part from those of the parts in it."""
        row = self._row(node)
        if row is not None:
            return self._result(row, _arguments(node))
        match node:
            case Number(value=value):
                return None if value == 0 or abs(value) > 1e30 else PURE
            case Reference(name=name):
                return self._named(canonical(name))
            case Call(function=name):
                return self.known.declared.get(canonical(name))
            case _:
                return None

    def _named(self, key: str) -> Unit | None:
        if key == "time":
            return self.known.time
        if key not in self.known.model.variables:
            return PURE  # an element of a range, which stands for its number
        return self.known.declared.get(key)

    def _result(self, row: Builtin, parts: Sequence[Expression]) -> Unit | None:
        units = self._units(parts)
        if row.name in _POWERS and parts:
            exponent = _exponent(row, parts)
            base = units[0]
            return PURE if exponent is None else base and base**exponent
        if row.name == "*":
            return units[0] and units[1] and units[0] * units[1]
        if row.name == "/":
            return _over(*units)
        result = row.units.partition(">")[2]
        return self._of_rule(result, self._letters(row, parts))

    def _letters(self, row: Builtin, parts: Sequence[Expression]) -> dict[str, Unit]:
        """Return what `x` and `y` of a rule stand for."""
        given = [
            (row.unit_of(n), self.found[id(part)]) for n, part in _given(row, parts)
        ]
        letters = {}
        for letter in "xy":
            found = _first(unit for rule, unit in given if rule == letter)
            rate = _first(unit for rule, unit in given if rule == f"{letter}/t")
            if found is not None:
                letters[letter] = found
            elif rate is not None:
                letters[letter] = rate * self.known.time
        return letters

    def _of_rule(self, rule: str, letters: Mapping[str, Unit]) -> Unit | None:
        """Return the unit that a rule such as `x/t` stands for, if it is known."""
        units = {"": PURE, "1": PURE, "t": self.known.time, **letters}
        over, _, under = rule.partition("/")
        return units[over] / units[under] if {over, under} <= units.keys() else None

    # Downwards: the unit that its place asks for.

    def compare(self, part: Expression, wanted: Unit | None, why: str) -> None:
        """Note a part whose unit is not the one that its place asks for."""
        found = self.found[id(part)]
        if found is None or wanted is None or self.known.units.same(found, wanted):
            return
        self.mismatches.append(Mismatch(part, found, wanted, why))

    def required(self, node: Expression, wanted: Unit | None) -> Iterator[RequiredUnit]:
        """Yield the parts of a part with the unit asked of each; note what differs."""
        row, parts = self._row(node), _arguments(node)
        if row is None:
            if isinstance(node, Call) and canonical(node.function) in self._variables:
                self._axis(parts[0], canonical(node.function))
            yield from ((part, None) for part in parts)
        elif row.name in ("*", "/"):
            left, right = self._units(parts)
            inverse = row.name == "/"
            yield parts[0], _over(wanted, _over(PURE, right) if inverse else right)
            yield parts[1], _over(left, wanted) if inverse else _over(wanted, left)
        elif row.name in _POWERS:
            yield from self._of_power(row, parts)
        else:
            yield from self._of_arguments(row, node, parts, wanted)

    @property
    def _variables(self) -> Mapping[str, Variable]:
        return self.known.model.variables

    def _of_power(
        self, row: Builtin, parts: Sequence[Expression]
    ) -> Iterator[RequiredUnit]:
        base, *exponents = parts
        for exponent in exponents:
            self.compare(exponent, PURE, "an exponent, a pure number")
            yield exponent, PURE
        is_number = _exponent(row, parts) is not None
        if not is_number:
            why = "the base of a power whose exponent is no plain number"
            self.compare(base, PURE, f"{why}, a pure number")
        yield base, None if is_number else PURE

    def _of_arguments(
        self,
        row: Builtin,
        node: Expression,
        parts: Sequence[Expression],
        wanted: Unit | None,
    ) -> Iterator[RequiredUnit]:
        """Yield the arguments of a function with what its rule asks of each."""
        letters = self._letters(row, parts)
        name = node.function if isinstance(node, Call) else row.name
        why = _ALIKE.get(row.name, f"the other arguments of {name}")
        for letter in "xy":
            alike = [part for n, part in _given(row, parts) if row.unit_of(n) == letter]
            asked = self._wanted(row, wanted) if letter == "x" else None
            shared = yield from self._agreed(alike, asked, why)
            if row.name == "integ" and asked is not None:
                for start in alike:
                    self.compare(start, asked, "the unit declared for the stock")
                shared = asked
            if shared is not None:
                letters[letter] = shared
        for number, part in enumerate(parts):
            rule = row.unit_of(number)
            if rule == "l":
                read = parts[0]
                lookup = canonical(read.name) if isinstance(read, Reference) else ""
                self._axis(part, lookup if row.name != "with lookup" else "")
            if rule not in ("x", "y"):
                asked = self._of_rule(rule, letters)
                self.compare(part, asked, f"what {name} takes")
                yield part, asked

    def _agreed(
        self, parts: Sequence[Expression], wanted: Unit | None, why: str
    ) -> Generator[RequiredUnit, None, Unit | None]:
        """Note each part that differs from the one unit that parts share; return it.

        It is the unit asked for where a part has it, else the most frequent.
        """
        found = [unit for unit in self._units(parts) if unit is not None]
        shared = wanted
        if not any(wanted and self.known.units.same(unit, wanted) for unit in found):
            count = found.count
            by_count = sorted(found, key=lambda u: (count(u), u != PURE), reverse=True)
            shared = by_count[0] if by_count else wanted
        for part in parts:
            self.compare(part, shared, why)
            yield part, wanted or shared
        return shared

    def _axis(self, argument: Expression, lookup: str) -> None:
        """Compare what a lookup is read at with its x axis; a bare one takes times."""
        found, axis = self.found[id(argument)], self.known.axes.get(lookup)
        if axis is None and found is not None and found == self.known.time:
            return
        name = self._variables[lookup].name if lookup else "the lookup"
        self.compare(argument, axis or PURE, f"the x axis of {name} is")

    def _wanted(self, row: Builtin, wanted: Unit | None) -> Unit | None:
        """Return the `x` of a rule whose result has the unit that is asked for."""
        if wanted is None:
            return None
        result = row.units.partition(">")[2]
        asked = {"x": wanted, "x/t": wanted * self.known.time, "1/x": PURE / wanted}
        return asked.get(result)


def _arguments(node: Expression) -> Sequence[Expression]:
    """Return what an operator or function takes; of a sum, its terms."""
    if isinstance(node, Binary) and node.operator in ("+", "-"):
        return terms_of(node, "+", "-")
    return node.arguments if isinstance(node, Call) else children(node)


def _given(
    row: Builtin, parts: Sequence[Expression]
) -> Iterator[tuple[int, Expression]]:
    """Yield the arguments but for a plain number that says where a stock starts."""
    for number, part in enumerate(parts):
        if number != row.initial or not is_plain(part):
            yield number, part


def _over(one: Unit | None, other: Unit | None) -> Unit | None:
    return None if one is None or other is None else one / other


def _first(units: Iterable[Unit | None]) -> Unit | None:
    """Return the first unit, of pure numbers only if there is no other."""
    known = [unit for unit in units if unit is not None]
    return next((unit for unit in known if unit != PURE), known[0] if known else None)


def _exponent(row: Builtin, parts: Sequence[Expression]) -> float | None:
    """Return the exponent of what is a power, if it is a plain number."""
    if row.name == "sqrt":
        return 0.5
    number = folded(parts[1])
    return 1 / number if number and row.name == "xmile rootn" else number


# The equations of a model.


DEFAULT_TIME = "year"


@dataclass(frozen=True, slots=True)
class UnitFinding:
    """A unit that is wrong: where, of what, the part at fault, and the cure.

    `found` and `wanted` are the two units that differ; both are empty where a unit is
    missing or unknown.
    """

    place: str
    name: str
    equation: str = ""
    part: str = ""
    found: str = ""
    wanted: str = ""
    what: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.name}: {self.what}. {self.remedy}"


@dataclass(frozen=True, slots=True)
class UnitCheck:
    """How many equations and tables' units were looked at, and what is wrong."""

    equations: int
    table_units: int
    findings: tuple[UnitFinding, ...]


def check_equations(model: Model, units: Units) -> UnitCheck:
    """Return the unit findings of all equations, in the order of the file."""
    declared, findings = _declared(model, units)
    time = _time_unit(model, units, declared)
    known = Known(model, units, declared, time, _axes(model, units))
    count = 0
    for variable, equation in model.equations():
        if equation.value is None or _is_given(variable, equation.value):
            continue
        count += 1
        own = declared.get(variable.key)
        unit, mismatches = check_equation(equation.value, own, known)
        for fault in mismatches:
            part = equation.cut(fault.part.start, fault.part.end)
            found, wanted = fault.found, fault.wanted
            findings.append(
                UnitFinding(
                    f"{equation.source.path}:{equation.line}",
                    variable.name,
                    equation.text,
                    part,
                    str(found),
                    str(wanted),
                    f"'{part}' is in {found}, and {fault.why} in {wanted}",
                    _remedy(units, found / wanted),
                )
            )
        if not variable.unit.strip() and unit is not None:
            what = "no unit is declared"
            remedy = f"Its equation gives {unit}: write it after the first ~."
            finding = UnitFinding(_place(model, variable), variable.name, what=what)
            findings.append(replace(finding, found=str(unit), remedy=remedy))
    return UnitCheck(count, 0, tuple(findings))


def _place(model: Model, variable: Variable) -> str:
    return f"{model.path}:{variable.line}"


def _is_given(variable: Variable, tree: Expression) -> bool:
    """Whether a right side is data, which has the unit that is declared for it."""
    if isinstance(tree, Call):
        return any(isinstance(a, String) for a in tree.arguments)
    return variable.kind in ("constant", "lookup", "data", "time") or is_plain(tree)


def _declared(
    model: Model, units: Units
) -> tuple[Mapping[str, Unit], list[UnitFinding]]:
    """Return the units that a model declares, and the texts that are none."""
    known: dict[str, Unit] = {}
    findings = []
    for variable in model.variables.values():
        try:
            if variable.unit.strip():
                known[variable.key] = units.read(variable.unit)
        except UnitNameError as error:
            place, (what, remedy) = _place(model, variable), error.args
            finding = UnitFinding(place, variable.name, what=what, remedy=remedy)
            findings.append(finding)
    return known, findings


def _time_unit(model: Model, units: Units, known: Mapping[str, Unit]) -> Unit:
    for name in ("time step", "final time", "initial time", "time"):
        if name in known and name in model.variables:
            return known[name]
    try:
        return units.read(DEFAULT_TIME)
    except UnitNameError:
        return PURE


def _remedy(units: Units, ratio: Unit) -> str:
    size, kinds = units.base(ratio)
    if not kinds:
        return f"The sizes differ by a factor of {size:g}: convert one of them."
    return f"It has {ratio} too much: correct the equation, or the unit declared."


def _axes(model: Model, units: Units) -> dict[str, Unit]:
    """Return the units that head the columns of arguments in the files of lookups."""
    files, found = files_of(model), {}
    for variable, equation in model.equations():
        if variable.kind != "lookup" or not isinstance(equation.value, Call):
            continue
        data = DataEquation(model, equation, files)
        file, tab, column, _ = data.texts(equation.value)
        heading = data.heading(file, tab, f"{column}1")
        with suppress(UnitNameError):
            found[variable.key] = units.read(heading)
    return found
