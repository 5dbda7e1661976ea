"""Say in plain words what a schema found wrong, with what would put it right."""

from collections.abc import Mapping
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from cqsim.errors import did_you_mean
from cqsim.tomlschema import MISFITS
from cqsim.tomlspans import Key

NEEDED = {
    "float_type": "a number",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "float_parsing": "a number",
    "string_type": "text in quotes",
    "bool_type": "true or false",
    "list_type": "a list in [ ]",
    "tuple_type": "a list in [ ]",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "finite_number": "a finite number",
    "is_instance_of": "a number or a table",
}
INNER = ("[key]", "[number]", "[table]")
"""Parts of pydantic's locations that are no keys of the file: names of types."""


def wordings(
    detail: ErrorDetails, schema: type[BaseModel], under: Key = ()
) -> list[tuple[Key, str, str, bool]]:
    """Return what `wording` does, of each misfit where a validator found several."""
    if detail["type"] != MISFITS:
        return [wording(detail, schema, under)]
    inner: Key = tuple(part for part in detail["loc"] if part not in INNER)
    return [
        ((*under, *inner, *misfit.at), misfit.what, misfit.remedy, True)
        for misfit in detail["ctx"][MISFITS]
    ]


def wording(
    detail: ErrorDetails, schema: type[BaseModel], under: Key = ()
) -> tuple[Key, str, str, bool]:
    """Return the key at fault, what is wrong, the remedy, and whether its value is.

    Parameters
    ----------
    schema
        What was validated: the whole file, or the table at `under`.
    """
    inner: Key = tuple(part for part in detail["loc"] if part not in INNER)
    location = (*under, *inner)
    name = ".".join(str(part) for part in location)
    kind = detail["type"]
    if kind == "missing":
        table, key = ".".join(map(str, location[:-1])), location[-1]
        where = f"table [{table}]" if table else "file"
        return (
            location[:-1],
            f"'{name}' is missing",
            f"Add '{key}' to the {where}.",
            False,
        )
    if kind == "extra_forbidden":
        known = fields_at(schema, inner[:-1])
        what = f"there is no key '{location[-1]}' here ({name})"
        return location, what, did_you_mean(str(location[-1]), known), False
    if kind in NEEDED:
        what = f"{name} must be {NEEDED[kind]}, not {_shown(detail['input'])}"
        return location, what, f"Write {NEEDED[kind]}.", True
    rule = detail["msg"].removeprefix("Value error, ").removeprefix("Input should ")
    rule = rule[:1].lower() + rule[1:]
    if isinstance(detail["input"], Mapping):
        subject = f"[{name}]" if name else "the file"
        return location, f"{subject} should {_plain(rule)}", "Correct it.", False
    what = f"{name} = {_shown(detail['input'])}: it should {_plain(rule)}"
    return location, what, "Change the value.", True


def fields_at(schema: type[BaseModel], location: Key) -> list[str]:
    """Return the keys that a schema knows inside the table at a location."""
    annotation: Any = schema
    for part in location:
        annotation = _inside(annotation, part)
    found = _model_of(annotation)
    if found is None:
        return []
    return [field.alias or name for name, field in found.model_fields.items()]


def _inside(annotation: Any, part: str | int) -> Any:
    """Return the annotation of what stands under one part of a location."""
    for option in (annotation, *get_args(annotation)):
        if isinstance(option, type) and issubclass(option, BaseModel):
            for name, field in option.model_fields.items():
                if part in (name, field.alias):
                    return field.annotation
        elif get_origin(option) in (dict, Mapping):
            return get_args(option)[1]
        elif get_origin(option) in (list, tuple) and isinstance(part, int):
            return get_args(option)[0]
    return None


def _model_of(annotation: Any) -> type[BaseModel] | None:
    for option in (annotation, *get_args(annotation)):
        if isinstance(option, type) and issubclass(option, BaseModel):
            return option
    return None


def _plain(rule: str) -> str:
    return rule if rule.startswith(("be ", "match ", "have ")) else f"obey: {rule}"


def _shown(value: object) -> str:
    """Return a value as a person would write it in TOML, cut to a short line."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        kind, text = "the text ", "'" + " ".join(value.split()) + "'"
    elif isinstance(value, dict):
        return "a table"
    elif isinstance(value, list):
        return "a list"
    else:
        kind, text = "", str(value)
    return kind + (text if len(text) <= 60 else text[:57] + "…'")
