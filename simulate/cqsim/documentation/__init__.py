"""Documentation of a model: explanations of names, and pages for readers."""
