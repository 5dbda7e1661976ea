"""What judges a run: indicators, targets and scopes, as data beside the model."""

from dataclasses import dataclass

from cqsim.errors import FaultsError, did_you_mean
from cqsim.model.variables import Model
from cqsim.registry.indicators import Indicators, read_indicators, variables_of
from cqsim.registry.scopes import Scopes, read_scopes
from cqsim.registry.targets import Targets, read_targets


@dataclass(frozen=True, slots=True)
class Rules:
    """Indicators, targets and scopes."""

    indicators: Indicators
    targets: Targets
    scopes: Scopes


NO_RULES = Rules({}, {}, {})
"""What judges the run of a model that has no registries beside it."""


def read_rules(model: Model) -> Rules:
    """Return the rules beside a model; `NO_RULES` where it has no indicators there.

    Raises
    ------
    InputFileError
        A registry cannot be read.
    FaultsError
        Something in one is wrong, or an indicator needs what the model lacks.
    """
    folder = model.path.parent
    path = folder / "indicators.toml"
    if not path.is_file():
        return NO_RULES
    indicators = read_indicators(path)
    scopes = read_scopes(folder / "regions.csv")
    targets = read_targets(folder / "targets.toml", indicators, scopes)
    names = [variable.name for variable in model.variables.values()]
    faults = [
        f"{path}: {indicator.id}: the model has no variable '{name}'. "
        f"{did_you_mean(name, names)}"
        for indicator in indicators.values()
        for name in variables_of(indicator)
        if model.variable(name) is None
    ]
    if faults:
        raise FaultsError(faults)
    return Rules(indicators, targets, scopes)
