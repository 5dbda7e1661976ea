"""From a model's meaning to a program's structure: lowering, passes, order."""
