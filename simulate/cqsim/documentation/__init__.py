"""What the model says of itself: explanations of names, and pages for readers."""
