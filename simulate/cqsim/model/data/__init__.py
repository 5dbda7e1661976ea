"""The files that a model takes numbers from: cells, series over time, data sets."""

from cqsim.model.data.files import DataFiles
from cqsim.model.data.sheet import Reader
from cqsim.model.data.table import ConstantCells, SheetTable

__all__ = ["ConstantCells", "DataFiles", "Reader", "SheetTable"]
