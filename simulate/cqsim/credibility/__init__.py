"""Whether the model deserves belief: reality checks, skill, and what they come to."""
