"""What in a sweep does not fit the model, every fault with its place."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from pydantic import ValidationError

from cqsim.case.bounds import bounds_of
from cqsim.case.case import Case
from cqsim.case.load import Scenario
from cqsim.engine.simulation import system_of
from cqsim.errors import CqsimError, did_you_mean
from cqsim.language.syntax import canonical
from cqsim.study.posterior import Posterior, read_posterior
from cqsim.study.record_check import record_faults, texts
from cqsim.study.shape import Unfit
from cqsim.study.sweep_input import SweepInput, sweep_input
from cqsim.study.sweep_schema import Input
from cqsim.tomlfile import Document, Fault
from cqsim.tomlspans import Key

LARGEST_GRID = 10**9


class Checker:
    """Checks a sweep against its bases, and keeps what fits."""

    def __init__(self, document: Document, bases: tuple[Scenario, ...]) -> None:
        self.document = document
        self.bases = bases
        self.model = bases[0].model
        self.levers = Case.of(self.model).levers
        self.rules = Case.of(self.model)
        self.inputs: list[SweepInput] = []
        self.posterior: Posterior | None = None

    def faults(self) -> list[Fault]:
        """Return all that does not fit; keep what does."""
        return [
            *self.base_faults(),
            *self.input_faults(),
            *self.overlap_faults(),
            *self.structure_faults(),
            *self.posterior_faults(),
            *self.correlation_faults(),
            *self.size_faults(),
            *record_faults(self.document, self.bases[0], self.rules),
        ]

    def at(self, where: Key, what: str, remedy: str) -> Fault:
        """Return a fault at the value of a key."""
        return self.document.fault(where, what, remedy, value=True)

    def base_faults(self) -> Iterator[Fault]:
        """Yield a fault for each base that another one does not go with."""
        first, ids = self.bases[0], [base.id for base in self.bases]
        for number, base in enumerate(self.bases):
            where = ("bases", number)
            if base.model.path.resolve() != first.model.path.resolve():
                what = f"the base {base.id} is for another model than {first.id}"
                yield self.at(where, what, "Make a sweep for each model.")
            span, other = ((s.start, s.end, s.step) for s in (base, first))
            if span != other:
                what = f"the base {base.id} has another time than {first.id}"
                yield self.at(where, what, "Give all bases the same [time].")
            if ids.index(base.id) < number:
                what = f"the base {base.id} is there twice"
                yield self.at(where, what, "Remove one of them.")

    def input_faults(self) -> Iterator[Fault]:
        """Yield what is wrong with the inputs, as far as their shape is right."""
        for number, table in enumerate(_tables(self.document.data, "input")):
            where: Key = ("input", number)
            try:
                given = Input.model_validate(table)
            except ValidationError:
                continue
            try:
                found = sweep_input(given, self.model, self.levers, self.bases)
            except Unfit as unfit:
                key = (*where, unfit.key) if unfit.key else where
                yield self.at(key, f"input {number + 1}: {unfit.what}", unfit.remedy)
                continue
            self.inputs.append(found)

    def overlap_faults(self) -> Iterator[Fault]:
        """Yield a fault for inputs with one name, or that set the same place."""
        for number, one in enumerate(self.inputs):
            for other in self.inputs[:number]:
                where: Key = ("input", number)
                if one.id == other.id:
                    what = f"the input '{one.id}' is there twice"
                    yield self.at(where, what, "Remove one, or give it an id.")
                elif one.constant == other.constant and _overlap(one, other):
                    what = f"'{one.id}' and '{other.id}' set the same constant"
                    yield self.at(where, what, "Set each place once.")

    def structure_faults(self) -> Iterator[Fault]:
        """Yield a fault for each input that decides what the equations are."""
        fixed = {canonical(name) for name in system_of(self.model).structural}
        for number, given in enumerate(self.inputs):
            if canonical(given.constant) in fixed:
                what = f"'{given.constant}' decides how many levels a delay has"
                remedy = "No run can set it: change it in the model."
                yield self.at(("input", number), what, remedy)

    def posterior_faults(self) -> Iterator[Fault]:
        """Yield what is wrong with the file of draws."""
        name = self.document.data.get("posterior")
        if not isinstance(name, str) or not name:
            return
        path = self.document.path.parent / name
        try:
            self.posterior = read_posterior(path, self.model)
        except CqsimError as error:
            what = f"posterior: {str(error).rstrip('.')}"
            yield self.at(("posterior",), what, "Correct the file, or its name.")
            return
        for number, given in enumerate(self.inputs):
            if given.constant in self.posterior.constants:
                what = f"'{given.id}' is an input and in the posterior"
                yield self.at(("input", number), what, "Keep it in one of them.")
        yield from self.draw_faults(self.posterior)

    def draw_faults(self, drawn: Posterior) -> Iterator[Fault]:
        """Yield a fault for each constant that draws take out of its bounds."""
        for name, column in zip(drawn.constants, drawn.draws.T, strict=True):
            variable = self.model.variable(name)
            assert variable is not None
            bounds = bounds_of(variable, self.levers)
            beyond = [value for value in column.tolist() if bounds.broken_by(value)]
            if beyond:
                what = (
                    f"posterior: {drawn.name} sets '{name}' to {beyond[0]:g}, outside "
                    f"{bounds.text()}, {bounds.owner}"
                )
                yield self.at(("posterior",), what, "Remove such draws.")

    def correlation_faults(self) -> Iterator[Fault]:
        """Yield what is wrong with the correlations."""
        known = [given.id for given in self.inputs]
        tables = _tables(self.document.data, "correlation")
        seen: set[frozenset[str]] = set()
        for number, table in enumerate(tables):
            pair = texts(table, "between")
            for place, name in enumerate(pair):
                if name not in known:
                    where: Key = ("correlation", number, "between", place)
                    what = f"there is no input '{name}'"
                    yield self.at(where, what, did_you_mean(name, known))
            if len(set(pair)) < len(pair) or frozenset(pair) in seen:
                what = f"{' and '.join(map(repr, pair))}: each pair of two inputs once"
                remedy = "Remove this one."
                yield self.at(("correlation", number, "between"), what, remedy)
            seen.add(frozenset(pair))
        if tables and self.document.data.get("design") == "grid":
            what = "a grid has no correlations"
            yield self.document.fault(("correlation",), what, "Choose another design.")
        matrix = matrix_of(known, tables)
        if matrix.size and np.linalg.eigvalsh(matrix).min() <= 1e-9:
            what = "the correlations contradict each other: no inputs can have them all"
            yield self.document.fault(("correlation",), what, "Make them weaker.")

    def size_faults(self) -> Iterator[Fault]:
        """Yield what is wrong with design and size."""
        data = self.document.data
        size, design = data.get("size"), data.get("design")
        if design == "grid":
            if "size" in data:
                what = "a grid has as many points as its levels make"
                yield self.at(("size",), what, "Remove size.")
            yield from self.grid_faults()
        elif size is None and design is not None:
            what = "'size' is missing"
            yield Fault(1, 1, what, "Say how many points there are.")
        elif design == "sobol" and isinstance(size, int) and size & (size - 1):
            near = 1 << max(0, round(float(np.log2(max(size, 1)))))
            what = f"size = {size} is no power of two, which Sobol' points need"
            yield self.at(("size",), what, f"Write {near}.")
        if not self.inputs and not _tables(data, "input") and "posterior" not in data:
            what = "nothing differs from run to run"
            yield Fault(1, 1, what, "Add an [[input]].")

    def grid_faults(self) -> Iterator[Fault]:
        """Yield what a grid cannot have."""
        for number, given in enumerate(_tables(self.document.data, "input")):
            if given.get("distribution", "uniform") not in ("uniform", "discrete"):
                where: Key = ("input", number, "distribution")
                what = "a grid takes uniform and discrete inputs only"
                yield self.at(where, what, "Choose one of them, or another design.")
            if "weights" in given:
                what = "a grid has no weights"
                yield self.at(("input", number, "weights"), what, "Remove them.")
        if "posterior" in self.document.data:
            what = "a grid has no draws of a posterior"
            yield self.at(("posterior",), what, "Choose another design.")
        if product_of(given.levels for given in self.inputs) > LARGEST_GRID:
            what = "the grid has more than 10^9 points"
            yield Fault(1, 1, what, "Give fewer levels.")


def matrix_of(ids: list[str], tables: Sequence[Mapping[str, Any]]) -> Any:
    """Return the correlation matrix; nothing in it where none is stated."""
    matrix = np.eye(len(ids)) if tables else np.empty((0, 0))
    for table in tables:
        pair, value = table.get("between"), table.get("value")
        if isinstance(pair, list) and isinstance(value, int | float):
            places = [ids.index(name) for name in pair if name in ids]
            if len(places) == 2 and places[0] != places[1]:
                matrix[places[0], places[1]] = matrix[places[1], places[0]] = value
    return matrix


def _tables(data: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    found = data.get(key)
    return [t for t in found if isinstance(t, dict)] if isinstance(found, list) else []


def _overlap(one: SweepInput, other: SweepInput) -> bool:
    if not one.places or not other.places:
        return True
    return bool(set(one.places) & set(other.places))


def product_of(numbers: Any) -> int:
    """Return the product of whole numbers; 1 of none."""
    product = 1
    for number in numbers:
        product *= int(number)
    return product
