"""Scenario discovery: under which inputs targets are missed or met, in a sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cqsim.judge.verdicts import ROUNDING
from cqsim.study.prim import Box, Floats, Side, Stability, find_box, stability
from cqsim.study.shares import LITERAL, Share
from cqsim.study.stored import StoredSweep

RARE = 0.05
"""Below this share of runs, and above what it leaves, there is nothing to explain."""

MOST = 3000
"""Runs that boxes are looked for in; more sharpen nothing and take longer."""

DENSER = 1.15
"""How much denser than everywhere a box must be to be worth a sentence."""

HUNDRED = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """A box of inputs in which a target is missed, or met.

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

    @property
    def printed(self) -> bool:
        """Whether the box is sure and telling enough to be said."""
        telling = self.box.density >= min(1.0, DENSER * self.share)
        return self.stability.stable and telling and bool(self.box.sides)


def discover(sweep: StoredSweep, met: Sequence[Share], seed: int = 0) -> list[Finding]:
    """Return a box for each target and scenario that some runs meet and some miss.

    Unstable boxes are among them, marked; they are not to be printed.

    Parameters
    ----------
    met
        The shares of all runs that meet the targets.
    """
    fewer, runs = sweep.some(MOST)
    chosen = "" if runs is None else " and run in (select unnest(?))"
    given = [] if runs is None else [runs]
    inputs = fewer.sql(f"select * from inputs where true{chosen}", given)
    inputs = inputs.set_index("run")
    frame = fewer.sql(
        "select run, scenario, target, value from targets where alternative = ''"
        f"{chosen} order by target, run",
        given,
    )
    every = {
        (share.scenario, share.target): 1 - share.share
        for share in met
        if share.kind == LITERAL
    }
    findings = []
    for place, group in frame.groupby(["scenario", "target"], sort=False):
        scenario, target = map(str, place)
        share = every[scenario, target]
        if not RARE <= share <= 1 - RARE:
            continue
        rule = sweep.description["targets"][target]
        sign = 1.0 if rule["operator"] == ">=" else -1.0
        values = group["value"].to_numpy(dtype=float)
        missed = sign * (values - rule["required"]) < -ROUNDING
        points = inputs.loc[group["run"], sweep.input_names].to_numpy(dtype=float)
        for wanted in (True, False):
            cases = missed if wanted else ~missed
            part = share if wanted else 1 - share
            found = _finding(
                sweep, (scenario, target), wanted, points, cases, part, seed
            )
            findings.append(found)
    return findings


def _finding(
    sweep: StoredSweep,
    place: tuple[str, str],
    missed: bool,
    points: Floats,
    cases: Any,
    share: float,
    seed: int,
) -> Finding:
    scenario, target = place
    box = find_box(points, cases)
    sure = stability(points, cases, box, np.random.default_rng(seed))
    zh, en = sentences(sweep, target, missed, share, box, sure)
    return Finding(scenario, target, missed, share, box, sure, zh, en)


def _condition(sweep: StoredSweep, side: Side) -> tuple[str, str]:
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
    sweep: StoredSweep,
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
