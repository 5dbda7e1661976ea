"""Explain a lever, target or indicator: what it says, with its clause and quote."""

from typing import Any

from cqsim.documentation.explain_variable import lever_constants
from cqsim.documentation.explanation import (
    Explanation,
    Sheet,
    plain_number,
    said,
    shown_unit,
)
from cqsim.documentation.registers import (
    Entry,
    Registers,
    sources_in,
    variables_in,
)
from cqsim.model.model import Model


def explain_lever(name: str, model: Model, registers: Registers) -> Explanation:
    """Return what a lever moves, between which values, and with what right."""
    entry = registers.levers[name]
    unit = str(entry.get("unit", ""))
    today = entry.get("today")
    facts = said(
        ("chinese", both(entry, "title", "zh")),
        ("summary", _text(entry.get("summary"))),
        ("moves", ", ".join(lever_constants(entry))),
        ("scope", _text(entry.get("scope"))),
        ("today", _amount(today, unit)),
        ("floor", _amount(entry.get("floor"), unit)),
        ("ceiling", _amount(entry.get("ceiling"), unit)),
        ("why this ceiling", _text(entry.get("ceiling_reason"))),
        ("earliest start", _text(entry.get("earliest_start"))),
        ("ramp", _amount(entry.get("ramp"), "years")),
        ("effort", _effort(entry.get("effort"))),
        ("clauses", _text(entry.get("clauses"))),
        ("indicators moved", _text(entry.get("moves"))),
    )
    sheets = (
        *_constants(entry, model),
        *_today(today, unit),
        *_clauses(entry, registers),
        *_cited(entry, registers),
    )
    return Explanation("lever", name, both(entry, "title", "en"), facts, sheets)


def explain_target(name: str, registers: Registers) -> Explanation:
    """Return what a target demands, and the words that it comes from."""
    entry = registers.targets[name]
    unit = str(entry.get("unit", ""))
    demand = f"{entry.get('operator', '')} {_amount(entry.get('value'), unit)}"
    indicator = registers.indicators.get(str(entry.get("indicator", "")), {})
    own = _text(entry.get("own_scope"))
    facts = said(
        ("chinese", both(entry, "title", "zh")),
        ("class", _text(entry.get("class"))),
        ("clause", _joined(entry.get("clause"), entry.get("location"))),
        ("quote", _text(entry.get("quote"))),
        ("wording", _text(entry.get("wording"))),
        ("year", _text(entry.get("year"))),
        ("required", demand),
        ("scope", _text(entry.get("scope"))),
        ("scope of the document", own if own != entry.get("scope") else ""),
        ("indicator", _joined(entry.get("indicator"), both(indicator, "title", "en"))),
        ("model variables", ", ".join(_deep_variables(entry, registers))),
        ("starts from", _base(entry.get("base"), unit)),
        ("reasoning", _text(entry.get("reasoning"))),
    )
    sheets = (*_readings(entry, unit), *_alternatives(entry), *_cited(entry, registers))
    return Explanation("target", name, both(entry, "title", "en"), facts, sheets)


def explain_indicator(name: str, registers: Registers) -> Explanation:
    """Return how an indicator is computed, and which targets it judges."""
    entry = registers.indicators[name]
    judged = [k for k, t in registers.targets.items() if t.get("indicator") == name]
    facts = said(
        ("chinese", both(entry, "title", "zh")),
        ("computed as", _text(entry.get("kind"))),
        ("of", _text(entry.get("of"))),
        ("unit", _text(entry.get("unit"))),
        ("model variables", ", ".join(variables_in(entry))),
        ("targets", ", ".join(judged)),
        ("note", _text(entry.get("note"))),
    )
    sheets = tuple(_cited(entry, registers))
    return Explanation("indicator", name, both(entry, "title", "en"), facts, sheets)


