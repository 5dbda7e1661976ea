"""What stands beside a model and gives a scenario its words."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cqsim.case.indicators import Indicators, read_indicators
from cqsim.case.lever_settings import levers_of
from cqsim.case.levers import Levers
from cqsim.case.scopes import Scopes, read_scopes
from cqsim.case.shock_points import shocks_of
from cqsim.case.shocks import Shocks
from cqsim.case.targets import Targets, read_targets
from cqsim.model.model import Model


@dataclass(frozen=True)
class Beside:
    """The registries beside a model, each read when it is asked for; often empty.

    Each raises InputFileError or FaultsError where its file is at fault.
    """

    model: Model

    @property
    def folder(self) -> Path:
        """The folder of the model."""
        return self.model.path.parent

    @cached_property
    def levers(self) -> Levers:
        """What policy can set."""
        return levers_of(self.model)

    @cached_property
    def shocks(self) -> Shocks:
        """What may befall the area from outside."""
        return shocks_of(self.model)

    @cached_property
    def indicators(self) -> Indicators:
        """What targets can be measured by."""
        path = self.folder / "indicators.toml"
        return read_indicators(path) if path.is_file() else {}

    @cached_property
    def scopes(self) -> Scopes:
        """The regions of each scope."""
        path = self.folder / "regions.csv"
        return read_scopes(path) if path.is_file() else {}

    @cached_property
    def targets(self) -> Targets:
        """The targets of the register."""
        path = self.folder / "targets.toml"
        if not path.is_file():
            return {}
        return read_targets(path, self.indicators, self.scopes)
