"""A model's compiled kernel, kept while its files stay as they are."""

from functools import lru_cache
from pathlib import Path

from cqsim.compile.lower import read_system
from cqsim.engine.data_files import data_files
from cqsim.engine.identity import file_sha256
from cqsim.engine.kernel import Kernel, compile_model
from cqsim.model.model import Model
from cqsim.textfile import read_text

KEPT = 4
"""Models whose kernels are kept in a process."""


def kernel_of(model: Model) -> Kernel:
    """Return the compiled kernel of a model, read again where a file of it changed.

    Raises
    ------
    InputFileError
        The model has a construct that the kernel does not support, or a file of it
        cannot be read.
    """
    files = data_files(model.path, read_text(model.path))
    data = tuple(file_sha256(file.path) for file in files)
    return _kernel(model.path, model.sha256, data)


@lru_cache(maxsize=KEPT)
def _kernel(path: Path, sha256: str, data: tuple[str, ...]) -> Kernel:
    del sha256, data
    return compile_model(read_system(path))
