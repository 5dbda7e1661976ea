"""LLVM's assembly language, one instruction at a time, for numbers and for lanes.

A lane is one run. `Kind` says whether a value is one number, the same in every run of a
tile, or one for each lane; instructions look alike for both. No fast-math flag is set:
each operation is rounded by itself, so a lane's bits depend neither on how many lanes
there are nor on how far the compiler optimises.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field


def literal(value: float) -> str:
    """Return a number as LLVM writes it: by its bits."""
    return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"


@dataclass(frozen=True, slots=True)
class Kind:
    """Numbers of a width: 1 is a plain number, more are lanes."""

    width: int

    @property
    def real(self) -> str:
        """Return the type of numbers."""
        return self._typed("double")

    @property
    def whole(self) -> str:
        """Return the type of 64-bit integers."""
        return self._typed("i64")

    @property
    def truth(self) -> str:
        """Return the type of truth values."""
        return self._typed("i1")

    @property
    def suffix(self) -> str:
        """Return what tells functions of this width apart."""
        return f"_{self.width}"

    @property
    def mangled(self) -> str:
        """Return the width as LLVM's own functions carry it in their names."""
        return "f64" if self.width == 1 else f"v{self.width}f64"

    def number(self, value: float) -> str:
        """Return a literal."""
        text = literal(value)
        return text if self.width == 1 else f"splat (double {text})"

    def integer(self, value: int) -> str:
        """Return an integer literal."""
        return str(value) if self.width == 1 else f"splat (i64 {value})"

    def _typed(self, name: str) -> str:
        return name if self.width == 1 else f"<{self.width} x {name}>"


@dataclass
class Assembly:
    """Lines of one function, with fresh names for values and labels."""

    lines: list[str] = field(default_factory=list)
    block: str = "entry"
    _count: int = 0

    def fresh(self, stem: str = "x") -> str:
        """Return a name that stands for nothing yet."""
        self._count += 1
        return f"%{stem}{self._count}"

    def say(self, line: str) -> None:
        """Add an instruction that gives no value."""
        self.lines.append("  " + line)

    def note(self, text: str) -> None:
        """Add a comment."""
        self.lines.append("  ; " + text)

    def let(self, instruction: str) -> str:
        """Add an instruction and return the name of its value."""
        name = self.fresh()
        self.lines.append(f"  {name} = {instruction}")
        return name

    def label(self, name: str) -> None:
        """Begin a block; the name is as `fresh` gave it."""
        self.lines.append(f"{name[1:]}:")
        self.block = name[1:]

    def jump(self, label: str) -> None:
        """End the block."""
        self.say(f"br label {label}")

    def branch(self, condition: str, yes: str, no: str) -> None:
        """End the block at a condition."""
        self.say(f"br i1 {condition}, label {yes}, label {no}")


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Instructions on values of one kind."""

    to: Assembly
    kind: Kind

    def add(self, x: str, y: str) -> str:
        """Return x + y."""
        return self.to.let(f"fadd {self.kind.real} {x}, {y}")

    def subtract(self, x: str, y: str) -> str:
        """Return x - y."""
        return self.to.let(f"fsub {self.kind.real} {x}, {y}")

    def multiply(self, x: str, y: str) -> str:
        """Return x * y."""
        return self.to.let(f"fmul {self.kind.real} {x}, {y}")

    def divide(self, x: str, y: str) -> str:
        """Return x / y."""
        return self.to.let(f"fdiv {self.kind.real} {x}, {y}")

    def negative(self, x: str) -> str:
        """Return -x."""
        return self.to.let(f"fneg {self.kind.real} {x}")

    def fused(self, x: str, y: str, z: str) -> str:
        """Return x * y + z, rounded once."""
        return self.function("fma", x, y, z)

    def number(self, value: float) -> str:
        """Return a literal."""
        return self.kind.number(value)

    def compare(self, relation: str, x: str, y: str) -> str:
        """Return the truth of a relation such as `olt`."""
        return self.to.let(f"fcmp {relation} {self.kind.real} {x}, {y}")

    def select(self, truth: str, x: str, y: str) -> str:
        """Return x where it is true, else y."""
        kind = self.kind
        return self.to.let(
            f"select {kind.truth} {truth}, {kind.real} {x}, {kind.real} {y}"
        )

    def logic(self, operation: str, x: str, y: str) -> str:
        """Return `and`, `or` or `xor` of truth values."""
        return self.to.let(f"{operation} {self.kind.truth} {x}, {y}")

    def inverse(self, truth: str) -> str:
        """Return whether it is false."""
        true = "true" if self.kind.width == 1 else "splat (i1 true)"
        return self.logic("xor", truth, true)

    def integer_of(self, x: str) -> str:
        """Return a number as an integer; NaN is 0, what is too large the largest."""
        kind = self.kind
        name = f"llvm.fptosi.sat.{kind.mangled.replace('f64', 'i64')}.{kind.mangled}"
        return self.to.let(f"call {kind.whole} @{name}({kind.real} {x})")

    def whole(self, operation: str, x: str, y: str) -> str:
        """Return an operation on 64-bit integers."""
        return self.to.let(f"{operation} {self.kind.whole} {x}, {y}")

    def bits(self, x: str) -> str:
        """Return the bits of a number as an integer."""
        return self.to.let(f"bitcast {self.kind.real} {x} to {self.kind.whole}")

    def from_bits(self, x: str) -> str:
        """Return the number with these bits."""
        return self.to.let(f"bitcast {self.kind.whole} {x} to {self.kind.real}")

    def any(self, truth: str) -> str:
        """Return whether it is true in any lane, as one truth value."""
        width = self.kind.width
        if width == 1:
            return truth
        return self.to.let(
            f"call i1 @llvm.vector.reduce.or.v{width}i1({self.kind.truth} {truth})"
        )

    def rarely(self, rare: str, usual: str, name: str, *arguments: str) -> str:
        """Return the library's value in the lanes that are rare, if there are any.

        The other lanes keep the usual value, whatever their company.
        """
        to, kind = self.to, self.kind
        special, done, before = to.fresh("rare"), to.fresh("done"), to.block
        to.branch(self.any(rare), special, done)
        to.label(special)
        chosen = self.select(rare, self.ours(f"lanes_{name}", *arguments), usual)
        to.jump(done)
        to.label(done)
        ends = f"[ {usual}, %{before} ], [ {chosen}, {special} ]"
        return to.let(f"phi {kind.real} {ends}")

    def function(self, name: str, *arguments: str) -> str:
        """Return what a function of LLVM's gives."""
        return self._call(f"llvm.{name}.{self.kind.mangled}", arguments)

    def ours(self, name: str, *arguments: str) -> str:
        """Return what a function emitted with the program gives."""
        return self._call(f"{name}{self.kind.suffix}", arguments)

    def polynomial(self, x: str, coefficients: Sequence[float]) -> str:
        """Return a polynomial of x, the constant term last."""
        total = self.number(coefficients[0])
        for coefficient in coefficients[1:]:
            total = self.fused(total, x, self.number(coefficient))
        return total

    def _call(self, name: str, arguments: Sequence[str]) -> str:
        given = ", ".join(f"{self.kind.real} {argument}" for argument in arguments)
        return self.to.let(f"call {self.kind.real} @{name}({given})")
