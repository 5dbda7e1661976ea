"""From raw observations to the ledger that the model reads, by written rules."""
