"""What a posterior is asked for: the part `[posterior]` of `model/calibration.toml`."""

from typing import Annotated, Literal

from pydantic import Field

from cqsim.study.quantity import Quantity
from cqsim.tomlschema import Frozen, Name, Positive, Years

CLOUDS = 2
"""Independent samples of the posterior, whose difference says how sure each is."""

Count = Annotated[int, Field(ge=2, le=100_000)]


class Free(Frozen):
    """A constant that the evidence may move within its range in the model.

    `normal`: about the model's own value, a quarter of the range as its standard
    deviation, cut off at the ends of the range. `uniform`: over the range.
    """

    name: Name
    prior: Literal["normal", "uniform"] = "normal"


class Evidence(Quantity):
    """Published values that a run from the first census should come near to.

    `deviation` is the standard deviation of published less simulated, the model's own
    simplification included: in the unit of the quantity if `absolute`, else relative.
    `transform` says what is compared: the `level`, its `growth` over a year in percent,
    the `index` to the first of the years, or the `share` of a place in all places.
    """

    years: Years
    places: tuple[Name, ...] = ()
    deviation: Positive
    absolute: bool = False
    transform: Literal["level", "growth", "index", "share"] = "level"
    reason: Name


class Posterior(Frozen):
    """Free constants, the evidence on them, and how hard the sampler tries.

    `design` runs teach how the constants of the census fit go with the free ones;
    `particles` are moved `moves` times at each temperature.
    """

    seed: Annotated[int, Field(ge=0)]
    design: Count
    particles: Count
    moves: Annotated[int, Field(ge=1, le=1000)]
    constant: tuple[Free, ...] = Field(min_length=1)
    evidence: tuple[Evidence, ...] = Field(min_length=1)
