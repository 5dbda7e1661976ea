"""What a project folder says: regions, scenarios, levers, indicators, targets."""
