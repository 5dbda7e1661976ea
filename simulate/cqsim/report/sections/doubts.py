"""How far the verdicts hang on readings, boundaries and the weather of a year."""

from cqsim.judge.verdicts import Status, Verdict
from cqsim.report.content import Cell, Column
from cqsim.report.numbers import DIFFERENCES, telling
from cqsim.report.sentences import boundary_sentences, short_name
from cqsim.report.teller import Teller
from cqsim.report.words import MET, MISSED, Both


def doubts(teller: Teller) -> None:
    """Tell which verdicts would be others under another reading."""
    content = teller.content
    told = [v for v in teller.verdicts if v.readings or v.alternatives or v.chances]
    if not told:
        return
    content.heading(Both("结论的稳健性", "How firm the verdicts are"))
    turned = boundary_sentences(teller, teller.verdicts)
    reading = [v for v in teller.verdicts if v.depends_on_reading]
    numbers = teller.numbers
    count = numbers.count("count.depends", len(reading))
    other = numbers.count("count.turned", len(turned))
    content.paragraph(
        Both(
            f"{count}目标的结论取决于文字怎样读,{other}取决于范围、年份或指标。",
            f"{count} verdicts depend on how the words are read, {other} on the "
            "boundary, the year or the measure.",
        )
    )
    content.points(turned)
    rows: list[list[Cell]] = []
    for verdict in told:
        found = [*_readings(teller, verdict), *_others(teller, verdict)]
        found += _chances(teller, verdict)
        marks = {str(row[3]) for row in found}
        if len(found) > 1 and (len(marks) > 1 or always_shown(verdict)):
            rows.append([short_name(verdict)])
            rows += found
    content.table(
        Both(
            "不同读法、范围和气象下的结论",
            "Verdicts under other readings, boundaries and weather",
        ),
        [
            Column(Both("读法", "Reading"), "1fr"),
            Column(Both("要求", "Required"), "auto", "right"),
            Column(Both("差距或概率", "Margin or chance"), "auto", "right"),
            Column(Both("结论", "Verdict"), "auto"),
        ],
        rows,
        note=Both(
            "只列规划写明数值的目标和结论会变的目标。概率只含当年气象的起伏,不含参数"
            "的不确定性。",
            "Shown: numbers of the plan, and targets whose verdict would change. "
            "Chances hold the weather of a single year only, not the doubt about "
            "parameters.",
        ),
        size=7.2,
    )


def always_shown(verdict: Verdict) -> bool:
    """Return whether the number stands in the plan: its readings are always shown."""
    return verdict.target.evidence == "plan-numeric"


def _mark(status: Status) -> Both:
    return MET if status.met else MISSED


def _readings(teller: Teller, verdict: Verdict) -> list[list[Cell]]:
    own = teller.indicator(verdict.target.indicator)
    unit = DIFFERENCES.get(own.unit, own.unit)
    rows: list[list[Cell]] = []
    for each in verdict.readings:
        key = f"{verdict.target.id}.{each.reading.id}"
        put = teller.numbers.put
        rows.append(
            [
                Both(each.reading.text.zh, each.reading.text.en),
                put(f"reading.{key}", each.reading.threshold, own.unit, own.decimals),
                put(
                    f"reading_margin.{key}",
                    each.margin,
                    unit,
                    telling(each.margin, own.decimals),
                    signed=True,
                ),
                _mark(each.status),
            ]
        )
    return rows


def _others(teller: Teller, verdict: Verdict) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    for each in verdict.alternatives:
        own = teller.indicator(each.indicator)
        unit = DIFFERENCES.get(own.unit, own.unit)
        key = f"{verdict.target.id}.{each.alternative.id}"
        put = teller.numbers.put
        rows.append(
            [
                Both(each.alternative.text.zh, each.alternative.text.en),
                put(f"other.{key}", each.required, own.unit, own.decimals),
                put(
                    f"other_margin.{key}",
                    each.margin,
                    unit,
                    telling(each.margin, own.decimals),
                    signed=True,
                ),
                _mark(each.status),
            ]
        )
    return rows


def _chances(teller: Teller, verdict: Verdict) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    for each in verdict.chances:
        key = f"chance.{verdict.target.id}.{each.weather.id}"
        shown = teller.numbers.put(key, 100 * each.probability, "%", 0)
        text = Both(f"气象:{each.weather.text.zh}", f"Weather: {each.weather.text.en}")
        rows.append([text, teller.required(verdict), shown, Both("达标概率", "chance")])
    return rows
