"""What helps to find a way: help and the command palette."""
