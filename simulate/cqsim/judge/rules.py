"""What judges a run: indicators, targets and scopes, as data beside the model."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from cqsim.case.indicators import Indicators, read_indicators, variables_of
from cqsim.case.scopes import Scopes, read_scopes
from cqsim.case.targets import Target, Targets, read_targets
from cqsim.errors import (
    FaultsError,
    InputFileError,
    UnknownNameError,
    did_you_mean,
)
from cqsim.model.model import Model


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
        if (folder / "targets.toml").is_file():
            remedy = "Put it back; the targets are judged by it."
            raise InputFileError(path, 0, "there is no such file", remedy)
        return NO_RULES
    indicators = read_indicators(path)
    scopes = read_scopes(folder / "regions.csv")
    refuse_other_regions(folder / "regions.csv", scopes["metro"], model)
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


def refuse_other_regions(path: Path, regions: Collection[str], model: Model) -> None:
    """Refuse a list of regions that is not that of the model's own subscript.

    Raises
    ------
    InputFileError
        A region of the model is missing from the list, or one of the list is unknown.
    """
    known = [entry.elements for entry in model.ranges.values()]
    own = max(known, key=lambda each: len(set(each) & set(regions)), default=())
    own = max((each for each in known if set(each) >= set(own)), key=len, default=own)
    if not set(own) & set(regions):
        return
    missing = [region for region in own if region not in regions]
    if missing:
        what = f"no row for {', '.join(missing)}, which the model has"
        raise InputFileError(path, 0, what, "Add it.")
    for region in regions:
        if region not in own:
            what = f"the model has no region '{region}'"
            raise InputFileError(path, 0, what, did_you_mean(region, list(own)))


def selected(
    targets: Targets,
    names: Collection[str] = (),
    *,
    evidence: str | None = None,
    year: int | None = None,
    scope: str | None = None,
) -> list[Target]:
    """Return the targets of these names, class, year and area; None takes all.

    Raises
    ------
    UnknownNameError
        There is no target of a name, or none at all for the year or area.
    """
    for name in names:
        if name not in targets:
            where = "targets"
            raise UnknownNameError(where, "target", name, list(targets))
    found = list(targets.values())
    wanted = (("class", "evidence", evidence), ("year", "year", year))
    for word, key, value in (*wanted, ("scope", "scope", scope)):
        known = sorted({str(getattr(target, key)) for target in found})
        if value is not None:
            found = [target for target in found if getattr(target, key) == value]
        if not found:
            where = "targets"
            raise UnknownNameError(where, f"target of the {word}", str(value), known)
    return [target for target in found if not names or target.id in names]
