"""The JSON Schema of a scenario, with the names and ranges of one model."""

from collections.abc import Iterable, Mapping
from typing import Any

from cqsim.case.case import Case
from cqsim.case.levers import Lever, Shock, bounds_of, lever_bounds
from cqsim.case.schema import SHORTEST_STEP, ScenarioFile
from cqsim.case.settings import Bounds, axes_of, keys_of
from cqsim.model.model import Model, Variable
from cqsim.tomlschema import Text

Json = dict[str, Any]
DIALECT = "http://json-schema.org/draft-07/schema#"
"""The draft that the TOML editors tombi and taplo both read."""


def json_schema(case: Case) -> Json:
    """Return the schema of scenarios of a model, for editors.

    It knows the names of levers, regions, rings, constants, shocks, indicators and
    scopes, and the range of every value; what it refuses, `read_scenario` refuses too.
    """
    texts = ScenarioFile.model_json_schema()["properties"]
    pattern = texts["id"]["pattern"]
    words = {key: texts[key].get("description", "") for key in ("extends", "model")}
    properties: Json = {
        "id": {"type": "string", "pattern": pattern, "maxLength": 60},
        "title": _text(case, "情景名称 / title"),
        "summary": _text(case, "一句话说明 / summary"),
        **{
            key: _described(word, type="string", minLength=1)
            for key, word in words.items()
        },
        "time": _time(case.model),
        "levers": _table("杠杆 / levers", _levers(case)),
        "constants": _table("模型常数 / constants of the model", _constants(case)),
        "shocks": _table("外部冲击 / shocks from outside", _shocks(case)),
        "targets": _targets(case),
    }
    return {
        "$schema": DIALECT,
        "title": "cqsim scenario",
        **_table("cqsim情景文件 / a scenario file of cqsim", properties),
        "required": ["id", "title"],
        "definitions": _definitions(case),
    }


def _described(description: str, **rest: Any) -> Json:
    return {"description": description, **rest} if description else dict(rest)


def _table(description: str, properties: Mapping[str, Json]) -> Json:
    return _described(
        description,
        type="object",
        properties=dict(properties),
        additionalProperties=False,
    )


def _text(case: Case, description: str) -> Json:
    words = {key: {"type": "string", "minLength": 1} for key in case.languages}
    return {**_table(description, words), "required": list(words)}


def _number(bounds: Bounds, kind: str = "number") -> Json:
    ends = {"minimum": bounds.low, "maximum": bounds.high}
    return {"type": kind, **{k: v for k, v in ends.items() if v is not None}}


def _time(model: Model) -> Json:
    years = {"start": "initial time", "end": "final time"}
    found: Json = {}
    for key, name in years.items():
        variable = model.variable(name)
        low, high = (variable.low, variable.high) if variable else (None, None)
        found[key] = _number(Bounds(low, high, "year", ""), "integer")
    steps = [1.0]
    while steps[-1] > SHORTEST_STEP:
        steps.append(steps[-1] / 2)
    found["step"] = {"enum": steps}
    return _table("起止年与步长 / years and step of the run", found)


def _amount(
    model: Model, variable: Variable, number: Json, reach: Iterable[str]
) -> Json:
    """Return the schema of a number, or of numbers by place where there are places."""
    axes = axes_of(model, variable)
    if not axes:
        return number
    if len(axes) > 1:
        return {"anyOf": [number, {"type": "object", "additionalProperties": number}]}
    reach = tuple(reach)
    name = "-".join((axes[0], *reach))
    by_place: Json = {
        "allOf": [
            {"$ref": f"#/definitions/{name}"},
            {"patternProperties": {".*": number}, "minProperties": 1},
        ]
    }
    return {"anyOf": [number, by_place]}


