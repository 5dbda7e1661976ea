"""The page that says what each lever does alone, at its floor and at its ceiling."""

from collections.abc import Iterator, Sequence

import numpy as np

from cqsim.case.case import Case
from cqsim.case.levers import Lever
from cqsim.documentation.pages import page, table
from cqsim.model.model import Model
from cqsim.study.reach import LeverEffects, lever_effects


def effects_page(model: Model) -> str:
    """Return the page of a model that has levers and targets.

    Raises
    ------
    CqsimError
        A registry is at fault, or the model cannot be run.
    """
    rules = Case.of(model)
    effects = lever_effects(rules)
    return page(
        "Levers alone",
        "Each lever at its floor and at its ceiling from its usual start, all others "
        "as in the baseline: the difference to the baseline in what targets measure. "
        "A blank is a difference below what is shown.\n\n"
        "各杠杆单独取下限和上限（其余不变）时，各目标指标与基准情景之差；"
        "空白表示不足显示精度。",
        *(_lever(effects, number, rules) for number in range(len(effects.levers))),
    )


def _lever(effects: LeverEffects, number: int, rules: Case) -> str:
    lever = effects.levers[number]
    return "\n\n".join(
        (
            f"## {lever.title.en}",
            f"**{lever.title.zh}** `{lever.id}`: {_range(lever)}",
            table(_columns(effects.years), _rows(effects, number, rules)),
        )
    )


def _columns(years: Sequence[int]) -> tuple[str, ...]:
    ends = ("下限 floor", "上限 ceiling")
    return (
        *("指标 indicator", "范围 scope", "单位 unit"),
        *(f"{end} {year}" for end in ends for year in years),
    )


def _range(lever: Lever) -> str:
    today = lever.today if isinstance(lever.today, float) else "by region"
    reason = lever.ceiling_reason
    words = reason if isinstance(reason, str) else reason.en
    ends = f"from {lever.floor:g} to {lever.ceiling:g} {lever.unit}"
    return f"{ends}, today {today}. {words}"


def _rows(effects: LeverEffects, number: int, rules: Case) -> Iterator[tuple[str, ...]]:
    """Yield a row for each thing that targets measure."""
    for what, (name, scope) in enumerate(effects.measured):
        indicator = rules.indicators[name]
        cells = [
            _cell(
                float(effects.effects[number, end, what, year]), indicator.decimals + 1
            )
            for end in (0, 1)
            for year in range(len(effects.years))
        ]
        yield indicator.title.en, scope, indicator.unit, *cells


def _cell(value: float, places: int) -> str:
    if np.isnan(value):
        return "—"
    text = f"{value:+.{places}f}"
    return text if any(digit in "123456789" for digit in text) else ""
