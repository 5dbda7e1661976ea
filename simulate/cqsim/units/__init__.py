"""Dimensional analysis: what unit every part of an equation has."""
