"""Indicators of runs, and verdicts on targets."""