def _definitions(case: Case) -> Json:
    """Return the tables by place that amounts refer to: which keys they may have."""
    model = case.model
    found: dict[str, Json] = {}
    for variable in model.of_kind("constant"):
        axes = axes_of(model, variable)
        if len(axes) == 1:
            found[axes[0]] = _places(keys_of(model, axes[0]))
    for lever in case.levers.values():
        variable_of_lever = model.variable(lever.constant)
        axes = axes_of(model, variable_of_lever) if variable_of_lever else ()
        if axes and lever.reach:
            inside = {e for part in lever.reach for e in model.elements(part)}
            keys = [
                k for k in keys_of(model, axes[0]) if set(model.elements(k)) <= inside
            ]
            found["-".join((axes[0], *lever.reach))] = _places(keys)
    return found


def _places(keys: Iterable[str]) -> Json:
    none: Json = {}
    properties = dict.fromkeys(keys, none)
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _levers(case: Case) -> Json:
    return {name: _lever(case, lever) for name, lever in case.levers.items()}


def _lever(case: Case, lever: Lever) -> Json:
    model, found = case.model, {}
    for key, constant in lever.constants.items():
        variable = model.variable(constant)
        if variable is None:
            continue
        bounds = lever_bounds(lever, key, variable, case.levers)
        number = _number(bounds, "integer" if key == "start" else "number")
        found[key] = _amount(model, variable, number, lever.reach)
    found["unit"] = {"const": lever.unit}
    today = f"现值 today {lever.today}" if not isinstance(lever.today, dict) else ""
    range_text = f"[{lever.floor:g}, {lever.ceiling:g}] {lever.unit}; {today}"
    reason = _words(lever.ceiling_reason)
    table = _table(f"{_words(lever.title)} {range_text}. {reason}", found)
    return {**table, "minProperties": 1}


def _words(text: str | Text) -> str:
    if isinstance(text, str) or text.zh == text.en:
        return text if isinstance(text, str) else text.en
    return f"{text.zh} / {text.en}"


def _constants(case: Case) -> Json:
    model = case.model
    found: Json = {}
    for variable in model.of_kind("constant"):
        bounds = bounds_of(variable, case.levers)
        amount = _amount(model, variable, _number(bounds), ())
        text = f"{bounds.text()}: {variable.documentation}"
        found[variable.name.strip('"')] = {"description": text, **amount}
    return found


def _shocks(case: Case) -> Json:
    return {name: _shock(case.model, shock) for name, shock in case.shocks.items()}


def _shock(model: Model, shock: Shock) -> Json:
    size = _number(Bounds(shock.floor, shock.ceiling, shock.unit, ""))
    pulse: Json = {"size": size, "start": {"type": "number"}}
    pulse["duration"] = {"type": "number", "exclusiveMinimum": 0}
    for key, constant in zip(
        ("start", "duration"), (shock.pulse_constants or ())[1:], strict=False
    ):
        variable = model.variable(constant)
        if variable is not None:
            own = _number(Bounds(variable.low, variable.high, "", ""))
            pulse[key] = {**pulse[key], **own}
    series = {
        "type": "object",
        "description": "年份 = 数值 / year = value",
        "patternProperties": {r"^(19|20|21)\d\d$": size},
        "additionalProperties": False,
    }
    whole = {
        "pulse": {**_table("冲击 / pulse", pulse), "required": list(pulse)},
        "series": series,
        "unit": {"const": shock.unit},
    }
    title = f"{_words(shock.title)}: {_words(shock.summary)}"
    return {**_table(title, whole), "minProperties": 1}


def _targets(case: Case) -> Json:
    words = {name: _words(each.title) for name, each in case.indicators.items()}
    one = _table(
        "分析者自设目标 / a target of the analyst's own",
        {
            "title": _text(case, "名称 / title"),
            "indicator": {"enum": list(words)},
            "scope": {"enum": list(case.scopes)},
            "year": {
                "type": "integer",
                "minimum": case.years.base,
                "maximum": case.years.last,
            },
            "at_least": {"type": "number"},
            "at_most": {"type": "number"},
            "unit": {"type": "string"},
        },
    )
    one["required"] = ["indicator", "year"]
    one["oneOf"] = [{"required": ["at_least"]}, {"required": ["at_most"]}]
    return {
        "type": "object",
        "description": "目标 / targets",
        "patternProperties": {"^[a-z][a-z0-9_]*$": one},
        "additionalProperties": False,
    }
