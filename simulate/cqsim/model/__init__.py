"""What a model is: its variables, equations as written, and how they hang together."""
