"""Files written as a whole or not at all."""

from pathlib import Path

from cqsim.engine.folder import OutputError


def write_whole(path: Path, content: bytes) -> None:
    """Write a file under a temporary name and move it into place.

    Raises
    ------
    OutputError
        It cannot be written; what was there is unchanged.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise OutputError(path.parent, error.strerror or str(error)) from error
