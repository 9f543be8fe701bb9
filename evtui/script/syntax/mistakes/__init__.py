"""Say what is wrong with a text that does not parse, and what would be right."""
