"""Functions that are formulas, held to what the languages' manuals say of them."""

from pathlib import Path

import pytest

import cqsim
from cqsim.errors import CqsimError


def series(folder: Path, equation: str, step: float) -> list[float]:
    text = f"""y = {equation} ~~|
    INITIAL TIME = 0 ~~|
    FINAL TIME = {12 * step} ~~|
    TIME STEP = {step} ~~|
    SAVEPER = {step} ~~|"""
    path = folder / "m.mdl"
    path.write_text(text, encoding="utf-8")
    return [float(value) for value in cqsim.run(path).to_frame()["y"]]


@pytest.mark.parametrize("step", [0.25, 0.1])
@pytest.mark.parametrize(
    ("start", "width", "every", "last"),
    [(2, 1, 2, 6), (0, 2, 4, 5), (1, 1, 1, 4), (2, 0.01, 3, 8), (2, 3, 0, 9)],
)
def test_a_pulse_that_begins_at_the_last_time_is_there(
    tmp_path: Path, start: float, width: float, every: float, last: float, step: float
) -> None:
    """A pulse runs from its start up to its width; after the last time there is none.

    Times are in steps here, so that the test compares integers.
    """
    given = [number * step for number in (start, width, every, last)]
    found = series(tmp_path, f"PULSE TRAIN({', '.join(map(repr, given))})", step)
    for count in range(13):
        since = count - start
        phase = since % every if every else since
        inside = since >= 0 and phase < max(width, 1)
        assert found[count] == (inside and count <= last), count


@pytest.mark.parametrize("step", [0.25, 0.1])
def test_a_step_begins_at_the_step_nearest_to_its_time(
    tmp_path: Path, step: float
) -> None:
    found = series(tmp_path, f"STEP(3, {5.4 * step})", step)
    assert found == [0.0] * 5 + [3.0] * 8


def averages(inputs: list[float], first: float, time: float) -> list[float]:
    """Return the exponential average that the manual's equations give, step by step."""
    found = [first]
    for value in inputs[:-1]:
        found.append(found[-1] + (value - found[-1]) / time)
    return found


def test_a_forecast_goes_on_in_the_direction_of_the_trend(tmp_path: Path) -> None:
    """Vensim's manual: input*(1 + horizon*(input - average)/(average*time))."""
    inputs = [100.0 + 10 * number for number in range(13)]
    found = series(tmp_path, "FORECAST(100 + 10*Time, 4, 3)", 1.0)
    expected = [
        x * (1 + 3 * (x - average) / (average * 4))
        for x, average in zip(inputs, averages(inputs, 100.0, 4), strict=True)
    ]
    assert found == pytest.approx(expected)
    assert found[-1] > inputs[-1]


def test_a_trend_begins_at_its_initial_value(tmp_path: Path) -> None:
    """Vensim's manual: (input - average)/(time*average), the first average lower."""
    inputs = [100.0 + 10 * number for number in range(13)]
    found = series(tmp_path, "TREND(100 + 10*Time, 4, 0.05)", 1.0)
    first = 100.0 / (1 + 0.05 * 4)
    expected = [
        (x - average) / (4 * average)
        for x, average in zip(inputs, averages(inputs, first, 4), strict=True)
    ]
    assert found[0] == pytest.approx(0.05)
    assert found == pytest.approx(expected)


@pytest.mark.parametrize("written", ["{}", "tau"])
@pytest.mark.parametrize(("function", "least"), [("DELAY1", 1), ("DELAY3", 3)])
def test_no_level_of_a_delay_is_emptied_in_less_than_a_step(
    tmp_path: Path, function: str, least: int, written: str
) -> None:
    """As long as its levels have steps is long enough, a little shorter is not."""
    for time, is_refused in ((least * 0.5, False), (least * 0.5 - 0.01, True)):
        call = f"{function}(Time, {written.format(time)})"
        equation = f"{call} ~~|\ntau = {time}"
        if is_refused:
            with pytest.raises(CqsimError, match="shorter than"):
                series(tmp_path, equation, 0.5)
        else:
            assert len(series(tmp_path, equation, 0.5)) == 13


def test_a_delay_time_that_is_a_level_is_no_constant(tmp_path: Path) -> None:
    text = "DELAY MATERIAL(Time, tau, 1, 0) ~~|\ntau = INTEG(tau * 0, 3)"
    assert series(tmp_path, text, 1.0)[:6] == [1, 1, 1, 0, 1, 2]


def test_the_mean_of_a_graphical_function_is_that_of_its_curve(tmp_path: Path) -> None:
    path = tmp_path / "m.xmile"
    path.write_text(
        """<xmile version="1.0"><sim_specs><start>0</start><stop>1</stop><dt>1</dt>
        </sim_specs><model><variables>
        <aux name="g"><eqn>TIME</eqn>
        <gf><xscale min="0" max="2"/><ypts>0,2,3</ypts></gf></aux>
        <aux name="y"><eqn>LOOKUPMEAN(g)</eqn></aux>
        </variables></model></xmile>""",
        encoding="utf-8",
    )
    assert cqsim.run(path).to_frame()["y"].tolist() == [1.75, 1.75]
