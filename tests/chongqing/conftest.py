"""The shipped ledger, read once."""

import pytest

from cqsim.chongqing.facts import Facts, read_facts
from cqsim.resources import data_folder


@pytest.fixture(scope="session")
def facts() -> Facts:
    return read_facts(data_folder("model"))
