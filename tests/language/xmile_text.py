"""Small XMILE files for tests, and what comes of reading them."""

from pathlib import Path

from cqsim.language.syntax import Definition, Expression, SourceModel
from cqsim.language.xmile import parse_xmile

PATH = Path("model.xmile")
SPECS = "<sim_specs><start>0</start><stop>10</stop><dt>1</dt></sim_specs>"
NAMESPACE = 'xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0"'


def xmile(variables: str, *, before: str = SPECS, after: str = "") -> bytes:
    """Return a file with variables, what stands before its model, and after it."""
    model = f"<model><variables>{variables}</variables></model>"
    return f"<xmile {NAMESPACE}>\n{before}\n{model}\n{after}</xmile>".encode()


def read(variables: str, **parts: str) -> SourceModel:
    """Return what a file with these variables says."""
    return parse_xmile(PATH, xmile(variables, **parts))


def by_name(model: SourceModel) -> dict[str, Definition]:
    """Return the definitions by name; of an array the last element's."""
    return {definition.name: definition for definition in model.definitions}


def text_of(definition: Definition, node: Expression) -> str:
    """Return the characters that a node was read from."""
    return definition.source.text[node.start : node.end]