def both(entry: Entry, key: str, language: str) -> str:
    """Return a text of an entry in one language."""
    value = entry.get(key, "")
    return str(value.get(language, "")) if isinstance(value, dict) else str(value)


def _text(value: Any) -> str:
    """Return a value of an entry as text; words of two languages under each other."""
    if value is None:
        return ""
    if isinstance(value, dict):
        return "\n".join(str(v) for v in value.values())
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)


def _joined(*parts: Any) -> str:
    return " · ".join(str(part) for part in parts if part)


def _amount(value: Any, unit: str) -> str:
    if isinstance(value, int | float):
        return f"{plain_number(value)} {shown_unit(unit)}".strip()
    return "" if value is None or isinstance(value, dict) else str(value)


def _effort(effort: Any) -> str:
    if not isinstance(effort, dict):
        return _text(effort)
    each = _amount(effort.get("per_unit"), str(effort.get("unit", "")))
    return _joined(_text(effort.get("proxy")), f"{each} per unit" if each else "")


def _base(base: Any, unit: str) -> str:
    if not isinstance(base, dict):
        return ""
    start = f"{_amount(base.get('value'), unit)} in {base.get('year')}"
    return f"{start}\n{_text(base.get('text'))}"


def _deep_variables(target: Entry, registers: Registers) -> list[str]:
    """Return the variables under a target's indicator, however it is derived."""
    found: list[str] = []
    name = target.get("indicator")
    seen = set()
    while isinstance(name, str) and name in registers.indicators and name not in seen:
        seen.add(name)
        found += variables_in(registers.indicators[name])
        name = registers.indicators[name].get("of")
    return found


def _constants(entry: Entry, model: Model) -> list[Sheet]:
    """Return the constants of a lever as the model has them."""
    found = [model.variable(name) for name in lever_constants(entry)]
    rows = tuple((v.title, v.unit, v.documentation) for v in found if v is not None)
    return [Sheet("constants", ("name", "unit", "meaning"), rows)] if rows else []


def _today(today: Any, unit: str) -> list[Sheet]:
    if not isinstance(today, dict):
        return []
    rows = tuple((str(k), _amount(v, unit)) for k, v in today.items())
    return [Sheet("today", ("where", "value"), rows)]


def _clauses(entry: Entry, registers: Registers) -> list[Sheet]:
    """Return the clauses of the plan that an entry names, with their words."""
    columns = ("id", "location", "quote")
    clauses = {row["id"]: row for row in registers.rows("plan_clauses.csv", *columns)}
    rows = tuple(
        tuple(clauses[clause][column] for column in columns)
        for clause in entry.get("clauses", ())
        if clause in clauses
    )
    return [Sheet("clauses of the plan", columns, rows)] if rows else []


def _readings(entry: Entry, unit: str) -> list[Sheet]:
    """Return the ways to take the words of a target."""
    rows = tuple(
        (
            str(reading.get("id", "")),
            _amount(reading.get("threshold"), unit),
            both(reading, "text", "zh"),
            both(reading, "text", "en"),
        )
        for reading in entry.get("readings", ())
    )
    columns = ("reading", "threshold", "chinese", "english")
    return [Sheet("readings", columns, rows)] if rows else []


def _alternatives(entry: Entry) -> list[Sheet]:
    """Return the other areas, years or measures that a target is shown for."""
    rows = tuple(
        (str(a.get("id", "")), both(a, "text", "zh"), both(a, "text", "en"))
        for a in entry.get("alternatives", ())
    )
    columns = ("alternative", "chinese", "english")
    return [Sheet("alternatives", columns, rows)] if rows else []


def _cited(entry: Entry, registers: Registers) -> list[Sheet]:
    """Return the sources that an entry cites."""
    columns = ("title", "publisher", "date", "kind")
    rows = tuple(
        (i, *(registers.sources.get(i, {}).get(c, "") for c in columns))
        for i in sorted(sources_in(entry))
    )
    return [Sheet("sources", ("id", *columns), rows)] if rows else []
