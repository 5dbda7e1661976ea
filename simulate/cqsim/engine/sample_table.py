"""Samples of any form as columns: data frames, mappings, sequences of mappings."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from cqsim.engine.places import SettingError

_SAMPLES = "samples"


def table_of(given: Any) -> dict[str, Any]:
    """Return samples of any form as columns."""
    if hasattr(given, "columns") and hasattr(given, "to_numpy"):
        return {str(label): given[label].to_numpy() for label in given.columns}
    if isinstance(given, Mapping):
        return {str(label): _listed(values) for label, values in given.items()}
    rows = list(given)
    labels = dict.fromkeys(label for row in rows for label in row)
    table: dict[str, Any] = {
        label: Rows([row.get(label) for row in rows]) for label in labels
    }
    return table or {"": Rows([None] * len(rows))}


def _listed(values: Any) -> Any:
    """Return a list of numbers as an array: one value for each run."""
    if isinstance(values, list | tuple) and all(
        isinstance(value, int | float) for value in values
    ):
        return np.array(values, dtype=np.float64)
    return values


class Rows(list[Any]):
    """A setting of each run in turn; None where a run does not set it."""


def count_runs(table: dict[str, Any]) -> int:
    """Return how many runs a table has; a column that stands for none is dropped.

    Raises
    ------
    SettingError
        If columns differ in length, or there are no runs.
    """
    lengths = {
        len(values)
        for values in table.values()
        if isinstance(values, Rows) or (isinstance(values, np.ndarray) and values.ndim)
    }
    if len(lengths) > 1:
        what = f"columns have {' and '.join(map(str, sorted(lengths)))} values"
        raise SettingError(_SAMPLES, what, "Give one value for each run.")
    runs = lengths.pop() if lengths else 1
    if runs == 0:
        what = "there are no runs"
        raise SettingError(_SAMPLES, what, "Give at least one row.")
    table.pop("", None)
    return runs
