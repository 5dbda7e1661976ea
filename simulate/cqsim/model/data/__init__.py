"""The files that a model takes numbers from: cells, series over time, data sets."""

from cqsim.model.data.files import Block, DataFiles
from cqsim.model.data.sheet import Reader

__all__ = ["Block", "DataFiles", "Reader"]
