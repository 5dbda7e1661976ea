"""Where a scenario sets a region and a ring that holds it: which of them counts."""

from collections.abc import Iterator, Mapping
from itertools import combinations

from cqsim.case.case import Case
from cqsim.case.places import Amount, constant_of, places
from cqsim.case.schema import ScenarioFile
from cqsim.model.model import Model


def overlaps(case: Case, whole: ScenarioFile) -> tuple[str, ...]:
    """Return a sentence for each two keys of an amount that name the same place."""
    sentences: list[str] = []
    for name, setting in whole.levers.items():
        lever = case.levers[name]
        for key, constant, amount in (
            ("value", lever.constant, setting.value),
            ("start", lever.start_constant, setting.start),
            ("ramp", lever.ramp_constant, setting.ramp),
        ):
            if constant is not None:
                title = f"levers.{name}.{key}"
                sentences += _of_one(case.model, title, constant, amount)
    for name, amount in whole.constants.items():
        sentences += _of_one(case.model, f"constants.{name}", name, amount)
    return tuple(sentences)


def _of_one(
    model: Model, title: str, constant: str, amount: Amount | None
) -> Iterator[str]:
    if not isinstance(amount, Mapping):
        return
    variable = constant_of(model, constant)
    named = {key: set(places(model, variable, key)) for key in amount}
    for one, other in combinations(named, 2):
        if named[one] & named[other] and amount[one] != amount[other]:
            narrow, wide = sorted((one, other), key=lambda key: len(named[key]))
            yield (
                f"{title}: '{narrow}' lies in '{wide}' and both are set; "
                f"in {narrow} its own {amount[narrow]:g} holds"
            )
