"""The sections of a report, one module each: a function that tells its part."""
