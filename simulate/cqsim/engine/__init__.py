"""Run a model and keep its results."""
