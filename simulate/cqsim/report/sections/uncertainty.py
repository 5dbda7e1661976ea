"""Uncertainty: shares of runs, fans, what decides, where targets fail.

Without a sweep there is one sentence that says so.
"""

from collections.abc import Iterator, Mapping
from functools import partial

from cqsim.judge.verdicts import Verdict
from cqsim.report.content import ReportBlock, figure, heading, paragraph, points
from cqsim.report.context import ReportContext
from cqsim.report.figures.bars import swing_charts
from cqsim.report.figures.lines import fan_charts
from cqsim.report.figures.maps import heat_table
from cqsim.report.numbers import significant
from cqsim.report.phrases import Claim, claim
from cqsim.report.sweep import InputWords, SweepOfScenario, Swing
from cqsim.study.discovery import ScenarioBox
from cqsim.study.prim import BoxLimit

LEAST_SWING = 0.1
"""The smallest difference of shares that is drawn as a swing."""

SHOWN, SHOWN_INPUTS, MOST_TARGETS = 6, 4, 12

Inputs = Mapping[str, InputWords]


def share_of(ctx: ReportContext, target: str) -> str:
    """Return the marker of the share of runs that meet a target, or nothing."""
    sweep = ctx.facts.sweep
    if sweep is None or target not in sweep.targets:
        return ""
    share = 100 * sweep.targets[target].share
    return ctx.numbers.register(f"sweep.{target}", share, "%", 0)


def share_met(ctx: ReportContext) -> list[Claim]:
    """Return the head of the column that a sweep adds to tables; none without one."""
    return [claim("share_met")] if ctx.facts.sweep else []


def uncertainty(ctx: ReportContext) -> Iterator[ReportBlock]:
    """Yield how sure the verdicts are under the runs of a sweep."""
    yield heading(claim("uncertainty_heading"))
    sweep = ctx.facts.sweep
    if sweep is None:
        folder = ctx.case.folder / "scenarios" / "sweeps"
        names = sorted(path.stem for path in folder.glob("*.toml"))
        own = claim("sweeps_of_case", names=names) if names else None
        yield paragraph(claim("no_sweep"), own)
        return
    shares = sweep.targets.values()
    widest = max((each.high - each.low for each in shares), default=0.0)
    runs = max((each.runs for each in shares), default=0)
    is_own = sweep.scenario == ctx.facts.main.scenario.id
    yield paragraph(
        claim(
            "sweep",
            title=sweep.title,
            runs=ctx.numbers.count("sweep.runs", runs, "1"),
            share=sweep.share,
            error=ctx.numbers.register("sweep.error", 50 * widest, "points", 1),
        ),
        None if is_own else claim("sweep_of_another", scenario=sweep.scenario),
    )
    swings, fans = swings_shown(ctx, sweep), fans_shown(ctx, sweep)
    if swings:
        yield figure("swings", partial(swing_charts, ctx, swings))
    if fans:
        yield figure("fans", partial(fan_charts, ctx, fans))
    yield from _failures(ctx, sweep)
    cells = cells_of_regions(ctx, sweep)
    targets = differing_targets(cells)
    if targets:
        yield figure("matrix", partial(heat_table, ctx, targets, cells))


def by_weight(ctx: ReportContext) -> list[Verdict]:
    """Return verdicts as they are asked for: the plan's numbers, then what is ahead."""
    return sorted(
        ctx.verdicts,
        key=lambda v: (
            not ctx.is_plans(v),
            ctx.is_past(v),
            -v.target.year,
        ),
    )


def fans_shown(ctx: ReportContext, sweep: SweepOfScenario) -> list[Verdict]:
    """Return the targets whose indicator the sweep has by year."""
    shown: dict[tuple[str, str], Verdict] = {}
    for verdict in by_weight(ctx):
        place = (verdict.target.indicator, verdict.target.scope)
        if len(sweep.fans.get(place, {})) > 1:
            shown.setdefault(place, verdict)
    return list(shown.values())[:SHOWN]


def swings_shown(ctx: ReportContext, sweep: SweepOfScenario) -> dict[str, list[Swing]]:
    """Return the strongest inputs of the targets that some runs meet and some miss."""
    shown = {}
    for verdict in by_weight(ctx):
        target = verdict.target.id
        swings = [swing for swing in sweep.swings if swing.target == target]
        swings.sort(key=lambda swing: -swing.size)
        if swings and swings[0].size >= LEAST_SWING:
            shown[target] = swings[:SHOWN_INPUTS]
    return dict(list(shown.items())[:SHOWN])


def cells_of_regions(
    ctx: ReportContext, sweep: SweepOfScenario
) -> dict[tuple[str, str], float]:
    """Return the shares by target and region, of regions that a target is about."""
    scopes = ctx.case.scopes
    places = [
        (verdict.target.id, region)
        for verdict in ctx.verdicts
        for region in scopes.get(verdict.target.scope, ())
    ]
    return {place: sweep.matrix[place] for place in places if place in sweep.matrix}


def differing_targets(shares: Mapping[tuple[str, str], float]) -> list[str]:
    """Return the targets on which regions differ the most, in their own order."""
    by_target: dict[str, list[float]] = {}
    for (target, _), share in shares.items():
        by_target.setdefault(target, []).append(share)
    spread = {name: max(values) - min(values) for name, values in by_target.items()}
    widest = sorted(spread, key=lambda name: -spread[name])[:MOST_TARGETS]
    return [name for name in by_target if name in widest and spread[name] > 0]


def _failures(ctx: ReportContext, sweep: SweepOfScenario) -> Iterator[ReportBlock]:
    """Yield under which conditions targets fail, or hold, a sentence each."""
    found = [
        box_claim(ctx, verdict, sweep.boxes[verdict.target.id], sweep.inputs)
        for verdict in by_weight(ctx)
        if verdict.target.id in sweep.boxes
    ]
    if not found:
        yield paragraph(claim("no_conditions"))
        return
    yield heading(claim("conditions_heading"), 3)
    yield points(found)
    yield paragraph(claim("conditions_method"))


def box_claim(
    ctx: ReportContext,
    verdict: Verdict,
    box: ScenarioBox,
    inputs: Mapping[str, InputWords],
) -> Claim:
    """Return where the runs lie that miss a target, or that meet it."""
    key = f"box.{box.target}"

    def percent(kind: str, part: float) -> str:
        return ctx.numbers.register(f"{key}.{kind}", 100 * part, "%", 0)

    return claim(
        "box",
        name=ctx.short_name(verdict),
        outcome=claim("is_missed" if box.missed else "is_met"),
        covered=percent("coverage", box.box.coverage),
        dense=percent("density", box.box.density),
        every=percent("share", box.share),
        conditions=[
            _condition(ctx, f"{key}.{number}", side, inputs)
            for number, side in enumerate(box.box.sides)
        ],
    )


def _condition(ctx: ReportContext, key: str, side: BoxLimit, inputs: Inputs) -> Claim:
    own, value = list(inputs.values())[side.input], side.value
    unit = "1" if own.apply == "factor" else ctx.units.difference(own.unit)
    shown: str | Claim = ctx.numbers.register(key, value, unit, significant(value))
    if own.apply == "factor":
        shown = claim("times_baseline", value=shown)
    elif own.apply == "offset":
        shown = claim("baseline_plus", value=shown)
    bound = "input_at_least" if side.at_least else "input_at_most"
    return Claim(bound, {"title": own.title, "value": shown})
