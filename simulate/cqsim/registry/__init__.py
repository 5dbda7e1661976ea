"""The vocabulary of the model: regions, sources, targets, levers, indicators."""
