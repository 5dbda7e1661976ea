"""Figures: pure functions from plain values to a drawing; none touches a file."""
