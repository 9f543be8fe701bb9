"""Watch rules in the console: the list of them, and what is seen when one fires."""
