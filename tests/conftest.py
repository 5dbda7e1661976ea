"""Settings of all tests."""

from hypothesis import settings

# A busy machine is slower than hypothesis allows an example to be; that is no fault.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
