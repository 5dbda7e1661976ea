"""What a model is: its variables, their equations as written, and how they hang together."""
