"""Lowering: from a Vensim or XMILE file to the system that engines read.

What lowers is imported when a model is lowered: most commands find theirs kept.
"""

from pathlib import Path

from cqsim.compile.ir import System
from cqsim.model.lower.source import read_source, with_equations


def read(path: Path | str) -> System:
    """Read a Vensim or XMILE model.

    Raises
    ------
    InputFileError
        If the file cannot be read, or holds a construct that is not supported: by
        name, with the line where the equation stands.
    """
    from cqsim.model.lower.whole import lowered

    return lowered(read_source(Path(path)))


def read_with(path: Path | str, equations: str) -> System:
    """Read a Vensim model together with equations that are not in its file.

    They are computed beside the model, and nothing in it can refer to them; their text
    is written as in the file. Raises as `read`.
    """
    from cqsim.model.lower.whole import lowered

    return lowered(with_equations(read_source(Path(path)), equations))
