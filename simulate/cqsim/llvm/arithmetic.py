"""Instructions on values of one type: what is computed in every lane alike."""

from collections.abc import Sequence
from dataclasses import dataclass

from cqsim.llvm.builder import FunctionBuilder, Operand, Type


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
