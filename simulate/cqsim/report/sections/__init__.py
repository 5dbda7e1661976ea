"""What a report says, section by section: claims and tables as data."""
