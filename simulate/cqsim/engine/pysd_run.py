"""Run a model with PySD: the only module of the engine that knows it."""

import hashlib
import re
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from cqsim.compile.ir import Constant, State, System
from cqsim.engine.clock import CONTROLS, Clock
from cqsim.engine.diagnosis import DivergedError
from cqsim.engine.result import Floats, Runs
from cqsim.engine.settings import Samples, base_of
from cqsim.errors import InputFileError
from cqsim.language.syntax import canonical
from cqsim.model.model import Model
from cqsim.textfile import decode, read_bytes

STEM = "model"
NOISE = re.compile(r"deprecat|Replacing a |encoding specified|Pandas4", re.I)


def run_pysd(
    model: Model,
    system: System,
    samples: Samples,
    clock: Clock,
    progress: Callable[[float], None] | None,
) -> Runs:
    """Return all variables of one run by PySD.

    Raises
    ------
    InputFileError
        PySD cannot read the model, or not compute a variable of it.
    DivergedError
        A value is not finite.
    """
    content = read_bytes(model.path)
    if hashlib.sha256(content).hexdigest() != model.sha256:
        what = "the model has changed since it was read"
        raise InputFileError(model.path, 0, what, "Read it again.")
    text = decode(model.path, content)
    warned: list[str] = []
    with TemporaryDirectory(prefix="cqsim-") as folder:
        code = translated(model, text, _data(system), Path(folder))
        engine = PysdRun(code, clock, warned)
        try:
            found = engine.integrate(system, samples, progress)
        except Exception as error:
            fault = engine.fault_of(error)
            if fault is None:
                raise
            raise _uncomputed(model, *fault, error) from error
    result = _result(system, *found, tuple(warned))
    for name, values in result.values.items():
        flat = values.reshape(len(result.times), -1)
        bad = ~np.isfinite(flat).all(axis=1)
        if bad.any():
            at = int(bad.argmax())
            place = int((~np.isfinite(flat[at])).argmax())
            value = float(flat[at, place])
            raise DivergedError(name, float(result.times[at]), value, 0)
    return result


def _uncomputed(
    model: Model, key: str, time: float, error: Exception
) -> InputFileError:
    """Return the error for a variable whose equation fails in a run."""
    variable = model.variables[key]
    reason = " ".join(str(error).split()) or type(error).__name__
    what = f"'{variable.name}' cannot be computed at {time:g} ({reason})"
    remedy = "Correct its equation, or the constants that it depends on."
    return InputFileError(model.path, variable.line, what, remedy)


def _result(
    system: System,
    times: Floats,
    recorded: Mapping[str, list[Any]],
    warned: tuple[str, ...],
) -> Runs:
    keys = {name: canonical(name) for name in system.names()}
    series = {
        name: recorded[key]
        for name, key in keys.items()
        if key in recorded and key not in CONTROLS
    }
    axes = {n: tuple(map(str, getattr(v[0], "dims", ()))) for n, v in series.items()}
    notes = {name: system.notes.get(name) for name in series}
    return Runs(
        times,
        {name: np.array(values, dtype=np.float64) for name, values in series.items()},
        axes,
        {
            axis: tuple(map(str, series[name][0].coords[axis].values))
            for name, own in axes.items()
            for axis in own
        },
        {name: note.unit if note else "" for name, note in notes.items()},
        frozenset(n for n in series if isinstance(system.variables[n], Constant)),
        warned,
    )


def translated(
    model: Model, text: str, files: Mapping[str, bytes], folder: Path
) -> Path:
    """Return the model in PySD's Python, which is written to a folder with its data.

    Raises
    ------
    InputFileError
        PySD cannot read the model.
    """
    for name, content in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    source = folder / f"{STEM}.mdl"
    source.write_text(text, encoding="utf-8", newline="\n")
    with quiet([]):
        _translate(model, source)
    return source.with_suffix(".py")


def _data(system: System) -> dict[str, bytes]:
    """Return the files that a model reads, text in UTF-8."""
    found = {}
    for name in sorted(system.files):
        path = system.data_path(name)
        content = read_bytes(path)
        is_text = path.suffix.lower() in (".csv", ".tab", ".tsv", ".txt")
        found[name] = decode(path, content).encode() if is_text else content
    return found


def _translate(model: Model, source: Path) -> None:
    """Write PySD's Python next to the staged copy of a model.

    The documentation is left out: the emitted code holds no text of the modeller.
    """
    from pysd.builders.python.python_model_builder import ModelBuilder
    from pysd.translators.vensim.vensim_file import VensimFile

    parse_error = import_module("parsimonious.exceptions").ParseError
    remedy = "Use what Vensim and PySD both have."
    try:
        file = VensimFile(source, encoding="utf-8")
        file.parse()
        abstract = file.get_abstract_model()
        for section in abstract.sections:
            for element in section.elements:
                element.documentation = ""
        ModelBuilder(abstract).build_model()
    except parse_error as error:
        near = " ".join(str(error.text)[error.pos : error.pos + 40].split())
        what = f"PySD cannot read the equation at '{near}'"
        line = _line_of(source, str(error.text))
        raise InputFileError(model.path, line, what, remedy) from None
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        NotImplementedError,
    ) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        what = f"PySD cannot translate the model ({reason})"
        raise InputFileError(model.path, 0, what, remedy) from None


