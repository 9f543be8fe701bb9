"""The variables of a script."""
