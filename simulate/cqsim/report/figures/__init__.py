"""Figures: pure functions from plain values to a drawing, none of which touches a file."""
