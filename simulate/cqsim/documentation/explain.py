"""Explain whatever has a name."""

from cqsim.documentation.explain_entry import (
    explain_indicator,
    explain_lever,
    explain_target,
)
from cqsim.documentation.explain_place import explain_region, explain_source
from cqsim.documentation.explain_variable import explain_variable
from cqsim.documentation.explanation import Explanation
from cqsim.documentation.names import find_named
from cqsim.documentation.registers import Registers
from cqsim.language.syntax import canonical
from cqsim.model.model import Model


def explain(name: str, model: Model, registers: Registers) -> Explanation:
    """Return what is known of a name.

    Raises
    ------
    UnknownNameError, AmbiguousNameError
        Nothing or more than one thing has the name.
    """
    found = find_named(name, model, registers)
    match found.kind:
        case "lever":
            return explain_lever(found.id, model, registers)
        case "target":
            return explain_target(found.id, registers)
        case "indicator":
            return explain_indicator(found.id, registers)
        case "region":
            return explain_region(found.id, registers)
        case "source":
            return explain_source(found.id, model, registers)
        case _:
            variable = model.variables[canonical(found.id)]
            return explain_variable(variable, model, registers)
