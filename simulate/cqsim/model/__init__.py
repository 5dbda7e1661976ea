"""Models: variables, equations as written, and their dependencies."""
