"""A case: regions, scenarios, levers, indicators and targets of a project folder."""
