"""The written rules that turn raw rows into the ledger: one small function each."""
