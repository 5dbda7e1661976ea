"""LLVM's assembly language, one instruction at a time, for numbers and for lanes.

A lane is one run. `Type` says whether a value is one number, the same in every run of a
tile, or one for each lane; instructions look alike for both. No fast-math flag is set:
each operation is rounded by itself, so a lane's bits depend neither on how many lanes
there are nor on how far the compiler optimises.
"""

import re
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


def literal(value: float) -> str:
    """Return a number as LLVM writes it: by its bits."""
    return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"


@dataclass(frozen=True, slots=True)
class Type:
    """Numbers of a width: 1 is a plain number, more are lanes."""

    width: int

    @property
    def real(self) -> str:
        """Return the type of numbers."""
        return self._typed("double")

    @property
    def integer(self) -> str:
        """Return the type of 64-bit integers."""
        return self._typed("i64")

    @property
    def boolean(self) -> str:
        """Return the type of truth values."""
        return self._typed("i1")

    @property
    def suffix(self) -> str:
        """Return the suffix of names of functions of this width."""
        return f"_{self.width}"

    @property
    def align(self) -> int:
        """Return how many bytes numbers take, which is how they are aligned."""
        return 8 * self.width

    def mangled(self, name: str = "f64") -> str:
        """Return the type as LLVM's own functions carry it in their names."""
        return name if self.width == 1 else f"v{self.width}{name}"

    def number(self, value: float) -> str:
        """Return a literal."""
        text = literal(value)
        return text if self.width == 1 else f"splat (double {text})"

    def whole(self, value: int) -> str:
        """Return an integer literal."""
        return str(value) if self.width == 1 else f"splat (i64 {value})"

    def _typed(self, name: str) -> str:
        return name if self.width == 1 else f"<{self.width} x {name}>"


ONE = Type(1)


@dataclass(frozen=True, slots=True)
class Operand:
    """A value: its name, its type, whether it is a truth; or a literal."""

    text: str
    type: Type
    truth: bool = False
    value: float | None = None

    @classmethod
    def literal(cls, value: float) -> "Operand":
        """Return a number that is written out."""
        return cls(ONE.number(value), ONE, value=value)

    def of(self, text: str) -> "Operand":
        """Return the same with another text."""
        return Operand(text, self.type, self.truth, self.value)


@dataclass
class _Scope:
    """The body of a function or loop: what is known in it, and what goes before it.

    Attributes
    ----------
    known
        Operands under the keys that their users gave them.
    values
        The names of values by the instructions that gave them.
    """

    known: dict[object, Operand] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    before: list[str] = field(default_factory=list)


_OPERAND = re.compile(r"%[\w.]+")


