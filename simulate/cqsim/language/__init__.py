"""From a model's text to a syntax tree with positions."""
