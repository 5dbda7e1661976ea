"""The sections of a report: claims and tables as data."""