class FunctionBuilder:
    """The instructions of one function, with fresh names for values and labels.

    What has been computed is not computed again in the same loop. What is the same in
    every iteration goes before the loop if `hoists` is set: that makes up for much of
    an optimiser, while wide values do better near to where they are used.
    """

    def __init__(self, hoists: bool = False) -> None:
        self.block = "entry"
        self._hoists = hoists
        self._lines: list[str | list[str]] = []
        self._scopes = [_Scope()]
        self._depths: dict[str, int] = {}
        self._count = 0

    @property
    def lines(self) -> list[str]:
        """Return the instructions and labels."""
        lines = ([line] if isinstance(line, str) else line for line in self._lines)
        return [line for some in lines for line in some]

    def fresh(self, stem: str = "x") -> str:
        """Return a name that stands for nothing yet."""
        self._count += 1
        name = f"%{stem}{self._count}"
        self._depths[name] = len(self._scopes) - 1
        return name

    def known(self, key: object) -> Operand | None:
        """Return what has been computed under a key in the loops around."""
        for scope in reversed(self._scopes):
            if key in scope.known:
                return scope.known[key]
        return None

    def remember(self, key: object, operand: Operand) -> None:
        """Keep what has been computed, as long as the loop lasts."""
        self._scopes[-1].known[key] = operand

    def forget(self) -> None:
        """Compute everything anew from here."""
        self._scopes[-1].known.clear()
        self._scopes[-1].values.clear()

    def emit(self, line: str) -> None:
        """Add an instruction that gives no value."""
        self._lines.append("  " + line)

    def comment(self, text: str) -> None:
        """Add a comment."""
        self._lines.append("  ; " + text)

    def value(self, instruction: str) -> str:
        """Add an instruction and return the name of its value."""
        name = self.fresh()
        self._lines.append(f"  {name} = {instruction}")
        return name

    def pure(self, instruction: str) -> str:
        """Return the value of an instruction that depends on its operands only."""
        for scope in reversed(self._scopes):
            if instruction in scope.values:
                return scope.values[instruction]
        inside = len(self._scopes) - 1
        depth = inside
        if self._hoists:
            depths = map(self._depths.get, _OPERAND.findall(instruction))
            depth = max(filter(None, depths), default=0)
        name = self.fresh()
        self._depths[name] = depth
        lines = self._lines if depth == inside else self._scopes[depth + 1].before
        lines.append(f"  {name} = {instruction}")
        self._scopes[depth].values[instruction] = name
        return name

    def label(self, name: str) -> None:
        """Begin a block; the name is as `fresh` gave it."""
        self._lines.append(f"{name[1:]}:")
        self.block = name[1:]

    def jump(self, label: str) -> None:
        """End the block."""
        self.emit(f"br label {label}")

    def branch(self, condition: str, yes: str, no: str) -> None:
        """End the block at a condition."""
        self.emit(f"br i1 {condition}, label {yes}, label {no}")

    def load(self, type_: Type, pointer: str) -> Operand:
        """Return the number at an address."""
        return Operand(self.value(self._load(type_, pointer)), type_)

    def load_constant(self, type_: Type, pointer: str) -> Operand:
        """Return the number at an address to which nothing is stored meanwhile."""
        return Operand(self.pure(self._load(type_, pointer)), type_)

    @staticmethod
    def _load(type_: Type, pointer: str) -> str:
        return f"load {type_.real}, ptr {pointer}, align {type_.align}"

    def store(self, type_: Type, text: str, pointer: str) -> None:
        """Put a number at an address."""
        self.emit(f"store {type_.real} {text}, ptr {pointer}, align {type_.align}")

    def splat(self, operand: Operand, type_: Type) -> str:
        """Return an operand's text, repeated in every lane where lanes are wanted."""
        if operand.value is not None:
            return type_.number(operand.value)
        if operand.type.width == type_.width:
            return operand.text
        source = "i1" if operand.truth else "double"
        vector = type_.boolean if operand.truth else type_.real
        return self._repeated(source, vector, operand.text, type_.width)

    def splat_integer(self, text: str, type_: Type) -> str:
        """Return an integer, repeated in every lane where lanes are wanted."""
        if type_.width == 1:
            return text
        return self._repeated("i64", type_.integer, text, type_.width)

    def _repeated(self, source: str, vector: str, text: str, width: int) -> str:
        one = self.pure(f"insertelement {vector} poison, {source} {text}, i64 0")
        zeros = f"<{width} x i32> zeroinitializer"
        return self.pure(f"shufflevector {vector} {one}, {vector} poison, {zeros}")

    def each_lane(self, type_: Type, give: Callable[[int], str]) -> str:
        """Return the numbers that a function gives for each lane, as one value."""
        if type_.width == 1:
            return give(0)
        total = "poison"
        for lane in range(type_.width):
            one = give(lane)
            total = self.value(
                f"insertelement {type_.real} {total}, double {one}, i64 {lane}"
            )
        return total

    def lane(self, type_: Type, text: str, lane: int) -> str:
        """Return the number in one lane."""
        if type_.width == 1:
            return text
        return self.value(f"extractelement {type_.real} {text}, i64 {lane}")

    def loop(
        self,
        count: int | str,
        carried: Sequence[Operand],
        type_: Type,
        body: Callable[[str, list[Operand]], list[Operand]],
    ) -> list[Operand]:
        """Emit a loop that carries values from iteration to iteration.

        Parameters
        ----------
        count
            How many iterations there are; at least one.
        body
            Emits an iteration: from its counter and the values carried to the values
            that it carries on.
        """
        starts = [self.splat(value, type_) for value in carried]
        before = self.block
        scope = _Scope()
        self._lines.append(scope.before)
        self._scopes.append(scope)
        head, after = self.fresh("loop"), self.fresh("after")
        counter, following = self.fresh("i"), self.fresh("i")
        names = [self.fresh("c") for _ in carried]
        self.jump(head)
        self.label(head)
        mark = len(self._lines)
        found = body(counter, [Operand(name, type_) for name in names])
        ends = [self.splat(value, type_) for value in found]
        self._scopes.pop()
        self._depths |= dict.fromkeys(ends, len(self._scopes) - 1)
        phis = [
            f"  {counter} = phi i64 [ 0, %{before} ], [ {following}, %{self.block} ]",
            *(
                f"  {name} = phi {type_.real} "
                f"[ {start}, %{before} ], [ {end}, %{self.block} ]"
                for name, start, end in zip(names, starts, ends, strict=True)
            ),
        ]
        self._lines[mark:mark] = phis
        self.emit(f"{following} = add nuw nsw i64 {counter}, 1")
        done = self.value(f"icmp sge i64 {following}, {count}")
        self.branch(done, after, head)
        self.label(after)
        return [Operand(end, type_) for end in ends]


