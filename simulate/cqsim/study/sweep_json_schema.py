"""The JSON Schema of a sweep file, with the names of one model."""

from typing import Any

from cqsim.case.case import Case
from cqsim.case.json_schema import DIALECT
from cqsim.model.model import Model
from cqsim.study.record_check import recordable
from cqsim.study.sweep_schema import SweepFile

Json = dict[str, Any]

HEAD = "cqsim扫描文件 / a sweep file of cqsim"
DROPPED = ("title", "default")
"""What pydantic says of a key and an editor need not show."""


def sweep_json_schema(model: Model) -> Json:
    """Return the schema of sweeps of a model, for editors.

    It knows the names of constants, levers, indicators, scopes and variables; what it
    refuses, `read_sweep` refuses too.
    """
    shown = SweepFile.model_json_schema()
    definitions = {name: _table(its) for name, its in shown["$defs"].items()}
    rules = Case.of(model)
    _name(definitions["Input"]["properties"], model)
    _name_recorded(definitions["Record"]["properties"], model, rules)
    between = definitions["Correlated"]["properties"]["between"]
    between["items"] = between.pop("prefixItems")
    whole = _table(shown)
    del whole["$defs"]
    head = {"$schema": DIALECT, "title": "cqsim sweep", "description": HEAD}
    return {**head, **whole, "definitions": definitions}


def _table(shown: Json) -> Json:
    """Return a table's schema as TOML needs it: no null, no defaults, our words."""
    properties = {key: _value(its) for key, its in shown["properties"].items()}
    kept = {k: v for k, v in shown.items() if k not in (*DROPPED, "description")}
    return {**kept, "properties": properties}


def _value(shown: Json) -> Json:
    """Return a value's schema; that of one which may be left out is that of the one."""
    kept = {key: its for key, its in shown.items() if key not in DROPPED}
    choices = [each for each in kept.pop("anyOf", []) if each != {"type": "null"}]
    for choice in choices:
        kept |= choice
    if "items" in kept:
        kept["items"] = _value(kept["items"])
    reference = kept.pop("$ref", None)
    if reference is None:
        return kept
    # Beside a reference, draft 7 reads nothing else.
    place = {"$ref": reference.replace("#/$defs/", "#/definitions/")}
    return {**kept, "allOf": [place]} if kept else place


def _name(properties: Json, model: Model) -> None:
    """Put the names of constants and levers into the schema of an input."""
    constants = [v.name.strip('"') for v in model.of_kind("constant")]
    for key, names in (("constant", constants), ("lever", list(Case.of(model).levers))):
        properties[key] = {"description": properties[key]["description"], "enum": names}


def _name_recorded(properties: Json, model: Model, rules: Case) -> None:
    """Put the names of what can be recorded into the schema of a record."""
    scopes = list(dict.fromkeys([*rules.scopes, "regions", "chongqing"]))
    variables = recordable(model)
    known = {"indicators": list(rules.indicators), "scopes": scopes}
    for key, names in (known | {"variables": variables}).items():
        properties[key]["items"] = {"enum": names}
