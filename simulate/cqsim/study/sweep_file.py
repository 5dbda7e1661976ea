"""Read a sweep file: all faults at once, each with its place."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from cqsim.case.case import Case
from cqsim.case.load import Scenario, read_scenario
from cqsim.errors import CqsimError, FaultsError, InputFileError, did_you_mean
from cqsim.resources import data_folder
from cqsim.study.design import Design
from cqsim.study.posterior import Posterior
from cqsim.study.sweep_check import Checker, matrix_of, product_of
from cqsim.study.sweep_input import SweepInput
from cqsim.study.sweep_schema import Record, SweepFile
from cqsim.textfile import is_file, read_bytes
from cqsim.tomlfile import Document, Fault, read_document, shape_faults


@dataclass(frozen=True, slots=True)
class Sweep:
    """A sweep, checked against its model and its base scenarios.

    Attributes
    ----------
    bases
        The scenarios; every point is run from each of them.
    inputs
        What differs from run to run, in the order of the file.
    posterior
        Draws of constants that go together, or nothing.
    points
        How many points the design has.
    """

    id: str
    title: Mapping[str, str]
    path: Path
    sha256: str
    bases: tuple[Scenario, ...]
    inputs: tuple[SweepInput, ...]
    posterior: Posterior | None
    design: Design
    points: int
    record: Record
    rules: Case

    @property
    def runs(self) -> int:
        """How many runs there are."""
        return self.points * len(self.bases)

    @property
    def is_weighed(self) -> bool:
        """Whether a share of runs is a probability: all that differs is a posterior.

        An input besides has a range that nobody weighed; draws that were made from
        another model are no posterior of this one, and of draws that do not say what
        they were made from nobody knows.
        """
        drawn = self.posterior
        return drawn is not None and not self.inputs and drawn.made.current

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the shares has to know, one sentence each."""
        drawn = self.posterior
        if drawn is None or drawn.made.current:
            return ()
        if not drawn.made.run_id:
            return (
                f"nothing says what {drawn.name} was drawn from: shares are not called "
                "probabilities; draws of cqsim calibrate --posterior say it",
            )
        return (
            f"{drawn.name} was drawn (run {drawn.made.run_id}) before the model, its "
            f"observations or calibration.toml changed (run {drawn.made.now}): shares "
            "are not called probabilities; cqsim calibrate --posterior draws it anew",
        )


def read_sweep(name: str, folder: Path | None = None) -> Sweep:
    """Return the sweep of a path, or of the name of one that is shipped.

    Raises
    ------
    InputFileError
        The file is missing or cannot be decoded.
    FaultsError
        Everything else that is wrong, each with file, line and column.
    """
    path = _path_of(name, folder or Path())
    document = read_document(path)
    shape = shape_faults(document, SweepFile)
    bases, problems = _bases(document)
    if not bases:
        _refuse(document, shape, problems)
    checker = Checker(document, tuple(bases))
    faults = [*shape, *checker.faults()]
    _refuse(document, faults, problems)
    return _put_together(checker)


def _path_of(name: str, folder: Path) -> Path:
    """Return the path of a sweep's file: from a folder, or of one that is shipped."""
    own = data_folder("scenarios") / "sweeps"
    bare = Path(name).name if "sweeps" in Path(name).parts else name
    for candidate in (folder / name, folder / f"{name}.toml", own / f"{bare}.toml"):
        if is_file(candidate):
            return candidate
    if is_file(own / bare):
        return own / bare
    shipped = sorted(path.stem for path in own.glob("*.toml"))
    hint = did_you_mean(Path(name).stem, shipped)
    what = "there is no such sweep file"
    raise InputFileError(folder / name, 0, what, f"Of those shipped: {hint}")


def _refuse(document: Document, faults: list[Fault], problems: list[str]) -> None:
    texts = [fault.text(document.path) for fault in sorted(set(faults))]
    if texts or problems:
        raise FaultsError([*texts, *problems])


def _bases(document: Document) -> tuple[list[Scenario], list[str]]:
    """Return the base scenarios that can be read, and what is wrong with the others."""
    names = document.data.get("bases", ["baseline"])
    if not isinstance(names, list):
        return [], []
    found, problems = [], []
    for number, name in enumerate(names):
        if not isinstance(name, str) or not name:
            continue
        try:
            found.append(read_scenario(name, document.path.parent))
        except CqsimError as error:
            key = ("bases", number)
            fault = document.fault(key, f"the base '{name}' cannot be used", "See next")
            problems += [fault.text(document.path), str(error)]
    return found, problems


def _put_together(checker: Checker) -> Sweep:
    """Return the sweep of a file without faults."""
    file = SweepFile.model_validate(checker.document.data)
    grid = file.design == "grid"
    levels = tuple(given.levels for given in checker.inputs) if grid else ()
    matrix = matrix_of([i.id for i in checker.inputs], _tables(file))
    points = product_of(levels) if grid else int(file.size or 0)
    dimensions = len(checker.inputs) + (checker.posterior is not None)
    if matrix.size and checker.posterior is not None:
        matrix = np.pad(matrix, (0, 1))
        matrix[-1, -1] = 1.0
    return Sweep(
        id=file.id,
        title=file.title.model_dump(),
        path=checker.document.path,
        sha256=sha256(read_bytes(checker.document.path)).hexdigest(),
        bases=checker.bases,
        inputs=tuple(checker.inputs),
        posterior=checker.posterior,
        design=Design(
            file.design,
            file.seed,
            dimensions,
            points,
            levels,
            tuple(tuple(row) for row in matrix.tolist()),
        ),
        points=points,
        record=file.record,
        rules=checker.rules,
    )


def _tables(file: SweepFile) -> list[dict[str, Any]]:
    """Return the correlations of a checked file as plain tables."""
    return [
        {"between": list(pair.between), "value": pair.value}
        for pair in file.correlation
    ]
