"""The area as regions alike, and as one region."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cqsim.compile.ir import System
from cqsim.compile.lower import read_system
from cqsim.credibility.numerics import aggregated, homogeneous
from cqsim.credibility.rulebook import FILE, Aggregation, read_rulebook
from cqsim.credibility.rules import equations_of, values_of
from cqsim.documentation.credibility import Checked
from cqsim.engine.simulation import run_many
from cqsim.model.resolve import read_model

MODEL = Path(__file__).parents[2] / "model"


@pytest.fixture(scope="module")
def parts() -> tuple[System, Aggregation]:
    path = MODEL / "metro.mdl"
    rules = read_rulebook(MODEL / FILE, read_model(path))
    assert rules.aggregation
    return read_system(path, equations_of(rules)), rules.aggregation


@pytest.mark.parametrize("aggregate", [homogeneous, aggregated])
def test_an_aggregate_holds_what_the_regions_hold(
    aggregate: Any, parts: tuple[System, Aggregation]
) -> None:
    system, aggregation = parts
    settings = aggregate(system, aggregation)
    for name in aggregation.divided:
        own = values_of(system, name)
        np.testing.assert_allclose(settings[name].sum(axis=0), own.sum(axis=0))


def test_one_region_holds_all_people_to_the_end(
    parts: tuple[System, Aggregation],
) -> None:
    system, aggregation = parts
    name = "resident population"
    settings = {**aggregated(system, aggregation), "FINAL TIME": 2035.0}
    found = run_many(system, [settings], [name], check_ranges=False)
    people = found.values[name][0]
    places = system.variables[name].axes[0].elements
    there = people[:, places.index(aggregation.into)]
    assert (there / people.sum(axis=1) > 0.999).all()


@pytest.mark.xdist_group("check")
def test_both_aggregates_are_compared_and_give_nearly_the_same(
    checked: Checked,
) -> None:
    found = {f.check: f for f in checked.findings}
    for check in ("aggregation", "one_region"):
        assert found[check].holds, found[check].detail
