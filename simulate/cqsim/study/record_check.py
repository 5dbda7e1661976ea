"""What of a sweep's record there is not, every fault with its place."""

from collections.abc import Iterator, Mapping
from typing import Any

from cqsim.case.bounds import table_of
from cqsim.case.case import Case
from cqsim.case.load import Scenario
from cqsim.errors import did_you_mean
from cqsim.model.model import Model
from cqsim.study.columns import clock_of, saved_times
from cqsim.tomlfile import Document, Fault
from cqsim.tomlspans import Key


def record_faults(document: Document, base: Scenario, rules: Case) -> Iterator[Fault]:
    """Yield a fault for each thing to record that there is not."""
    record = table_of(document.data, "record")
    for key, kind, known in _kinds(base.model, rules):
        for number, name in enumerate(texts(record, key)):
            if not _is_known(base.model, kind, name, known):
                where: Key = ("record", key, number)
                what = f"there is no {kind} '{name}'"
                remedy = did_you_mean(name, known)
                yield document.fault(where, what, remedy, value=True)
    yield from _year_faults(document, record, base)
    recorded = record.keys() & {"indicators", "variables"}
    if record.get("targets") is False and not recorded:
        what = "nothing of a run is recorded"
        yield document.fault(("record",), what, "Name indicators, or record targets.")


def _kinds(model: Model, rules: Case) -> list[tuple[str, str, list[str]]]:
    scopes = [*rules.scopes, "regions", "chongqing"]
    return [
        ("indicators", "indicator", list(rules.indicators)),
        ("scopes", "scope", scopes),
        ("variables", "variable", recordable(model)),
    ]


def recordable(model: Model) -> list[str]:
    """Return the names of the variables that a sweep can record."""
    variables = model.variables.values()
    left_out = ("time", "lookup")
    return [v.name.strip('"') for v in variables if v.kind not in left_out]


def _is_known(model: Model, kind: str, name: str, known: list[str]) -> bool:
    if kind != "variable":
        return name in known
    found = model.variable(name)
    return found is not None and found.name.strip('"') in known


def _year_faults(
    document: Document, record: Mapping[str, Any], base: Scenario
) -> Iterator[Fault]:
    """Yield a fault for each year that the runs do not save."""
    times = saved_times(base.model, clock_of(base))
    for key in ("years", "variable_years"):
        years = record.get(key)
        for number, year in enumerate(years if isinstance(years, list) else ()):
            if isinstance(year, int) and year not in times:
                what = f"no run saves {year}, only {times[0]:g} to {times[-1]:g}"
                where: Key = ("record", key, number)
                yield document.fault(where, what, "Remove it.", value=True)


def texts(table: Mapping[str, Any], key: str) -> list[str]:
    """Return the texts of a list in a table; none where there is no list."""
    found = table.get(key)
    return [t for t in found if isinstance(t, str)] if isinstance(found, list) else []
