"""What both the model and the ledger know, and how the model computes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from cqsim.compile.ir import System
from cqsim.engine.simulation import run_many
from cqsim.language.syntax import canonical
from cqsim.tomlschema import Frozen, Name, Positive

Floats = NDArray[np.float64]


class Quantity(Frozen):
    """What both the model and the ledger know.

    The model's is `numerator` over `denominator`, each an expression for every element
    of the range `along`, summed over the elements of a place, times `factor`;
    the ledger's is `observed` times `observed_factor`, or of its parts. A scope that
    `stands_for` an area without being it is scaled by `stand_in` (year, ratio).
    """

    id: Name
    title: Name
    numerator: Name
    denominator: str = ""
    along: str = "region"
    factor: float = 1.0
    observed: Name
    observed_factor: float = 1.0
    observed_numerator: str = ""
    observed_denominator: str = ""
    observed_ratio_factor: float = 1.0
    stands_for: dict[str, str] = Field(default_factory=dict)
    stand_in: tuple[tuple[int, Positive], ...] = ()

    def own_share(self, year: float) -> float:
        """Return the standing area's value over that of the area it stands for.

        On the line between the years of `stand_in`, constant beyond; 1 without any.
        """
        if not self.stand_in:
            return 1.0
        years, ratios = zip(*self.stand_in, strict=True)
        return float(np.interp(year, years, ratios))


def equations_of(quantities: Sequence[Quantity]) -> str:
    """Return what the quantities need as equations to be read with the model."""
    return "\n".join(
        f"{name_of(quantity, part)}[{quantity.along}]="
        f"\n\t{getattr(quantity, part)}\n\t~\t\n\t~\t\n\t|\n"
        for quantity in quantities
        for part in parts_of(quantity)
    )


def parts_of(quantity: Quantity) -> tuple[str, ...]:
    """Return which of its two parts a quantity has."""
    return ("numerator", "denominator") if quantity.denominator else ("numerator",)


def names_of(quantities: Sequence[Quantity]) -> list[str]:
    """Return the names of all parts of some quantities."""
    return [
        name_of(quantity, part)
        for quantity in quantities
        for part in parts_of(quantity)
    ]


def name_of(quantity: Quantity, part: str) -> str:
    """Return the name of a part of a quantity as a variable beside the model."""
    return f"skill {type(quantity).__name__} {quantity.id.replace('_', ' ')} {part}"


@dataclass(frozen=True, slots=True)
class Simulated:
    """What the model says in some runs: any quantity, for any place and year.

    Attributes
    ----------
    times
        The saved times.
    found : arrays (run, time, place), by the name of a quantity's part
    places
        The elements of the last axis.
    """

    times: Floats
    found: Mapping[str, Floats]
    places: tuple[str, ...]

    def values(self, quantity: Quantity, regions: Sequence[str], year: float) -> Floats:
        """Return a quantity summed over regions, in its unit, one value a run."""
        at = int(np.flatnonzero(np.isclose(self.times, year))[0])
        chosen = [self.places.index(region) for region in regions]
        over, *under = (
            self.found[name_of(quantity, part)][:, at, chosen].sum(axis=1)
            for part in parts_of(quantity)
        )
        result: Floats = quantity.factor / quantity.own_share(year) * over
        return result / under[0] if under else result

    def value(self, quantity: Quantity, regions: Sequence[str], year: float) -> float:
        """Return the same for the first run."""
        return float(self.values(quantity, regions, year)[0])


def places_in(system: System, quantity: Quantity) -> tuple[str, ...]:
    """Return the elements of the range along which a quantity is computed."""
    spelled = {canonical(name): name for name in system.variables}
    name = spelled[canonical(name_of(quantity, "numerator"))]
    return system.variables[name].axes[0].elements


def simulate(
    system: System,
    quantities: Sequence[Quantity],
    start: int,
    end: int,
    settings: Mapping[str, Any],
) -> Simulated:
    """Run the model once for some quantities."""
    clock = {"INITIAL TIME": start, "FINAL TIME": end, "SAVEPER": 1}
    names = names_of(quantities)
    rows = [{**clock, **settings}]
    result = run_many(system, rows, names, check_ranges=False)
    found = {name: result.values[result.name_of(name)] for name in names}
    places = places_in(system, quantities[0])
    return Simulated(result.times, found, places)