@dataclass
class Constants:
    """Lists of numbers that a program carries: offsets, and literals by position."""

    lines: list[str] = field(default_factory=list)
    _names: dict[tuple[str, tuple[object, ...]], str] = field(default_factory=dict)

    def name(self, type_name: str, values: tuple[str, ...]) -> str:
        """Return the name of a list, added if it is new."""
        key = (type_name, values)
        if key not in self._names:
            name = f"@list{len(self._names)}"
            items = ", ".join(f"{type_name} {value}" for value in values)
            kind = f"[{len(values)} x {type_name}]"
            line = f"{name} = internal constant {kind} [{items}], align 64"
            self.lines.append(line)
            self._names[key] = name
        return self._names[key]


# Instructions on values of one type: what is computed in every lane alike.


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Instructions on values of one type.

    Attributes
    ----------
    fma
        Whether the target multiplies and adds in one instruction.
    """

    to: FunctionBuilder
    type: Type
    fma: bool = True

    def add(self, x: str, y: str) -> str:
        """Return x + y."""
        return self.to.pure(f"fadd {self.type.real} {x}, {y}")

    def subtract(self, x: str, y: str) -> str:
        """Return x - y."""
        return self.to.pure(f"fsub {self.type.real} {x}, {y}")

    def multiply(self, x: str, y: str) -> str:
        """Return x * y."""
        return self.to.pure(f"fmul {self.type.real} {x}, {y}")

    def divide(self, x: str, y: str) -> str:
        """Return x / y."""
        return self.to.pure(f"fdiv {self.type.real} {x}, {y}")

    def negative(self, x: str) -> str:
        """Return -x."""
        return self.to.pure(f"fneg {self.type.real} {x}")

    def fused(self, x: str, y: str, z: str) -> str:
        """Return x * y + z, rounded once where the target can."""
        if not self.fma:
            return self.add(self.multiply(x, y), z)
        return self.function("fma", x, y, z)

    def number(self, value: float) -> str:
        """Return a literal."""
        return self.type.number(value)

    def result(self, text: str, truth: bool = False) -> Operand:
        """Return a value that has been computed, as an operand."""
        return Operand(text, self.type, truth)

    def number_of(self, x: Operand) -> str:
        """Return an operand as a number; a truth is 1 or 0."""
        if x.truth:
            return self.select(x.text, self.number(1.0), self.number(0.0))
        return x.text

    def truth_of(self, x: Operand) -> str:
        """Return an operand as a truth; a number is true if it is not 0."""
        return x.text if x.truth else self.compare("une", x.text, self.number(0.0))

    def compare(self, relation: str, x: str, y: str) -> str:
        """Return the truth of a relation such as `olt`."""
        return self.to.pure(f"fcmp {relation} {self.type.real} {x}, {y}")

    def select(self, truth: str, x: str, y: str) -> str:
        """Return x where it is true, else y."""
        return self.to.pure(self._select(truth, x, y))

    def _select(self, truth: str, x: str, y: str) -> str:
        type_ = self.type
        return f"select {type_.boolean} {truth}, {type_.real} {x}, {type_.real} {y}"

    def logic(self, operation: str, x: str, y: str) -> str:
        """Return `and`, `or` or `xor` of truth values."""
        return self.to.pure(f"{operation} {self.type.boolean} {x}, {y}")

    def inverse(self, truth: str) -> str:
        """Return whether it is false."""
        true = "true" if self.type.width == 1 else "splat (i1 true)"
        return self.logic("xor", truth, true)

    def integer_of(self, x: str) -> str:
        """Return a number as an integer; NaN is 0, what is too large the largest."""
        type_ = self.type
        name = f"llvm.fptosi.sat.{type_.mangled('i64')}.{type_.mangled()}"
        return self.to.pure(f"call {type_.integer} @{name}({type_.real} {x})")

    def integer(self, operation: str, x: str, y: str) -> str:
        """Return an operation on 64-bit integers."""
        return self.to.pure(f"{operation} {self.type.integer} {x}, {y}")

    def bits(self, x: str) -> str:
        """Return the bits of a number as an integer."""
        return self.to.pure(f"bitcast {self.type.real} {x} to {self.type.integer}")

    def from_bits(self, x: str) -> str:
        """Return the number with these bits."""
        return self.to.pure(f"bitcast {self.type.integer} {x} to {self.type.real}")

    def any(self, truth: str) -> str:
        """Return whether it is true in any lane, as one truth value."""
        width = self.type.width
        if width == 1:
            return truth
        return self.to.pure(
            f"call i1 @llvm.vector.reduce.or.v{width}i1({self.type.boolean} {truth})"
        )

    def slow_path(self, rare: str, usual: str, name: str, *arguments: str) -> str:
        """Return the library's value in the lanes that are rare, if there are any.

        The other lanes keep the usual value, whatever their company.
        """
        to, type_ = self.to, self.type
        special, done, before = to.fresh("rare"), to.fresh("done"), to.block
        to.branch(self.any(rare), special, done)
        to.label(special)
        # What is computed here is not known elsewhere.
        found = to.value(self._call(f"lanes_{name}{type_.suffix}", arguments))
        chosen = to.value(self._select(rare, found, usual))
        to.jump(done)
        to.label(done)
        ends = f"[ {usual}, %{before} ], [ {chosen}, {special} ]"
        return to.value(f"phi {type_.real} {ends}")

    def function(self, name: str, *arguments: str) -> str:
        """Return what a function of LLVM's gives."""
        return self.to.pure(self._call(f"llvm.{name}.{self.type.mangled()}", arguments))

    def call_kernel(self, name: str, *arguments: str) -> str:
        """Return what a function emitted with the program gives."""
        return self.to.pure(self._call(f"{name}{self.type.suffix}", arguments))

    def polynomial(self, x: str, coefficients: Sequence[float]) -> str:
        """Return a polynomial of x, the constant term last."""
        total = self.number(coefficients[0])
        for coefficient in coefficients[1:]:
            total = self.fused(total, x, self.number(coefficient))
        return total

    def _call(self, name: str, arguments: Sequence[str]) -> str:
        given = ", ".join(f"{self.type.real} {argument}" for argument in arguments)
        return f"call {self.type.real} @{name}({given})"
