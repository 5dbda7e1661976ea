"""The area as regions alike, and as one region."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cqsim.compile.lower import read_system
from cqsim.credibility.finding import Finding
from cqsim.credibility.numerics import alike, as_one
from cqsim.credibility.reality import FILE
from cqsim.credibility.rulebook import Aggregation, read_rulebook
from cqsim.credibility.runs import values_of
from cqsim.credibility.statements import equations_of
from cqsim.engine.kernel import Kernel, compile_model
from cqsim.model.resolve import read_model

MODEL = Path(__file__).parents[2] / "model"


@pytest.fixture(scope="module")
def parts() -> tuple[Kernel, Aggregation]:
    path = MODEL / "metro.mdl"
    rules = read_rulebook(MODEL / FILE, read_model(path))
    assert rules.aggregation
    return compile_model(read_system(path, equations_of(rules))), rules.aggregation


@pytest.mark.parametrize("aggregate", [alike, as_one])
def test_an_aggregate_holds_what_the_regions_hold(
    aggregate: Any, parts: tuple[Kernel, Aggregation]
) -> None:
    kernel, aggregation = parts
    settings = aggregate(kernel, aggregation)
    for name in aggregation.divided:
        own = values_of(kernel.system, name)
        np.testing.assert_allclose(settings[name].sum(axis=0), own.sum(axis=0))


def test_one_region_holds_all_people_to_the_end(
    parts: tuple[Kernel, Aggregation],
) -> None:
    kernel, aggregation = parts
    name = kernel.find("resident population")
    settings = {**as_one(kernel, aggregation), "FINAL TIME": 2035.0}
    people = kernel.run(settings, [name])[name][0]
    places = kernel.system.variables[name].axes[0].elements
    there = people[:, places.index(aggregation.into)]
    assert (there / people.sum(axis=1) > 0.999).all()


def test_both_aggregates_are_compared_and_give_nearly_the_same(
    metro_findings: list[Finding],
) -> None:
    found = {f.check: f for f in metro_findings}
    for check in ("aggregation", "one_region"):
        assert found[check].holds, found[check].detail
