"""How every test runs: the same examples each time, and no clock in a verdict."""

from hypothesis import settings

settings.register_profile("cqsim", deadline=None, derandomize=True)
settings.load_profile("cqsim")
