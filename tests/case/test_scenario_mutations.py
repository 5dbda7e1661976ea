"""Two thousand scenarios with something wrong: each is read and run, or refused."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cqsim.case.case import Case
from cqsim.case.scenario import Scenario, read_scenario
from cqsim.engine.simulation import run_many
from cqsim.errors import FaultsError, InputFileError

SOUND: dict[str, Any] = {
    "id": "mine",
    "title": {"zh": "我的", "en": "Mine"},
    "summary": {"zh": "一句", "en": "One sentence"},
    "extends": "baseline",
    "time": {"start": 2020, "end": 2030, "step": 0.25},
    "levers": {
        "rail": {"value": {"outer": 0.3, "fuling": 0.5}, "start": 2024, "ramp": 2},
        "hukou": {"value": 0.8, "start": {"fulcrum": 2025}, "unit": "1"},
        "relocation": {"value": {"central": 0.02}},
        "investment": {"value": 0.4},
    },
    "constants": {
        "long run fertility": 0.8,
        "frontier growth": {"primary": 0.01, "tertiary": 0.01},
    },
    "shocks": {
        "drought": {"series": {"2022": 0.25, "2028": 0.5}},
        "demand": {"pulse": {"size": -0.1, "start": 2027, "duration": 2}},
    },
    "targets": {
        "rich": {"indicator": "gdp", "scope": "fuling", "year": 2029, "at_least": 9.0}
    },
}
VALUES = st.one_of(
    st.sampled_from(
        [
            *(0, -1, 1, 0.5, 2023, 10**9, 10**400, -(10**30), 1e308, True, False),
            *(float("nan"), float("inf"), float("-inf"), 5e-324, -0.0),
            *("", "metro", "fuling", "2025", "\0", "\x1b[31m", "重庆", "x" * 300),
            *("../../etc/passwd", "mine.toml", "baseline", "/", ".", "\u202e"),
            *([], [1], {}, {"fuling": 1}, {"value": {"value": {"value": 1}}}),
        ]
    ),
    st.floats(),
    st.integers(),
    st.text(max_size=8),
)
KEYS = st.one_of(
    st.sampled_from(["value", "start", "rail", "fuling", "metro", "", "\n", "levers"]),
    st.text(max_size=6),
)
KINDS = ("drop", "retype", "misspell", "nest", "copy", "twice", "letter")
mutation = st.tuples(
    st.sampled_from(KINDS), st.integers(0, 10**6), VALUES, KEYS, st.integers(0, 10**6)
)


def paths_in(
    table: dict[str, Any], base: tuple[str, ...] = ()
) -> list[tuple[str, ...]]:
    """Return the paths of all keys of a table."""
    found = []
    for key, value in table.items():
        found.append((*base, key))
        if isinstance(value, dict):
            found += paths_in(value, (*base, key))
    return found


def at(table: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    for key in path:
        table = table[key]
    return table


def changed(table: dict[str, Any], step: tuple[Any, ...]) -> None:
    """Make one structured change to a table of TOML data."""
    kind, where, value, key, _ = step
    paths = paths_in(table)
    if not paths:
        return
    path = paths[where % len(paths)]
    owner, name = at(table, path[:-1]), path[-1]
    if kind == "drop":
        del owner[name]
    elif kind == "retype":
        owner[name] = value
    elif kind == "misspell":
        owner[name[:-1] + key if where % 2 else key] = owner.pop(name)
    elif kind == "nest":
        owner[name] = {key: owner[name]}
    elif kind == "copy":
        other = paths[(where // 7) % len(paths)]
        owner[key] = json.loads(json.dumps(at(table, other[:-1])[other[-1]]))


def written(value: Any) -> str:
    """Return a value as TOML writes it, tables inline."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        pairs = (f"{quoted(k)} = {written(v)}" for k, v in value.items())
        return "{ " + ", ".join(pairs) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    if isinstance(value, str):
        return quoted(value)
    return {"nan": "nan", "inf": "inf", "-inf": "-inf"}.get(repr(value), repr(value))


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=True).replace("\\ud", "\\u0d")


def text_of(table: dict[str, Any]) -> str:
    return "\n".join(f"{quoted(k)} = {written(v)}" for k, v in table.items()) + "\n"


def mutated(steps: list[tuple[Any, ...]]) -> bytes:
    """Return the sound file with some things changed in it."""
    table = json.loads(json.dumps(SOUND))
    for step in steps:
        changed(table, step)
    text = text_of(table)
    for kind, where, value, _, cut in steps:
        if kind == "twice":
            lines = text.split("\n")
            lines.insert(cut % len(lines), lines[where % len(lines)])
            text = "\n".join(lines)
        elif kind == "letter":
            start = where % len(text)
            text = text[:start] + str(value)[:20] + text[start + cut % 9 :]
    return text.encode("utf-8", errors="surrogatepass")


known = cache(Case.load)


def case_of(path: Path, data_files: object = None) -> Case:
    """Return a case, read once: each example asks for one of a few models."""
    return known(path)


def read_and_run(path: Path) -> tuple[list[str], Scenario | None]:
    """Return what is said of a file, or the scenario, which has then run."""
    try:
        scenario = read_scenario(str(path))
    except (FaultsError, InputFileError) as error:
        return str(error).split("\n"), None
    clock = {"start": 2020, "end": 2021}
    outputs = ["resident population"]
    run_many(scenario.model, [scenario.settings], outputs, clock=clock)
    return [], scenario


def test_the_sound_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(mutated([]))
    said, scenario = read_and_run(path)
    assert said == []
    assert scenario is not None
    assert len(scenario.settings) == 13


@pytest.mark.slow
@settings(
    max_examples=2000,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(mutation, min_size=1, max_size=4))
def test_any_change_ends_in_a_run_or_in_a_line_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: list[tuple[Any, ...]]
) -> None:
    monkeypatch.setattr(Case, "load", case_of)
    path = tmp_path / "mine.toml"
    path.write_bytes(mutated(steps))
    said, _ = read_and_run(path)
    for line in said:
        assert re.match(r"[^\n\r]+:\d+(:\d+)?: [^\n\r]+\. [^\n\r]+", line), line
        assert line.isprintable(), line
