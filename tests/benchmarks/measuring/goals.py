"""What was asked of the speed, and what was measured."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from measuring.area import LARGEST, LOWER, OPTIMISED, PLAIN, READ
from measuring.engines import HAND, ONE, PYSD, SDE, SDE_FAST, TWO
from measuring.judged import JUDGED
from measuring.starts import COLD, WARM
from measuring.table import Cell, Section

Sections = Mapping[str, Section]


@dataclass(frozen=True, slots=True)
class Goal:
    """A number that is to be at least, or at most, a limit."""

    claim: str
    limit: float | int
    at_least: bool
    value: Callable[[Sections], float | None]


def goals(sections: Sections) -> Section:
    """Return the goals whose measurements are there."""
    rows: list[tuple[Cell, ...]] = []
    for goal in GOALS:
        value = goal.value(sections)
        if value is None:
            continue
        met = value >= goal.limit if goal.at_least else value <= goal.limit
        sign = "≥" if goal.at_least else "≤"
        verdict = "是 yes" if met else "否 NO"
        ratio = value / goal.limit
        rows.append((goal.claim, value, sign, goal.limit, verdict, ratio))
    return Section(
        "goals",
        "目标与实测 What was asked, what was measured",
        (
            "目标 goal",
            "实测 measured",
            "",
            "要求 limit",
            "达到 met",
            "实测/要求 over limit",
        ),
        tuple(rows),
    )


def _engine(sections: Sections, name: str) -> float | None:
    return _number(sections, "engines", name, 1)


def _number(sections: Sections, section: str, row: str, column: int) -> float | None:
    cell = sections[section].cell(row, column) if section in sections else None
    return None if cell is None or isinstance(cell, str) else float(cell)


def _ratio(over: str, under: str) -> Callable[[Sections], float | None]:
    def value(sections: Sections) -> float | None:
        a, b = _engine(sections, over), _engine(sections, under)
        return None if a is None or b is None else a / b

    return value


def _sdeverywhere(sections: Sections) -> float | None:
    """Return how many times our ensemble's time its C takes, as fast as it gets."""
    found = [_ratio(name, ONE)(sections) for name in (SDE, SDE_FAST)]
    return min((ratio for ratio in found if ratio is not None), default=None)


def _start(name: str) -> Callable[[Sections], float | None]:
    return lambda sections: _number(sections, "starts", name, 1)


def _ten_thousand(sections: Sections) -> float | None:
    """Return the seconds of 10 000 runs on two threads."""
    rows = sections["runs"].rows if "runs" in sections else ()
    found = [row[2] for row in rows if row[:2] == (10_000, 2)]
    return float(found[0]) if found and isinstance(found[0], int | float) else None


def _alone(row: str) -> Callable[[Sections], float | None]:
    return lambda sections: _number(sections, "area", row, 1)


def _judged(sections: Sections) -> float | None:
    return _number(sections, "judged", JUDGED, 3)


GOALS = (
    Goal("集合/手写C ensemble over hand-written C", 1.05, False, _ratio(ONE, HAND)),
    Goal("PySD/集合 PySD over ensemble", 100_000, True, _ratio(PYSD, ONE)),
    Goal("SDEverywhere/集合 its C over ensemble", 1, True, _sdeverywhere),
    Goal("两线程提速 two threads over one", 1.85, True, _ratio(ONE, TWO)),
    Goal("metro.mdl 读取,毫秒 ms to read", 100, False, _alone(READ)),
    Goal("metro.mdl 转换,毫秒 ms to lower", 300, False, _alone(LOWER)),
    Goal("metro.mdl 一次,O0,毫秒 ms for a run", 30, False, _alone(PLAIN)),
    Goal("metro.mdl 一次,O3,毫秒 ms for a run", 12, False, _alone(OPTIMISED)),
    Goal("最大公开模型,毫秒 ms for the largest", 30_000, False, _alone(LARGEST)),
    Goal("metro.mdl 一万次,秒 s for 10 000 runs, 2 threads", 30, False, _ten_thousand),
    Goal("评价/单独计算 judged runs over the engine", 1.3, False, _judged),
    Goal("热启动,秒 s for a warm start", 0.6, False, _start(WARM)),
    Goal("空缓存启动,秒 s for a start, empty cache", 1.5, False, _start(COLD)),
)
