"""From the facts of a report to what its figures draw, by subject."""
