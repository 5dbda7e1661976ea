"""What changes nothing: other units, and a constant written for each region."""

from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from cqsim.compile.ir import Constant, System, shape_of
from cqsim.compile.lower import read_system
from cqsim.engine.settings import Setting
from cqsim.engine.simulation import run_many
from cqsim.language.syntax import Definition, Number, Reference, canonical, walk
from cqsim.model.model import CONTROL_NAMES, Model
from cqsim.resources import data_folder
from cqsim.units.registry import Units, units_of

Floats = NDArray[np.float64]
Simulate = Callable[..., dict[str, Floats]]

UNITS = units_of(data_folder("model"))
BASES = ("CNY", "day", "kW", "m", "person", "t", "tCO2", "tce")
"""The first units, of which all others are made; the year is a number of days."""

POWERS = st.integers(-2, 2)
"""Small ones: ZIDZ takes a divisor below 1e-6 for nought, whatever its unit."""

LAST_BITS = 1e-13
"""Of a variable's largest value: powers of arrays and of numbers round differently. Of
a share, of the whole: a small share left over is rounded as the whole is."""

REGIONAL = {"region", "central", "outer"}


class Scale:
    """How many of the new units an old one is: a power of two, which rounds nothing."""

    def __init__(self, system: System, units: Units, powers: dict[str, int]) -> None:
        self._notes, self._units, self._powers = system.notes, units, powers

    def of(self, name: str) -> float:
        """Return what a variable or lookup is multiplied by."""
        return self.of_unit(self._notes[name].unit)

    def of_unit(self, unit: str) -> float:
        _, kinds = self._units.base(self._units.read(unit))
        power = sum(float(n) * self._powers.get(kind, 0) for kind, n in kinds.items())
        return float(2.0**power)


def in_new_units(system: System, scale: Scale) -> dict[str, Setting]:
    """Return all constants and lookups as they are in the new units."""
    found: dict[str, Setting] = {}
    for name, variable in system.variables.items():
        if isinstance(variable, Constant) and not name.startswith("#"):
            values = np.array(variable.values).reshape(shape_of(variable.axes))
            scaled = values * scale.of(name)
            found[name] = scaled if variable.axes else float(scaled)
    for name, lookup in system.lookups.items():
        # What they are read at is the year.
        (curve,) = lookup.curves
        years, values = np.array(curve.x), np.array(curve.y)
        points = (years * scale.of_unit("year"), values * scale.of(name))
        found[name] = list(zip(*(part.tolist() for part in points), strict=True))
    return found


def test_the_model_is_measured_in_these_first_units(system: System) -> None:
    notes = system.notes.values()
    kinds = {kind for n in notes for kind in UNITS.base(UNITS.read(n.unit))[1]}
    assert tuple(sorted(kinds)) == BASES


@pytest.mark.parametrize("start", [2010.0, 2020.0])
@settings(max_examples=6)
@given(powers=st.fixed_dictionaries(dict.fromkeys(BASES, POWERS)))
def test_in_other_units_every_result_is_the_same_to_the_bit(
    simulate: Simulate, system: System, start: float, powers: dict[str, int]
) -> None:
    old, scale = Scale(system, UNITS, {}), Scale(system, UNITS, powers)
    first = start * scale.of("INITIAL TIME")
    # Both set all constants: an array's power may round otherwise than a number's.
    usual = simulate({**in_new_units(system, old), "INITIAL TIME": start})
    found = simulate({**in_new_units(system, scale), "INITIAL TIME": first})
    for name in usual.keys() - {"time"}:
        assert np.array_equal(found[name], usual[name] * scale.of(name)), name


def test_a_number_without_its_unit_changes_results_in_other_units(
    folder: Path,
) -> None:
    planted = "planted[region] = resident population[region] + 1 ~ person ~ |\n"
    system = read_system(folder / "metro.mdl", planted)
    scale = Scale(system, UNITS, {"person": 2})
    usual = run_many(system, [{}], ["planted"]).values["planted"]
    rows = [in_new_units(system, scale)]
    found = run_many(system, rows, ["planted"], check_ranges=False).values["planted"]
    assert scale.of("planted") == 4.0
    assert not np.isclose(found, usual * 4.0, rtol=1e-12).any()


def used_by_regions(model: Model) -> set[str]:
    """Return the plain numbers that only equations over regions use."""
    uses: dict[str, list[Definition]] = {
        v.key: []
        for v in model.of_kind("constant")
        if not v.subscripts
        and v.key not in CONTROL_NAMES
        and isinstance(v.equations[0].value, Number)
    }
    for variable in model.variables.values():
        for equation in variable.equations:
            for part in walk(equation.value) if equation.value else ():
                if isinstance(part, Reference) and canonical(part.name) in uses:
                    uses[canonical(part.name)].append(equation)
    return {
        name
        for name, equations in uses.items()
        if equations and all(REGIONAL & {*e.subscripts} for e in equations)
    }


def for_each_region(model: Model, names: set[str]) -> str:
    """Return the model's text with some plain numbers given for each region."""
    written = {
        " ".join(equation.text.split()): (variable.key, equation)
        for variable in model.variables.values()
        for equation in variable.equations
        if equation.operator == "="
    }
    entries, found = model.path.read_text(encoding="utf-8").split("|"), set()
    for number, entry in enumerate(entries):
        head, *rest = entry.split("~")
        line = " ".join(head.split())
        if line not in written:
            continue
        key, equation = written[line]
        found.add(line)
        tree, source = equation.value, equation.source
        assert tree is not None
        left, right = equation.left, source.text[tree.start : equation.end]
        if key in names:
            left += "[region]"
        over = [part for part in equation.subscripts if part in REGIONAL]
        for node in reversed(list(walk(tree))):
            if isinstance(node, Reference) and canonical(node.name) in names:
                end = node.end - tree.start
                right = f"{right[:end]}[{over[0]}]{right[end:]}"
        entries[number] = "~".join([f"\n\n{left}=\n\t{right}\n\t", *rest])
    assert found == written.keys()
    return "|".join(entries)


def test_constants_written_for_each_region_with_equal_values_change_nothing(
    model: Model, folder: Path, simulate: Simulate, system: System, tmp_path: Path
) -> None:
    names = used_by_regions(model)
    assert {"maximum moving rate", "depreciation rate", "road speed"} <= names
    copytree(folder / "initial", tmp_path / "initial")
    path = tmp_path / "metro.mdl"
    path.write_text(for_each_region(model, names), encoding="utf-8")
    usual, found = simulate({}), run_many(read_system(path), [{}]).values
    assert len(names) > 50
    for name, values in usual.items():
        if name == "time":
            continue
        if canonical(name) in names:
            assert found[name].shape == (*values.shape, 22), name
            values = np.broadcast_to(values[..., None], found[name].shape)
        largest = float(np.max(np.abs(found[name] - values)))
        note = system.notes.get(name)
        least = 1.0 if note and note.unit == "1" else 0.0
        assert largest <= LAST_BITS * max(least, np.max(np.abs(values))), name
