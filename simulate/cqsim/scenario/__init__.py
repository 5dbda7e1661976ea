"""What a scenario file says, and what is wrong with it."""
