"""Designs of many runs: comparison, sweeps, sensitivity, and fits to the censuses."""
