"""Scenario discovery: under which inputs targets are missed or met, in a sentence."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cqsim.judge.verdicts import is_met, margin_of
from cqsim.study.attainment import HEADLINE, Attainment
from cqsim.study.prim import Box, BoxLimit, BoxSearch, Stability, Truths
from cqsim.study.results import SweepResults

RARE = 0.05
"""Below this share of runs, and above what it leaves, there is nothing to explain."""

MOST = 3000
"""Runs that boxes are looked for in; more sharpen nothing and take longer."""

DENSER = 1.15
"""How much denser than everywhere a box must be to be worth a sentence."""

HUNDRED = 100


@dataclass(frozen=True, slots=True)
class ScenarioBox:
    """A stable box of inputs in which a target is missed, or met, more than elsewhere.

    Attributes
    ----------
    share
        The share of all runs that miss, or meet, the target.
    """

    scenario: str
    target: str
    missed: bool
    share: float
    box: Box
    stability: Stability
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Discovery:
    """The boxes of a sweep.

    Attributes
    ----------
    dropped
        How many boxes are not among them: they are unstable, or say little.
    """

    boxes: tuple[ScenarioBox, ...]
    dropped: int


def discover(
    sweep: SweepResults, attained: Sequence[Attainment], seed: int = 0
) -> Discovery:
    """Return a box for each target and scenario that some runs meet and some miss.

    Parameters
    ----------
    attained
        The shares of all runs that meet the targets.
    """
    fewer, runs = sweep.sample(MOST)
    chosen = "" if runs is None else " and run in (select unnest(?))"
    given = [] if runs is None else [runs]
    inputs = fewer.sql(f"select * from inputs where true{chosen}", given)
    inputs = inputs.set_index("run")
    diverged = inputs[inputs["lost_variable"].notna()]
    frame = fewer.sql(
        "select run, scenario, target, value from targets where alternative = ''"
        f"{chosen} order by target, run",
        given,
    )
    every = {
        (share.scenario, share.target): 1 - share.share
        for share in attained
        if share.kind == HEADLINE
    }
    searches: dict[bytes, BoxSearch] = {}
    boxes, dropped = [], 0
    for place, group in frame.groupby(["scenario", "target"], sort=False):
        scenario, target = map(str, place)
        share = every[scenario, target]
        if not RARE <= share <= 1 - RARE:
            continue
        lost = diverged.index[diverged["scenario"] == scenario]
        values = group.set_index("run")["value"]
        values = values.reindex(values.index.union(lost))
        rule = sweep.description["targets"][target]
        # A run that diverged has no value and meets nothing.
        margins = margin_of(values.to_numpy(), rule["operator"], rule["required"])
        missed = ~is_met(margins)
        numbers = values.index.to_numpy()
        search = searches.get(numbers.tobytes())
        if search is None:
            points = inputs.loc[numbers, sweep.input_names].to_numpy(dtype=float)
            search = searches[numbers.tobytes()] = BoxSearch(points)
        for is_miss in (True, False):
            cases = missed if is_miss else ~missed
            part = share if is_miss else 1 - share
            found = _telling_box(search, cases, part, seed)
            if found is None:
                dropped += 1
                continue
            words = sentences(sweep, target, is_miss, part, *found)
            boxes.append(ScenarioBox(scenario, target, is_miss, part, *found, *words))
    return Discovery(tuple(boxes), dropped)


def _telling_box(
    search: BoxSearch, cases: Truths, share: float, seed: int
) -> tuple[Box, Stability] | None:
    """Return the box if it is stable and denser than all points; else None."""
    box = search.box(cases)
    if box.density < min(1.0, DENSER * share):
        return None
    stability = search.stability(cases, box, np.random.default_rng(seed))
    return None if stability is None else (box, stability)


def _condition(sweep: SweepResults, side: BoxLimit) -> tuple[str, str]:
    """Return one side of a box in words, with its unit, in Chinese and in English."""
    name = sweep.input_names[side.input]
    known = sweep.description["inputs"].get(name, {})
    words = known.get("title", {"zh": name, "en": name})
    unit = known.get("unit", "1")
    value = f"{side.value:.3g}"
    zh, en = {
        "factor": (f"基准的{value}倍", f"{value} times its baseline"),
        "offset": (f"基准加{value}", f"its baseline plus {value}"),
    }.get(known.get("apply", ""), (value, value))
    shown = "" if unit == "1" else f" {unit}"
    least = side.at_least
    return (
        f"“{words['zh']}”{'不低于' if least else '不高于'}{zh}{shown}",
        f"'{words['en']}' is {'at least' if least else 'at most'} {en}{shown}",
    )


def sentences(
    sweep: SweepResults,
    target: str,
    missed: bool,
    share: float,
    box: Box,
    sure: Stability,
) -> tuple[str, str]:
    """Return what a box says, in Chinese and in English."""
    title = sweep.description["targets"][target]["title"]
    conditions: dict[str, list[str]] = {"zh": [], "en": []}
    for side in box.sides:
        zh, en = _condition(sweep, side)
        conditions["zh"].append(zh)
        conditions["en"].append(en)
    covered, dense, all_in_all = (
        f"{HUNDRED * part:.0f}" for part in (box.coverage, box.density, share)
    )
    again = f"{HUNDRED * sure.overlap:.0f}"
    word, verb = ("未达标", "missed") if missed else ("达标", "met")
    zh = (
        f"“{title['zh']}”{word}的情形有 {covered} % 出现在"
        f"{'且'.join(conditions['zh'])}时;其中 {dense} % {word}"
        f"(全部情形中为 {all_in_all} %;重抽样重合度 {again} %)。"
    )
    en = (
        f"Of the futures in which '{title['en']}' is {verb}, {covered} % lie where "
        f"{' and '.join(conditions['en'])}; there {dense} % are {verb} "
        f"(of all {all_in_all} %; overlap under resampling {again} %)."
    )
    return zh, en
