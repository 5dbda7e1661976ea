"""The distribution that an input of a sweep asks for, within what the model allows."""

from cqsim.case.settings import Bounds
from cqsim.study.distributions import (
    Discrete,
    Distribution,
    Lognormal,
    Normal,
    Triangular,
    Uniform,
)
from cqsim.study.sweep_schema import KEYS, SHAPE_KEYS, Input


class Unfit(Exception):  # noqa: N818
    """Something in an input that does not fit: its key, what, and the remedy."""

    def __init__(self, what: str, remedy: str, key: str) -> None:
        super().__init__(what, remedy, key)
        self.key, self.what, self.remedy = key, what, remedy


def refuse_foreign_keys(given: Input) -> None:
    """Refuse keys of another distribution; where several, the first is named."""
    for key in sorted(SHAPE_KEYS - KEYS[given.distribution]):
        if getattr(given, key) is not None:
            what = f"a {given.distribution} distribution has no {key}"
            known = ", ".join(sorted(KEYS[given.distribution]))
            raise Unfit(what, f"It has {known}.", key=key)


def distribution_of(given: Input, bounds: Bounds, base: list[float]) -> Distribution:
    """Return a distribution; what is not given of it is as in the model and the base.

    Raises
    ------
    Unfit
        It lacks something, or its parts do not go together.
    """
    if given.distribution == "discrete":
        return _discrete(given)
    if bounds.increment:
        what = f"it takes values in steps of {bounds.increment:g} only"
        raise Unfit(what, "Make it discrete, with values.", key="distribution")
    low, high = _ends(given, bounds)
    middle = base[0] if given.apply == "value" else float(given.apply == "factor")
    if given.distribution == "uniform":
        return Uniform(low, high)
    return _peaked(given, low, high, middle)


def _peaked(given: Input, low: float, high: float, middle: float) -> Distribution:
    """Return a distribution with a likeliest value, the base's where none is given."""
    if given.distribution == "triangular":
        return _triangular(low, middle if given.mode is None else given.mode, high)
    if given.deviation is None:
        what = f"a {given.distribution} distribution needs its deviation"
        raise Unfit(what, "Add deviation = ….", key="distribution")
    if given.distribution == "normal":
        mean = middle if given.mean is None else given.mean
        return Normal(mean, given.deviation, low, high)
    median = middle if given.median is None else given.median
    if median <= 0 or low < 0:
        what = "a lognormal distribution has values above 0 only"
        raise Unfit(what, "Give a median above 0 and no low below 0.", key="median")
    return Lognormal(median, given.deviation, low, high)


def _triangular(low: float, mode: float, high: float) -> Triangular:
    if not low <= mode <= high:
        what = f"the mode {mode:g} is outside [{low:g}, {high:g}]"
        raise Unfit(what, "Choose a mode between low and high.", key="mode")
    return Triangular(low, mode, high)


def _discrete(given: Input) -> Discrete:
    if given.values is None:
        what = "a discrete distribution needs its values"
        raise Unfit(what, "Add values = […].", key="distribution")
    weights = given.weights or (1.0,) * len(given.values)
    if len(weights) != len(given.values) or not sum(weights):
        what = f"{len(weights)} weights for {len(given.values)} values, or all are 0"
        raise Unfit(what, "Give one weight a value, not all 0.", key="weights")
    if given.levels is not None and given.levels != len(given.values):
        what = f"{given.levels} levels for {len(given.values)} values"
        raise Unfit(what, "Leave levels away: each value is one.", key="levels")
    return Discrete(given.values, weights)


def _ends(given: Input, bounds: Bounds) -> tuple[float, float]:
    own = given.apply == "value"
    low = bounds.low if given.low is None and own else given.low
    high = bounds.high if given.high is None and own else given.high
    for key, end in (("low", low), ("high", high)):
        if end is None:
            what = f"{key} is missing, and there is no bound of the model to take"
            raise Unfit(what, f"Add {key} = ….", key=key)
    assert low is not None
    assert high is not None
    if low >= high:
        what = f"low = {low:g} is not below high = {high:g}"
        raise Unfit(what, "Give a low below the high.", key="low")
    return low, high
