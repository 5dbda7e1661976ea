"""System-dynamics scenarios: whether an area can reach the targets of its plan.

>>> import cqsim
>>> model = cqsim.read_model("model/mine.mdl")  # doctest: +SKIP
>>> result = cqsim.run(model, {"fertility rate": 1.1})  # doctest: +SKIP
>>> frame = result.to_frame()  # doctest: +SKIP
>>> ensemble = cqsim.run_many(model, samples, ["births"])  # doctest: +SKIP
>>> array = ensemble["births"]  # doctest: +SKIP
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from cqsim.engine.result import Runs
    from cqsim.engine.simulation import run, run_many
    from cqsim.model.resolve import read_model
    from cqsim.study.results import open_sweep

_PLACES = {
    "Runs": ("cqsim.engine.result", "Runs"),
    "open_sweep": ("cqsim.study.results", "open_sweep"),
    "read_model": ("cqsim.engine.simulation", "read_model"),
    "run": ("cqsim.engine.simulation", "run"),
    "run_many": ("cqsim.engine.simulation", "run_many"),
}

__all__ = [
    "Runs",
    "__version__",
    "open_sweep",
    "read_model",
    "run",
    "run_many",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for: `import cqsim` stays quick."""
    from importlib import import_module

    if name not in _PLACES:
        message = f"module 'cqsim' has no attribute {name!r}"
        raise AttributeError(message)
    module, attribute = _PLACES[name]
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
