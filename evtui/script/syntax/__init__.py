"""The syntax of routing scripts: reads text into a tree and prints a tree as text."""