def _line_of(source: Path, expression: str) -> int:
    """Return the line of an expression in a text, blanks aside; 0 where it is not."""
    words = [re.escape(word) for word in expression.split()]
    text = source.read_text(encoding="utf-8")
    found = re.search(r"[\s\\]*".join(words), text) if words else None
    return text.count("\n", 0, found.start()) + 1 if found else 0


class PysdRun:
    """One loaded model, ready for one run.

    Parameters
    ----------
    code
        The model in PySD's Python.
    clock
        Start, end and step of the run.
    warned
        Takes what PySD warns of, one sentence each.
    """

    def __init__(self, code: Path, clock: Clock, warned: list[str]) -> None:
        import pysd

        self.code = code
        self.warned = warned
        with quiet(warned):
            self.model: Any = pysd.load(str(code), initialize=False)
        controls = self.model.components._components._control_vars
        controls["initial_time"] = lambda: clock.start
        self.controls = {
            "final_time": clock.end,
            "time_step": clock.step,
            "saveper": clock.save,
        }

    def names(self) -> dict[str, str]:
        """Return PySD's identifiers by canonical name, tables and Time aside."""
        return {
            canonical(name): identifier
            for name, identifier in self.model.namespace.items()
            if identifier in self.model.cache_type
            and not self.model.get_args(identifier)
        }

    def _set_lookups(self, system: System, samples: Samples) -> None:
        """Put new points into PySD's lookups.

        Its own way, `set_components`, is undone when it initializes the lookups again.
        """
        names = {canonical(n): name for n, name in self.model.namespace.items()}
        for key in samples.parts.keys() & system.lookups.keys():
            dependencies = self.model.dependencies[names[canonical(key)]]
            lookup = getattr(self.model.components, dependencies["__lookup__"])
            (x, y), *others = samples.curves(system.lookups[key], 0)
            if others:
                what = f"PySD cannot be given the curves of '{key}'"
                raise InputFileError(system.path, 0, what, "Use the compiled engine.")
            lookup.values = [(list(x), list(y), {})]

    def integrate(
        self,
        system: System,
        samples: Samples,
        progress: Callable[[float], None] | None,
    ) -> tuple[Floats, dict[str, list[Any]]]:
        """Run from start to end and return the saved times and values.

        Parameters
        ----------
        samples
            What the one run sets.
        progress
            Told after each step which part of the run is done, if given.

        Returns
        -------
        times, values by canonical name: at each saved time a number or DataArray
        """
        names = self.names()
        output = _RecordedValues(names)
        with quiet(self.warned), np.errstate(all="ignore"):
            self.model.initialize_external_data()
            self._set_lookups(system, samples)
            self.model.set_stepper(
                output,
                params=self._components(system, samples, names),
                return_columns=list(names.values()),
                **self.controls,
            )
            time = self.model.time
            steps = round((time.final_time() - time()) / time.time_step())
            for step in range(steps):
                self.model.step()
                if progress is not None:
                    progress((step + 1) / steps)
        return np.array(output.times), output.values

    def fault_of(self, error: Exception) -> tuple[str, float] | None:
        """Return the variable in whose equation an error arose, and when.

        None where it arose elsewhere, and so is no fault of the model.
        """
        names = {identifier: key for key, identifier in self.names().items()}
        frames = traceback.extract_tb(error.__traceback__)
        inside = [f.name for f in frames if f.filename == str(self.code)]
        for name in reversed(inside):
            if name in names:
                return names[name], float(self.model.time())
        return None

    def _components(
        self, system: System, samples: Samples, names: Mapping[str, str]
    ) -> dict[str, Any]:
        """Return the new values of constants as PySD takes them."""
        components: dict[str, Any] = {}
        for name in samples.parts.keys() & system.variables.keys():
            if isinstance(system.variables[name], State):
                what = f"PySD cannot be given the initial value of '{name}'"
                raise InputFileError(system.path, 0, what, "Use the compiled engine.")
            values = samples.values(name, base_of(system, name), 0, 1)[0]
            identifier = names[canonical(name)]
            components[identifier] = float(values) if not values.ndim else values
            if values.ndim:
                own = getattr(self.model.components, identifier)().copy().astype(float)
                own.values[...] = values.reshape(own.shape)
                components[identifier] = own
        return components


class _RecordedValues:
    """The recorder that PySD calls: stores values as they come."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names
        self.times: list[float] = []
        self.values: dict[str, list[Any]] = {name: [] for name in names}

    def set_capture_elements(self, capture: object) -> None:
        """Ignore PySD's own list of outputs; all values are stored."""

    def initialize(self, model: object) -> None:
        """Begin."""

    def update(self, model: Any) -> None:
        """Keep every variable at the present time."""
        self.times.append(float(model.time.round()))
        for name, identifier in self.names.items():
            value = getattr(model.components, identifier)()
            # A root of a negative number is complex in Python, and no number here.
            self.values[name].append(np.nan if isinstance(value, complex) else value)


@contextmanager
def quiet(warned: list[str]) -> Iterator[None]:
    """Turn warnings into sentences in a list, those about libraries left out."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for warning in caught:
        sentence = " ".join(str(warning.message).split())
        own = issubclass(warning.category, UserWarning | RuntimeWarning)
        if own and not NOISE.search(sentence) and sentence not in warned:
            warned.append(sentence)
