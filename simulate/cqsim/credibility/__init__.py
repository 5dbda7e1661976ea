"""Credibility of a model: reality checks, forecast skill, and their results."""
